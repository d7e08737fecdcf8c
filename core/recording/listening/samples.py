"""A few packets of sound → how loud they are. Nothing of it reaches a file."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.error import FFmpegError

from ...model import SILENCE, Codec, EncodedFrame
from ...rtp.bitstream.sound import TICKS, channels
from .loudness import Reading

FULL = 0.98
"""Of full scale, from which on a sample is taken to be cut off; G.711 goes no further (G.711,
tables 1 and 2: 8031 of 8192)."""
CLIPPED = 0.005
"""Share of the samples of a packet at full scale from which on it is heard."""
BRIEF = 0.06
"""Seconds of sound that are decoded to tell how loud its end is."""
SURE = 0.16
"""The same to tell whether it is cut off. Opus tells loudness by how it differs from that of the
packet before (RFC 6716, 4.3.2.1), so that what a decoder was left with is half forgotten with each
packet of 20 ms: after three of them sound seems up to 7 dB louder than it is, after eight 0.2."""
_LOOKED_AT = 240
"""Samples of a channel that are enough to tell how loud a packet is."""
_ROUNDING = 1e-6
_DECODERS = {Codec.OPUS: "opus", Codec.PCMU: "pcm_mulaw", Codec.PCMA: "pcm_alaw"}
_RATES = {Codec.OPUS: 48000, Codec.G722: 16000}
_FORMATS = {"fltp": ("f", 1.0), "s16": ("h", 1 / 32768), "s16p": ("h", 1 / 32768)}
"""What decoders give: type code of `array`, and what makes full scale of it."""


class Sampler:
    """Decodes some packets of one track now and then.

    Not to be called by two threads at once. Some tens of microseconds for each packet.
    """

    def __init__(self) -> None:
        self._decoder: Any = None
        self._kind: tuple[Codec, int] | None = None
        """Codec and channels that the decoder is for."""

    def read(self, frames: Sequence[EncodedFrame]) -> Reading | None:
        """Return how loud the last of some packets is, which come one after the other.

        The others make the decoder forget what it was left with (RFC 6716, 4.5.2): those that are
        `SURE`, if there are so many, only where the sound seems to be cut off.

        Returns:
            ``None`` where they do not decode.
        """
        brief = last(frames, BRIEF)
        reading = self._decode(brief)
        if reading is None or not reading.clipped or len(brief) == len(frames):
            return reading
        return self._decode(frames)

    def _decode(self, frames: Sequence[EncodedFrame]) -> Reading | None:
        end: AudioFrame | None = None
        try:
            for frame in frames:
                for sound in self._opened(frame).decode(av.Packet(frame.data)):
                    end = sound
        except (FFmpegError, ValueError):
            self._kind = None
            return None
        return _reading(end) if end is not None else None

    def _opened(self, frame: EncodedFrame) -> Any:
        kind = frame.codec, channels(frame.codec, frame.data)
        if kind != self._kind:
            codec, count = kind
            # PyAV's types know `decode` of every kind of context but not of a created one.
            decoder: Any = av.CodecContext.create(_DECODERS.get(codec, codec.value), "r")
            decoder.sample_rate = _RATES.get(codec, codec.clock_rate)
            decoder.layout = "mono" if count == 1 else "stereo"
            decoder.thread_count = 1
            self._decoder, self._kind = decoder, kind
        return self._decoder


def _reading(sound: AudioFrame) -> Reading | None:
    code, scale = _FORMATS.get(sound.format.name, ("", 0.0))
    if not code or not sound.samples:
        return None
    readings = [_of_channel(plane, code, scale, sound.samples) for plane in sound.planes]
    return Reading(
        max(one.level for one in readings),
        max(one.peak for one in readings),
        any(one.clipped for one in readings),
    )


def _of_channel(plane: Any, code: str, scale: float, count: int) -> Reading:
    samples: array[float] = array(code)
    samples.frombytes(memoryview(plane)[: count * samples.itemsize])
    seen = samples[:: max(1, count // _LOOKED_AT)]
    # The quickest sum of squares of the standard library.
    level = math.hypot(*seen) * scale / math.sqrt(len(seen))
    peak = max(max(seen), -min(seen)) * scale
    if peak < FULL:
        return Reading(decibels(level), decibels(peak), False)
    least = FULL / scale
    full = sum(sample >= least or sample <= -least for sample in seen)
    return Reading(decibels(level), decibels(peak), full > CLIPPED * len(seen))


def last(frames: Sequence[EncodedFrame], seconds: float) -> list[EncodedFrame]:
    """Return the last packets of one codec that are no longer than so together, or just the last.

    Packets of 120 ms cost six times as much as usual ones.
    """
    chosen: list[EncodedFrame] = []
    length = 0.0
    for frame in reversed(frames):
        length += TICKS[frame.codec](frame.data) / frame.codec.clock_rate
        if chosen and (length > seconds + _ROUNDING or frame.codec is not chosen[0].codec):
            break
        chosen.insert(0, frame)
    return chosen


def decibels(ratio: float) -> float:
    """Return an amplitude in dBFS, `SILENCE` at least."""
    return max(SILENCE, 20 * math.log10(ratio)) if ratio > 0 else SILENCE

"""Packets of sound that an encoder made of a tone."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from typing import Any

import av

from roomdeck.core.model import Codec, EncodedFrame

_ENCODERS = {
    Codec.OPUS: ("libopus", 48000),
    Codec.PCMU: ("pcm_mulaw", 8000),
    Codec.PCMA: ("pcm_alaw", 8000),
    Codec.G722: ("g722", 16000),
}
WORD = 25
"""Packets from one word to the next."""
_PIECE = Fraction(1, 50)


def tone(
    codec: Codec,
    amplitude: float,
    *,
    seconds: float = 0.5,
    right: float | None = None,
    rest: float | None = None,
) -> list[EncodedFrame]:
    """Return packets of 20 ms of a tone.

    Args:
        codec: Of the packets.
        amplitude: 1 is full scale; what is above is cut off.
        seconds: How long.
        right: The same for the other of two channels; ``None``: there is one.
        rest: The same for what is between two words, of a tenth of a second each.
    """
    name, rate = _ENCODERS[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.sample_rate, encoder.format = rate, "s16"
    encoder.layout = "mono" if right is None else "stereo"
    encoder.open()
    amplitudes = [amplitude] if right is None else [amplitude, right]
    size = int(rate * _PIECE)
    found: list[EncodedFrame] = []
    for piece in range(round(seconds / _PIECE)):
        quiet = rest is not None and piece % WORD >= WORD // 5
        for packet in encoder.encode(
            _frame([rest or 0.0] if quiet else amplitudes, piece, size, rate)
        ):
            ticks = len(found) * int(codec.clock_rate * _PIECE)
            found.append(EncodedFrame(codec, bytes(packet), ticks, 0.0, key=True))
    return found


def _frame(amplitudes: list[float], piece: int, size: int, rate: int) -> av.AudioFrame:
    samples = array("h")
    for place in range(piece * size, (piece + 1) * size):
        sine = math.sin(2 * math.pi * 437 * place / rate)
        samples.extend(round(32767 * max(-1.0, min(1.0, one * sine))) for one in amplitudes)
    frame = av.AudioFrame("s16", "mono" if len(amplitudes) == 1 else "stereo", size)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = rate, piece * size, Fraction(1, rate)
    return frame

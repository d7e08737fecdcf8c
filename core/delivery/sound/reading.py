"""Clips of a person → packets of sound, and when each is heard."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.error import FFmpegError

from ...model import Codec, Kind
from ...recording.check.demux import CODECS
from ...rtp.bitstream.sound import TICKS
from ..masters import file_seconds, file_zero, open_master, packets_of
from ..session import Clip
from .damage import Damages
from .decoding import Decoder
from .stretches import Sound

_LATE = {Codec.OPUS: 312 / 48000, Codec.G722: 22 / 16000}
"""Seconds by which sound leaves a decoder later than it went into the encoder, whose times are
those of packets (RFC 7587, 4.1): the look-ahead of libopus, which browsers and nearly all others
use, and the filters of G.722."""
_BEFORE = 0.2
"""Seconds that are decoded before what is wanted: Opus needs 80 ms to be right (RFC 7845, 4.6)."""
_BEYOND = 10.0
"""Seconds behind the end of a take at which no packet can be."""
_LONGEST = 1e6
"""Seconds of a file of which nobody knows how long it is."""
_ENOUGH = 100
"""Packets behind what is wanted after which no other is expected; a few may be mistaken."""
_FAR = 60.0
"""Seconds in a file from which on it is not read from its begin."""
_WIND = 10.0
"""Seconds before what is wanted to which it is wound."""

Packets = Generator[Sound[Decoder, Any]]


class Span(NamedTuple):
    """What is wanted of the sound of a person."""

    begin: float
    """Second of the session."""
    end: float
    channels: int


def read(clips: Sequence[Clip], span: Span, damages: Damages) -> Packets:
    """Return the packets of clips in their order; where they overlap, the later one's.

    Args:
        clips: In order of their begin.
        span: What is wanted.
        damages: Gets what cannot be read.
    """
    now: Packets | None = None
    last: tuple[Clip, Decoder] | None = None
    for clip in clips:
        if clip.begin >= span.end:
            break
        decoder = last[1] if last is not None and _goes_on(last[0], clip) else None
        there = _Reader(clip, span, damages).packets(decoder)
        first = next(there, None)
        if first is None:
            continue
        if now is not None:
            yield from _until(now, first.begin)
        yield first
        now, last = there, (clip, first.source)
    if now is not None:
        yield from now


def _goes_on(clip: Clip, other: Clip) -> bool:
    """Whether the sound of one clip goes on in another one without a break."""
    one, two = clip.take, other.take
    if one is None or two is None or one.audio is None or two.audio is None:
        return False
    parts = bool(one.recording) and one.recording == two.recording and two.part == one.part + 1
    return parts and one.audio.codec is two.audio.codec


def _until(packets: Packets, end: float) -> Packets:
    for sound in packets:
        if sound.begin >= end:
            packets.close()
            return
        yield sound


class _Reader:
    """Reads one file."""

    def __init__(self, clip: Clip, span: Span, damages: Damages) -> None:
        self._clip = clip
        self._span = span
        self._damages = damages
        self._damage = damages.of(str(clip.file))
        self._times = clip.times[Kind.AUDIO]
        self._read = 0
        self._whole = False
        self._second: float | None = None
        """Of the session, of the last packet."""

    def packets(self, decoder: Decoder | None) -> Packets:
        """Return its sound, decoded by what is there already or by a decoder of its own."""
        take = self._clip.take
        if take is not None and take.audio is None:
            return
        try:
            zero = float(file_zero(self._clip.file, take))
            wanted = self._wanted()
            if wanted >= _FAR:
                with open_master(self._clip.file) as container:
                    if self._wind(container, zero, wanted):
                        yield from self._sounds(container, zero, decoder)
                        return
            with open_master(self._clip.file) as container:
                yield from self._sounds(container, zero, decoder)
            if self._whole and take is not None and take.audio is not None:
                self._damage.missing(take.audio.packets - self._read, take.audio.packets)
        except (FFmpegError, OSError) as error:
            self._damage.whole(self._second, error.strerror or str(error))

    def _wanted(self) -> float:
        """Second of the file from which on it has to be read."""
        wrong = max((abs(part.late) for part in self._times.misplaced), default=0.0)
        return self._times.file(self._span.begin) - wrong - _WIND

    def _wind(self, container: InputContainer, zero: float, wanted: float) -> bool:
        """Go on to a second of the file; not if it cannot be found."""
        packets: Any
        try:
            container.seek(int((wanted + zero) * av.time_base))
            packets = container.demux(container.streams.audio[:1])
            first = next((packet for packet in packets if packet.pts is not None), None)
        except FFmpegError:
            return False
        if first is None:
            return False
        return file_seconds(first.pts, first.time_base, zero) < wanted + _WIND / 2

    def _sounds(self, container: InputContainer, zero: float, decoder: Decoder | None) -> Packets:
        """Return the sound of an open file."""
        stream = next(iter(container.streams.audio), None)
        if stream is None:
            self._damage.whole(None, "there is no sound in it")
            return
        codec = CODECS.get(stream.codec_context.name)
        if decoder is None:
            decoder = Decoder(codec, stream, self._span.channels, self._damages)
        unit = float(stream.time_base or 1)
        late = _LATE.get(codec, 0.0) if codec else 0.0
        lasts = _lasts(codec, unit, self._times.scale)
        begin, end = self._span.begin - _BEFORE, self._span.end
        last = self._clip.take.seconds + _BEYOND if self._clip.take else _LONGEST
        beyond = 0
        for packet in packets_of(container, stream):
            if not packet.size:
                continue
            self._read += 1
            seconds = math.inf if packet.pts is None else file_seconds(packet.pts, unit, zero)
            if packet.is_corrupt or not seconds <= last:
                self._lose(begin, end)
                continue
            self._second = at = self._times.session(seconds) - late
            if at >= end:
                beyond += 1
            elif at > begin:
                yield Sound(at, lasts(packet), decoder, packet)
            if beyond > _ENOUGH:
                return
        self._whole = True

    def _lose(self, begin: float, end: float) -> None:
        """Tell of a packet that cannot be used, if it would be heard."""
        second = self._clip.begin if self._second is None else self._second
        if begin <= second < end:
            self._damage.packet(second)


def _lasts(codec: Codec | None, unit: float, scale: float) -> Callable[[Any], float]:
    """Return what says how many seconds of the session a packet lasts."""
    ticks = TICKS.get(codec) if codec else None
    if codec is None or ticks is None:
        return lambda packet: (packet.duration or 0) * unit * scale
    tick = scale / codec.clock_rate
    return lambda packet: ticks(bytes(packet)) * tick

"""Samples at their places → sound without a hole, of exactly one length."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from operator import mul

from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import BATCH, LAYOUTS
from .stretching import Piece

LONGEST = BATCH
"""Samples of a frame of silence."""
FADE = 240
"""Samples over which sound begins and ends where it would click."""
_TIME_BASE = Fraction(1, SAMPLE_RATE)
_BYTES = 4


class Tape:
    """Returns all samples from zero up to a length, in order.

    What comes for a place that was passed already is left out.
    """

    def __init__(self, samples: int, channels: int) -> None:
        self._samples = samples
        self._layout = LAYOUTS[channels]
        self._end = 0
        """Of what was taken."""
        self._told = 0
        """Of what was returned."""
        self._held: list[AudioFrame] = []
        """The last frames: they have to fade if nothing goes on in them."""
        self._fresh = True

    @property
    def full(self) -> bool:
        """Whether nothing more is taken."""
        return self._end >= self._samples

    def add(self, piece: Piece) -> Iterator[AudioFrame]:
        """Take samples; return those that are ready."""
        begin = max(piece.at, self._end)
        end = min(piece.at + piece.frame.samples, piece.until, self._samples)
        self._fresh |= piece.first or piece.at != self._end
        if begin >= end:
            return
        frame = _part(piece.frame, begin - piece.at, end - piece.at)
        if self._fresh and begin > 0:
            yield from self._silent_up_to(begin)
            _fade_in(frame)
        self._fresh = False
        self._held.append(frame)
        self._end = end
        # All but what may have to fade.
        while self._end - self._told - self._held[0].samples >= FADE:
            yield self._tell(self._held.pop(0))

    def rest(self) -> Iterator[AudioFrame]:
        """Return silence up to the end."""
        yield from self._silent_up_to(self._samples)

    def _silent_up_to(self, place: int) -> Iterator[AudioFrame]:
        if self._end < self._samples:
            _fade_out(self._held)
        for frame in self._held:
            yield self._tell(frame)
        self._held.clear()
        while self._end < place:
            count = min(LONGEST, place - self._end)
            self._end += count
            yield self._tell(_silence(count, self._layout))

    def _tell(self, frame: AudioFrame) -> AudioFrame:
        frame.pts, frame.time_base, frame.sample_rate = self._told, _TIME_BASE, SAMPLE_RATE
        self._told += frame.samples
        return frame


def _silence(samples: int, layout: str) -> AudioFrame:
    frame = AudioFrame("fltp", layout, samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def _part(frame: AudioFrame, begin: int, end: int) -> AudioFrame:
    if end - begin == frame.samples:
        return frame
    part = AudioFrame("fltp", frame.layout.name, end - begin)
    for source, plane in zip(frame.planes, part.planes, strict=True):
        samples = memoryview(source)[begin * _BYTES : end * _BYTES]
        memoryview(plane)[: samples.nbytes] = samples
    return part


def _fade_in(frame: AudioFrame) -> None:
    up = _ramp(min(FADE, frame.samples))
    _multiply(frame, 0, up)


def _fade_out(frames: Sequence[AudioFrame]) -> None:
    samples = sum(frame.samples for frame in frames)
    down = _ramp(min(FADE, samples))[::-1]
    for frame in reversed(frames):
        mine = down[-frame.samples :]
        down = down[: len(down) - len(mine)]
        _multiply(frame, frame.samples - len(mine), mine)


@functools.cache
def _ramp(samples: int) -> list[float]:
    return [(index + 0.5) / samples for index in range(samples)]


def _multiply(frame: AudioFrame, begin: int, by: Sequence[float]) -> None:
    frame.make_writable()
    for plane in frame.planes:
        samples = memoryview(plane).cast("f")
        part = slice(begin, begin + len(by))
        samples[part] = array("f", map(mul, samples[part], by))

"""What was written of one track of a take, and where it is in the file."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from ..model import ClockPoint, Codec, EncodedFrame, Kind, Misplaced, PictureSize
from ..rtp.bitstream.sound import channels
from . import mend
from .timing import RIGHT, Shifts

SIZES_KEPT = 100
"""Of a picture that changes its size again and again."""


class Point(msgspec.Struct):
    """A frame by which alignment can be recomputed later."""

    arrival: float
    rtp_time: int
    tick: int
    ntp: float | None


class WrittenTrack:
    """What was written of one track."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.frames = 0
        self.channels = 0
        self.most_channels = 2 if codec is Codec.OPUS else 1 if codec.kind is Kind.AUDIO else 0
        self.size = (0, 0)
        self._sizes: list[tuple[int, tuple[int, int]]] = []
        """With the ticks from which on they hold."""
        self.first = 0
        """Tick of its first frame."""
        self.end = 0
        """Tick at which it ends; of pictures that is a guess."""
        self._flushed = 0, 0
        """Frames and end when the file last was whole."""
        self.points: list[Point] = []
        self.point_due = -math.inf
        """Arrival of the next frame of which a point of the clock is kept."""

    def count(self, frame: EncodedFrame, tick: int, end: int) -> None:
        """Take note of a frame that is in the file."""
        if not self.frames:
            self.first = tick
        self.frames += 1
        if end > self.end:
            self.end = end
        if frame.width and frame.height:
            self._resize(tick, (frame.width, frame.height))
        if self.channels < self.most_channels:
            self.channels = max(self.channels, channels(frame.codec, frame.data))

    def _resize(self, tick: int, size: tuple[int, int]) -> None:
        if size != self.size and len(self._sizes) < SIZES_KEPT:
            self._sizes.append((tick, size))
        self.size = size

    def flushed(self) -> None:
        """Take note that all of it is in the file."""
        self._flushed = self.frames, self.end

    def cut(self) -> None:
        """Take note that the file was cut back to where it last was whole."""
        self.frames, self.end = self._flushed

    def mended(self, shifts: Shifts, copied: mend.Copied | None) -> None:
        """Take note that all of it was moved to its place, in another file."""
        for point in self.points:
            point.tick += shifts.at(point.tick)
        self.points = [point for point in self.points if point.tick >= 0]
        if not self.points:
            self.point_due = -math.inf
        self._sizes = [(max(0, tick + shifts.at(tick)), size) for tick, size in self._sizes]
        if copied is not None:
            self.frames, self.first, self.end = copied

    def clock(
        self, base: float, sender_time: Callable[[Kind, int], float | None]
    ) -> list[ClockPoint]:
        """Return its points.

        Args:
            base: Unix time minus the clock of arrivals.
            sender_time: Says when a tick was sent. It is asked again about the last point:
                reports come after the frames that they date.
        """
        rate = self.codec.clock_rate
        if self.points and self.points[-1].ntp is None:
            self.points[-1].ntp = sender_time(self.codec.kind, self.points[-1].tick)
        return [
            ClockPoint(point.arrival + base, point.rtp_time, point.tick / rate, point.ntp)
            for point in self.points
        ]

    def sizes(self) -> list[PictureSize]:
        """Return when the picture had which size, as far as it is in the file."""
        rate = self.codec.clock_rate
        return [PictureSize(tick / rate, *size) for tick, size in self._sizes if tick <= self.end]

    def misplaced(self, shifts: Shifts) -> list[Misplaced]:
        """Return which parts of it are not in their place."""
        rate, steps = self.codec.clock_rate, shifts.steps
        ends = [*(tick for tick, _ in steps[1:]), self.end]
        return [
            Misplaced(begin=begin / rate, end=end / rate, late=-shift / rate)
            for (begin, shift), end in zip(steps, ends, strict=False)
            if abs(shift) > RIGHT * rate and begin < end
        ]

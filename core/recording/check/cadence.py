"""The times of a track, one after the other → what is regular in them, and what is not.

Pure, and in bounded memory: a file may hold days.
"""

from __future__ import annotations

import heapq
import math

import msgspec

from ...model import Kind
from .report import Backward, Gap

GAPS_KEPT = 1000
"""The longest ones; the others are counted."""
LONG_PICTURE = 0.5
LONG_SOUND = 0.06
SOUND_SLACK = 0.04
LONGEST_PACKET = 0.12
"""Seconds (RFC 6716, 3.2.5)."""
DTX_SIZE = 3
"""Bytes: an Opus packet that is no more than its header says that the sender falls silent
(RFC 6716, 3.1; RFC 7587, 3.1.3)."""
DTX = 0.5
"""Seconds for which it may: encoders send something every 400 ms at least."""
REGULAR = 0.2
"""Pictures that follow each other like this are those of a camera."""
STEADY = 5.0
"""Seconds for which they have to, before and after a gap."""
REORDERED = 16
"""Most frames that may follow one that is shown before them (ITU-T H.264, A.3.1)."""
_CAPPED = 10_000
"""Milliseconds; longer intervals are counted as this."""


class _Gap(msgspec.Struct):
    time: float
    seconds: float
    steady: bool = False


class Backwards:
    """Counts the steps back in a row of times; times that are equal are counted apart."""

    def __init__(self) -> None:
        self.newest = -math.inf
        self.count = 0
        self.repeated = 0
        self._last = -math.inf
        self._first = 0.0
        self._farthest = 0.0

    def add(self, time: float) -> None:
        """Count one time."""
        again, self._last = time == self._last, time
        if time > self.newest:
            self.newest = time
            return
        if again or time == self.newest:
            self.repeated += again
            return
        if not self.count:
            self._first = self.newest
        self.count += 1
        self._farthest = max(self._farthest, self.newest - time)

    def report(self, zero: float) -> Backward:
        """Return what was counted; times of the report count from ``zero``."""
        if not self.count:
            return Backward()
        return Backward(self.count, self._first - zero, self._farthest)


class Cadence:
    """What the presentation times of a track say; seconds, in the order of the file.

    Args:
        kind: Which track.
        reordered: Frames may be stored before others that are shown earlier (B-frames).
    """

    def __init__(self, kind: Kind, reordered: bool) -> None:
        self._kind = kind
        self._depth = REORDERED if reordered else 0
        self._waiting: list[tuple[float, float, int]] = []
        self.first = math.inf
        self.newest = -math.inf
        self._duration = 0.0
        self._silent = False
        self._intervals = [0] * (_CAPPED + 1)
        self._count = 0
        self._gaps: list[tuple[float, int, _Gap]] = []
        self._seen = 0
        self._since = -math.inf
        """Since when pictures are regular."""
        self._open: _Gap | None = None
        """The last gap, until it is known whether pictures are regular after it."""

    def add(self, time: float, duration: float, size: int) -> None:
        """Count a frame of so many bytes; ``duration`` is 0 where the container has none."""
        self.first = min(self.first, time)
        heapq.heappush(self._waiting, (time, duration, size))
        if len(self._waiting) > self._depth:
            self._show(*heapq.heappop(self._waiting))

    def finish(self) -> None:
        """Say that there are no more frames."""
        while self._waiting:
            self._show(*heapq.heappop(self._waiting))

    def _show(self, time: float, duration: float, size: int) -> None:
        if time > self.newest:
            if self._count:
                self._step(self.newest, time - self.newest)
            else:
                self._since = time
            self.newest = time
            if self._kind is Kind.AUDIO:
                # Some containers say how long it is until the next packet, whatever is in this.
                self._duration = min(duration, LONGEST_PACKET)
                self._silent = size <= DTX_SIZE
        self._count += 1

    def _step(self, time: float, interval: float) -> None:
        self._intervals[min(_CAPPED, round(interval * 1000))] += 1
        if self._silent and interval <= DTX:
            return
        if self._open is not None and time + interval - self._since >= STEADY:
            self._open.steady, self._open = interval <= REGULAR, None
        long = interval > max(LONG_SOUND, self._duration + SOUND_SLACK)
        gap = self._keep(_Gap(time, interval)) if long else None
        if interval > REGULAR:
            self._open = gap if time - self._since >= STEADY else None
            self._since = time + interval

    def _keep(self, gap: _Gap) -> _Gap:
        self._seen += 1
        entry = gap.seconds, self._seen, gap
        if len(self._gaps) < GAPS_KEPT:
            heapq.heappush(self._gaps, entry)
        else:
            heapq.heappushpop(self._gaps, entry)
        return gap

    @property
    def interval(self) -> float:
        """The usual distance of two frames: the median, to a millisecond."""
        half, below = sum(self._intervals) / 2, 0
        for milliseconds, count in enumerate(self._intervals):
            below += count
            if count and below >= half:
                return milliseconds / 1000
        return 0.0

    @property
    def squeezed(self) -> int:
        """How many frames come within 2 ms of the one before."""
        return sum(self._intervals[:3])

    @property
    def end(self) -> float:
        """When the last frame ends; the last picture stays for a usual interval."""
        return self.newest + (self._duration if self._kind is Kind.AUDIO else self.interval)

    def gaps(self, zero: float) -> tuple[list[Gap], int]:
        """Return the longest gaps in order of time, and how many there are in all."""
        least = self._least()
        long = sorted(
            (gap for _, _, gap in self._gaps if gap.seconds > least), key=lambda gap: gap.time
        )
        count = len(long)
        if len(self._gaps) == GAPS_KEPT and count == GAPS_KEPT:
            count += self._seen - GAPS_KEPT
        return [Gap(gap.time - zero, gap.seconds, gap.steady) for gap in long], count

    def _least(self) -> float:
        if self._kind is Kind.AUDIO:
            return 0.0
        usual = self.interval
        # Half a second is usual where somebody shares a page at one picture a second.
        return min(3 * usual, max(LONG_PICTURE, 1.5 * usual))

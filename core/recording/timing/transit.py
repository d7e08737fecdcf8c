"""What arrival says of a track: how long its frames take, and since when.

The delay of a frame is the monotonic time of its arrival minus its time in the file, in
seconds. The number means nothing by itself; its least over some time is the delay of the
network alone, and moves only when the sender's clock or the way to us does.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence

WINDOW = 12.0
"""Seconds of arrival that are remembered."""
_SPAN = 0.15
"""Seconds of arrival in one stretch."""
_RISE = 0.025
"""Seconds by which a frame that is later than the one before it begins a stretch of its own, so
that the moment at which a clock slipped is known to a frame."""
_LEAST = 40
"""Stretches that are remembered however long ago they were: a pause does not make us forget."""
_MOST = 200


class Stretch:
    """Some frames that arrived one after the other."""

    __slots__ = ("begin", "end", "least", "tick")

    def __init__(self, arrival: float, tick: int, delay: float) -> None:
        self.begin = self.end = arrival
        """Arrival of the first and the last frame."""
        self.tick = tick
        """Time of the first frame as it is written in the file."""
        self.least = delay


class Transit:
    """Delays of the last seconds of one track."""

    __slots__ = ("_last", "_open", "_stretches", "level")

    def __init__(self) -> None:
        self.level = math.inf
        """Least delay of all that is remembered."""
        self._stretches: deque[Stretch] = deque()
        self._open: Stretch | None = None
        self._last = 0.0

    @property
    def last(self) -> float:
        """Arrival of the last frame; before all times where there is none."""
        return self._open.end if self._open else -math.inf

    @property
    def first(self) -> float:
        """Arrival of the oldest frame that is remembered."""
        return self._stretches[0].begin if self._stretches else math.inf

    def add(self, arrival: float, tick: int, delay: float) -> None:
        """Count a frame."""
        stretch, rise = self._open, delay - self._last
        self._last = delay
        if stretch is None or arrival - stretch.begin >= _SPAN or rise > _RISE:
            self._begin(arrival, tick, delay)
            return
        # What had to be sent again arrives after what was sent after it.
        if arrival > stretch.end:
            stretch.end = arrival
        if delay < stretch.least:
            stretch.least = delay
            if delay < self.level:
                self.level = delay

    def _begin(self, arrival: float, tick: int, delay: float) -> None:
        stretches = self._stretches
        old = arrival - WINDOW
        while len(stretches) == _MOST or (len(stretches) > _LEAST and stretches[0].end < old):
            if stretches.popleft().least <= self.level:
                self.level = min(stretch.least for stretch in stretches)
        self._open = Stretch(arrival, tick, delay)
        stretches.append(self._open)
        self.level = min(self.level, delay)

    def clear(self) -> None:
        """Forget all: the clock began anew."""
        self._stretches.clear()
        self._open, self.level = None, math.inf

    def least(self, begin: float, end: float = math.inf) -> float | None:
        """Least delay of what arrived from ``begin`` to before ``end``."""
        found = math.inf
        for stretch in reversed(self._stretches):
            if stretch.end < begin:
                break
            if stretch.least < found and stretch.begin < end:
                found = stretch.least
        return found if found < math.inf else None

    def least_before(self, end: float) -> float | None:
        """Least delay of what arrived before ``end``."""
        recent = math.inf
        for stretch in reversed(self._stretches):
            if stretch.begin < end:
                # The least of all is, as a rule, not that of the last moments.
                return self.level if recent > self.level else self.least(-math.inf, end)
            recent = min(recent, stretch.least)
        return None

    def gap(self, arrival: float) -> float:
        """Return how long nothing came around a moment, in seconds; so far, where it goes on."""
        before, after = arrival, arrival
        for stretch in reversed(self._stretches):
            if stretch.begin <= arrival:
                before = min(stretch.end, arrival)
                break
            after = stretch.begin
        return after - before

    def pause(self, since: float) -> float:
        """Return the longest time without a frame that has ended since then, in seconds."""
        longest, after = 0.0, -math.inf
        for stretch in reversed(self._stretches):
            longest = max(longest, after - stretch.end)
            after = stretch.begin
            if after <= since:
                break
        return longest

    def stretches(self, begin: float = -math.inf) -> Sequence[Stretch]:
        """Return what arrived from then on."""
        return [stretch for stretch in self._stretches if stretch.begin >= begin]

    def moved(self, moves: Iterable[tuple[int, float]]) -> None:
        """Take note that frames are later in the file: (written tick from which, seconds)."""
        for stretch in self._stretches:
            stretch.least -= next(
                (by for tick, by in reversed([*moves]) if stretch.tick >= tick), 0
            )
        if self._open is not None:
            self._last -= next(reversed([by for _, by in moves]), 0.0)
        self.level = min((s.least for s in self._stretches), default=math.inf)

    def shifted(self, seconds: float, ticks: int) -> Transit:
        """Return the same for a file that begins so much later."""
        other = Transit()
        for stretch in self._stretches:
            copy = Stretch(stretch.begin, stretch.tick - ticks, stretch.least + seconds)
            copy.end = stretch.end
            other._stretches.append(copy)
            other._open = copy
        other._last = self._last + seconds
        other.level = self.level + seconds
        return other

"""How far what is written of a track is from where it belongs."""

from __future__ import annotations

from bisect import bisect_right

RIGHT = 0.010
"""Seconds by which a frame may be away from its place without the file being mended."""


class Shifts:
    """Corrections of one track, by the time at which its frames were written.

    All times are ticks of the track. ``steps`` holds (from this written time on, so much later).
    """

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def __bool__(self) -> bool:
        """Whether there is anything to correct."""
        return bool(self.steps)

    def at(self, tick: int) -> int:
        """Return by how much what was written at this time has to be later."""
        index = bisect_right(self.steps, tick, key=lambda step: step[0]) - 1
        return self.steps[index][1] if index >= 0 else 0

    def begin(self, tick: int, shift: int) -> None:
        """What is written from here on is so far from its place."""
        self.steps.append((tick, shift))

    def add(self, begin: int, end: int, shift: int) -> None:
        """What was written in [``begin``, ``end``) belongs so much later than was thought."""
        if shift and begin < end:
            after = self.at(end)
            bounds = sorted({begin, *(tick for tick, _ in self.steps if begin < tick < end)})
            inside = [(tick, self.at(tick) + shift) for tick in bounds]
            before = [step for step in self.steps if step[0] < begin]
            later = [step for step in self.steps if step[0] > end]
            self.steps = [*before, *inside, (end, after), *later]

    def worst(self, end: int) -> int:
        """Return the largest correction of what was written before ``end``, without its sign."""
        return max((abs(shift) for tick, shift in self.steps if tick < end), default=0)

"""How long the disk lasts: when to stop, and when to go on. Pure."""

from __future__ import annotations

from collections import deque

from ...model import DiskSnapshot, EventType
from ...recording.disk import Space, seconds_left
from ..room.actions import Note

SMALL = 10
"""The floor is at most this part of a disk: a small one is not refused as a whole."""
LEAST = 1_000_000
"""A floor that every disk has: files want a proper end."""
AGAIN = 2
"""Times the floor that have to be free before recording goes on."""
WINDOW = 60.0
"""Seconds over which it is measured how fast room goes, whoever takes it."""
_SURE = 10.0
"""Seconds that have to be measured."""


class DiskBudget:
    """Knows how the disk is, from one look to the next.

    Args:
        floor: Bytes that are to stay free.
    """

    def __init__(self, floor: int) -> None:
        self._asked = floor
        self._space = Space(0, 0)
        self._looks: deque[tuple[float, int]] = deque()
        self._rate = 0.0
        self._told_small = False
        self.full = False

    @property
    def floor(self) -> int:
        """Bytes that stay free on this disk."""
        return max(min(self._asked, self._share), min(LEAST, self._share))

    @property
    def goes_on(self) -> int:
        """Bytes that have to be free before recording goes on."""
        return AGAIN * self.floor

    @property
    def why(self) -> str:
        """Why nothing is recorded; empty where it is. Begins with "the disk is full"."""
        if not self.full:
            return ""
        free, enough = _size(self._space.free), _size(self.goes_on)
        return f"the disk is full, {free} are left; recording goes on by itself at {enough}"

    def update(self, space: Space, written: float, now: float) -> list[Note]:
        """Take how the disk is, and return what is to be told.

        Args:
            space: Of the disk.
            written: Bytes per second that we write.
            now: Monotonic seconds.
        """
        self._space = space
        self._measure(space.free, written, now)
        notes = self._small()
        if self.full:
            self.full = space.free <= self.goes_on
        else:
            self.full = space.free < self.floor
        return notes

    def snapshot(self) -> DiskSnapshot:
        """Return what clients know of it."""
        return DiskSnapshot(
            free=self._space.free,
            seconds_left=self._left(),
            total=self._space.total,
            floor=self.floor,
            goes_on=self.goes_on,
            full=self.full,
        )

    @property
    def _share(self) -> int:
        return self._space.total // SMALL if self._space.total else self._asked

    def _left(self) -> float | None:
        return seconds_left(self._space.free, self._rate, self.floor)

    def _measure(self, free: int, written: float, now: float) -> None:
        self._looks.append((now, free))
        while now - self._looks[0][0] > WINDOW:
            self._looks.popleft()
        then, before = self._looks[0]
        if written <= 0:
            self._rate = 0.0
            return
        took = now - then
        # Others may write as well; room that somebody made says nothing about the rate.
        gone = (before - free) / took if took >= _SURE else 0.0
        self._rate = max(written, gone)

    def _small(self) -> list[Note]:
        total = self._space.total
        if self._told_small or not total or self.floor >= self._asked:
            return []
        self._told_small = True
        text = (
            f"a small disk of {_size(total)}: recording stops at {_size(self.floor)} left, not at "
            f"{_size(self._asked)}"
        )
        return [Note(EventType.DISK_SMALL, text, data={"total": total, "floor": self.floor})]


def _size(count: int) -> str:
    """Return bytes in words, never more than there are."""
    for unit, name in ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB")):
        if count >= unit:
            tenths = count * 10 // unit
            return f"{tenths // 10} {name}" if tenths >= 100 else f"{tenths / 10:g} {name}"
    return f"{count // 1000} kB"

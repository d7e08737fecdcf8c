"""How often the pictures of a stream are looked at, by what that takes. Pure."""

from __future__ import annotations

SHARE = 0.0002
"""Of a core that looking at one stream may take: a thirtieth of what recording it takes
(docs/cost.md)."""
LEAST = 3.0
"""Seconds between two looks, however little they take, unless one is in haste."""
MOST = 120.0
"""The same, however much."""
HASTE = 1.0
"""Seconds between two looks of which one is."""
AHEAD = 240.0
"""Seconds of looks for which some may be in haste, to be made up for by not looking later."""


class Looks:
    """Knows when the next one may be."""

    def __init__(self) -> None:
        self._hasty = self._paid = float("-inf")
        """From when on one may be in haste, and up to when what they took is its share."""

    def may(self, now: float, *, haste: bool) -> bool:
        """Whether one may be now.

        Args:
            now: Monotonic seconds.
            haste: There is a reason for it.
        """
        if haste and now >= self._hasty and self._paid - now < AHEAD:
            return True
        return now >= self._paid

    def took(self, seconds: float, now: float) -> None:
        """One took so many seconds of a core."""
        self._hasty = now + HASTE
        self._paid = max(self._paid, now) + min(MOST, max(LEAST, seconds / SHARE))

    def missed(self, now: float) -> None:
        """One could not be."""
        self._hasty = now + LEAST
        self._paid = max(self._paid, self._hasty)

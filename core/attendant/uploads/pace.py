"""How fast bytes may go. Pure."""

from __future__ import annotations

MADE_UP = 1.0
"""Seconds in which nothing went, at most, that are made up for: a store that was slow for a moment
does not lower the rate."""


class Pace:
    """Keeps to a rate on average.

    Args:
        rate: Bytes per second; 0: as fast as can be.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = float("-inf")

    def wait(self, count: int, now: float) -> float:
        """Return how many seconds to wait before so many bytes go; they count as gone then."""
        if not self._rate:
            return 0.0
        begin = max(now - MADE_UP, self._free_at)
        self._free_at = begin + count / self._rate
        return max(0.0, begin - now)

"""How fast bytes may go. Pure."""

from __future__ import annotations


class Pace:
    """Keeps to a rate on average, without making up for time in which nothing went.

    Args:
        rate: Bytes per second; 0: as fast as can be.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    def wait(self, count: int, now: float) -> float:
        """Return how many seconds to wait before so many bytes go; they count as gone then."""
        if not self._rate:
            return 0.0
        begin = max(now, self._free_at)
        self._free_at = begin + count / self._rate
        return begin - now

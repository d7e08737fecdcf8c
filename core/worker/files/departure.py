"""Whether something is far from what it usually is. Pure."""

from __future__ import annotations

from math import log

FOLLOW = 0.15
"""Share of the way that what is usual goes towards each value, once there were some: of the first
each counts as much as any before it, so that little is left of what was supposed of them."""
LEAST = 0.25
"""Logarithm of the ratio that is far at least: a quarter more, or less."""
SURELY = 1.25
"""The same that is far in any case: three and a half times as much."""
_FIRST = 0.2
_NOTHING = 500.0
"""Bytes that are as good as none."""


class Departure:
    """Knows what a number of bytes usually is, and how much it differs from one time to the next.

    What it departs to is what is usual from then on, so that each change is told once.

    Args:
        far: Times that a value usually differs from what is usual which are far.
    """

    def __init__(self, far: float) -> None:
        self._far = far
        self._usual: float | None = None
        """Logarithm."""
        self._differs = _FIRST
        """By how much that of a value usually does."""
        self._seen = 0

    def see(self, value: float) -> bool:
        """Take the next value; return whether it is far from what was usual."""
        seen = log(value + _NOTHING)
        if self._usual is None:
            self._usual = seen
            return False
        self._seen += 1
        follow = max(FOLLOW, 1 / (1 + self._seen))
        away = abs(seen - self._usual)
        far = away > min(SURELY, max(LEAST, self._far * self._differs))
        # What is far says little of the rest; yet who departs again and again is expected to.
        self._differs += follow * ((2 * self._differs if far else away) - self._differs)
        self._usual += (1.0 if far else follow) * (seen - self._usual)
        return far

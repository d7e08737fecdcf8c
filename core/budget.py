"""How much of our time a peer may take. Pure: the caller says what time it is."""

from __future__ import annotations


class Budget:
    """So many of something in a second, and so many at once (a token bucket)."""

    __slots__ = ("_at", "_burst", "_debt", "_left", "_rate")

    def __init__(self, rate: float, burst: float, debt: float = 0) -> None:
        """Start with all of ``burst``.

        Args:
            rate: In a second, for long.
            burst: At once.
            debt: How much of what was refused counts as taken, too, and has to be waited for.
        """
        self._rate = rate
        self._burst = self._left = burst
        self._debt = debt
        self._at = float("-inf")

    def spend(self, now: float, amount: float = 1) -> bool:
        """Whether so much more is within it; then it counts as taken.

        Args:
            now: Monotonic seconds.
            amount: Of what the rate is counted in.
        """
        if now > self._at:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
        if amount > self._left:
            if self._debt:
                self._left = max(self._left - amount, -self._debt)
            return False
        self._left -= amount
        return True

    @property
    def is_overdrawn(self) -> bool:
        """Whether the debt is as large as it can be: whoever it is takes no notice of refusals."""
        return self._left <= -self._debt


class Meter:
    """Processor time taken within each second."""

    __slots__ = ("_limit", "_since", "_spent")

    def __init__(self, limit: float) -> None:
        """Start with ``limit`` seconds for each second."""
        self._limit = limit
        self._spent = 0.0
        self._since = float("-inf")

    def is_used_up(self, now: float) -> bool:
        """Whether this second's share is spent."""
        if now - self._since >= 1:
            # What was too much is made up for; who took a minute at once does not wait for one.
            self._spent = min(self._limit, max(0.0, self._spent - self._limit))
            self._since = now
        return self._spent >= self._limit

    def add(self, seconds: float) -> None:
        """Count time that was taken."""
        self._spent += seconds

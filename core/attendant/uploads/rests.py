"""Who failed rests, longer each time. Pure."""

from __future__ import annotations

from ...signaling.backoff import Backoff

_BACKOFF = Backoff(first=5.0, limit=300.0)


class Rests:
    """What is left alone for a while, because it failed."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def failed(self, what: str, now: float, chance: float) -> None:
        """Leave it alone from now on; ``chance`` is random, 0 to 1."""
        count = self.failures(what)
        self._failures[what] = count + 1
        self._until[what] = now + _BACKOFF.delay(count, chance)

    def succeeded(self, what: str) -> None:
        """Forget that it ever failed."""
        self._failures.pop(what, None)
        self._until.pop(what, None)

    def failures(self, what: str) -> int:
        """Return how often in a row it failed."""
        return self._failures.get(what, 0)

    def left(self, what: str, now: float) -> float:
        """Return for how many seconds it is to be left alone."""
        return max(0.0, self._until.get(what, 0.0) - now)

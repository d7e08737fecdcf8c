"""Who failed rests, longer each time. Pure."""

from __future__ import annotations

from ...signaling.backoff import Backoff

_BACKOFF = Backoff(first=5.0, limit=300.0)


class Rests:
    """What is left alone for a while, because it failed."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, float]] = {}
        """How often in a row, and until when it rests."""

    def failed(self, what: str, now: float, chance: float) -> None:
        """Leave it alone from now on; ``chance`` is random, 0 to 1."""
        count, _ = self._failed.get(what, (0, 0.0))
        self._failed[what] = count + 1, now + _BACKOFF.delay(count, chance)

    def succeeded(self, what: str) -> None:
        """Forget that it ever failed."""
        self._failed.pop(what, None)

    def left(self, what: str, now: float) -> float:
        """Return for how many seconds it is to be left alone."""
        _, until = self._failed.get(what, (0, 0.0))
        return max(0.0, until - now)

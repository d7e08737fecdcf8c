"""Saying again what goes on, but not all the time. Pure."""

from __future__ import annotations

from collections.abc import Hashable


class Throttle:
    """Knows when each thing was said last.

    Args:
        pause: Seconds until it may be said again.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._said: dict[Hashable, float] = {}

    def may_say(self, what: Hashable, now: float) -> bool:
        """Whether it is time to say it (again); then it counts as said."""
        if now - self._said.get(what, float("-inf")) < self._pause:
            return False
        self._said[what] = now
        return True

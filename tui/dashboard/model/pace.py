"""How often the screen is drawn. Pure."""

from __future__ import annotations

SOON = 0.25
"""Seconds within which a change of state shows."""


class Pace:
    """Decides when to draw next.

    Args:
        interval: Seconds between repaints of mere numbers.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._drawn = float("-inf")

    def wait(self, urgent: bool, now: float) -> float:
        """Return the seconds to wait before drawing; none is now."""
        # Snapshots come once a second but never quite on time: without the slack every
        # other one would wait for the next.
        least = SOON if urgent else max(SOON, self._interval - SOON)
        return max(0.0, self._drawn + least - now)

    def drawn(self, now: float) -> None:
        """Take note of a repaint."""
        self._drawn = now

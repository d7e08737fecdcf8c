"""When to ask for a missing packet, and when to ask again (packets.md §2)."""

from __future__ import annotations

from collections.abc import Mapping

GRACE = 0.01
"""Seconds that a packet may be out of order before it is asked for."""
MAX_TRIES = 20
_RETRY = 0.06
_PATIENCE = 0.25
"""How much longer each try waits than the one before: eleven fit before a packet is given up."""
_MAX_ROUND_TRIP = 0.5
_MAX_AT_ONCE = 1000


class Missing:
    """One sequence number that was skipped."""

    __slots__ = ("asked", "since", "tries")

    def __init__(self, since: float) -> None:
        """Notice at ``since`` that it is missing."""
        self.since = since
        self.asked = 0.0
        self.tries = 0


class NackScheduler:
    """Chooses what to ask for; learns from the answers how long they take."""

    __slots__ = ("_retry",)

    def __init__(self) -> None:
        """Start with the shortest pause between two tries."""
        self._retry = _RETRY

    def due(self, missing: Mapping[int, Missing], now: float) -> list[int]:
        """Sequence numbers to ask for now, in the order of ``missing``; they count as asked."""
        wanted: list[int] = []
        for sequence, entry in missing.items():
            if self._is_due(entry, now):
                entry.tries += 1
                entry.asked = now
                wanted.append(sequence)
                if len(wanted) == _MAX_AT_ONCE:
                    break
        return wanted

    def _is_due(self, entry: Missing, now: float) -> bool:
        if not entry.tries:
            return now - entry.since >= GRACE
        if entry.tries >= MAX_TRIES:
            return False
        return now - entry.asked >= self._retry * (1 + _PATIENCE * (entry.tries - 1))

    def answered(self, entry: Missing, now: float) -> None:
        """A packet came back; only after a single try is it known which try it answers."""
        if entry.tries == 1:
            pause = max(_RETRY, min(_MAX_ROUND_TRIP, 1.25 * (now - entry.asked)))
            self._retry += (pause - self._retry) / 8

"""When a decoder is started again, and who is left alone as it broke it. Pure."""

from __future__ import annotations

from collections import defaultdict, deque

from ...model import Kind
from ...signaling.backoff import Backoff

STRIKES = 3
"""Times that a stream may break the decoder within `MEMORY`."""
MEMORY = 600.0
"""Seconds after which it is forgotten that it broke: a machine may be busy, or out of memory."""
BACKOFF = Backoff(first=1.0, limit=60.0)


class Blame:
    """Keeps when the decoder broke, and at what."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._strikes: defaultdict[tuple[str, Kind], deque[float]] = defaultdict(deque)
        self._guilty: set[tuple[str, Kind]] = set()

    def broke(self, now: float, chance: float) -> float:
        """Return for how many seconds there is none; ``chance`` is random, 0 to 1."""
        return BACKOFF.delay(_count(self._times, now) - 1, chance)

    def broken_by(self, stream: str, kind: Kind, now: float) -> bool:
        """Take down that it broke at this; return whether it is left alone from now on."""
        subject = stream, kind
        if _count(self._strikes[subject], now) < STRIKES:
            return False
        del self._strikes[subject]
        self._guilty.add(subject)
        return True

    def is_guilty(self, stream: str, kind: Kind) -> bool:
        """Whether it is left alone."""
        return (stream, kind) in self._guilty


def _count(times: deque[float], now: float) -> int:
    """Add a time; return how many there were lately."""
    times.append(now)
    while times[0] < now - MEMORY:
        times.popleft()
    return len(times)

"""How much may cross the line to the terminal, and which picture is worth it next. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

RATES = (5, 10, 20, 40, 80, 160, 320)
"""kB/s that somebody may choose."""
OVER_SSH, HERE = 40, 160
"""What suits."""
ROUND = 4.0
"""Seconds between two pictures of one stream, where there is room for all."""
AT_ONCE = 2
"""Pictures that are asked for and have not come."""
_MEASURED = 5.0
"""Seconds over which is said how much crosses the line."""
_BURST = 0.5
"""Seconds' worth that may go at once."""
_COARSER, _FINER = 0.75, 0.45
"""Share of what a round may take, above which pictures become coarser, below which finer."""
_STEP = 0.6
"""What a picture takes, to what it does in the next finer quality."""
_LEARN = 0.3
_GUESS = 3000.0
"""Bytes of a picture in the finest quality, before there was any."""
_PATIENCE = 8.0
"""Seconds after which a picture that has not come will not."""


def chosen_rate(rate: int, ssh: bool) -> int:
    """Return the kB/s that somebody chose, else what suits the line."""
    return rate if rate in RATES else OVER_SSH if ssh else HERE


def next_rate(rate: int, step: int) -> int:
    """Return the next one to choose; the first and the last stay."""
    return RATES[max(0, min(len(RATES) - 1, RATES.index(rate) + step))]


class Allowance:
    """Bytes that may cross the line: a token bucket.

    It is asked before something is made whose size nobody knows yet, and told afterwards. So one
    thing may overdraw it, and the next waits until that is paid.

    Args:
        rate: Bytes a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = rate * _BURST
        self._at: float | None = None
        self._spent: deque[tuple[float, float]] = deque()

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self._rate

    def change(self, rate: float, now: float) -> None:
        """Allow more or less from now on; what is owed is still owed."""
        self._refill(now)
        self._rate = rate
        self._left = min(self._left, rate * _BURST)

    def is_open(self, now: float) -> bool:
        """Whether something may be sent at a monotonic time."""
        self._refill(now)
        return self._left > 0

    def spend(self, amount: float, now: float) -> None:
        """Count bytes that were sent."""
        if amount > 0:
            self._refill(now)
            self._left -= amount
            self._spent.append((now, amount))

    def measured(self, now: float) -> float:
        """Return the bytes a second of the last seconds."""
        while self._spent and now - self._spent[0][0] > _MEASURED:
            self._spent.popleft()
        return sum(amount for _, amount in self._spent) / _MEASURED

    def _refill(self, now: float) -> None:
        if self._at is not None and now > self._at:
            self._left = min(self._rate * _BURST, self._left + (now - self._at) * self._rate)
        self._at = now if self._at is None else max(self._at, now)


class Turns:
    """Whose picture comes next, and in which quality: so that all fit into a round, if they can.

    Args:
        qualities: How many there are; 0 is the finest.
    """

    def __init__(self, qualities: int) -> None:
        self.quality = 0
        self._qualities = qualities
        self._asked: dict[str, float] = {}
        """When each stream had its last turn, monotonic seconds."""
        self._waiting: dict[str, float] = {}
        self._finest = _GUESS
        """Bytes that a usual picture would take in the finest quality."""

    def due(self, streams: Sequence[str], now: float) -> str | None:
        """Return the stream whose turn it is, the one that has waited longest; it counts as asked.

        Args:
            streams: Those whose pictures are on the screen.
            now: Monotonic seconds.

        Returns:
            ``None`` where nobody's turn has come.
        """
        self._waiting = {
            name: since for name, since in self._waiting.items() if now - since < _PATIENCE
        }
        free = [name for name in streams if name not in self._waiting]
        if not free or len(self._waiting) >= AT_ONCE:
            return None
        first = min(free, key=lambda name: self._asked.get(name, float("-inf")))
        if now - self._asked.get(first, float("-inf")) < ROUND:
            return None
        self._asked[first] = self._waiting[first] = now
        return first

    def came(self, stream: str, cost: float | None = None) -> None:
        """A picture came and took so many bytes; ``None``: there was none."""
        self._waiting.pop(stream, None)
        if cost is not None:
            self._finest += _LEARN * (cost / _STEP**self.quality - self._finest)

    def forget(self, stream: str = "") -> None:
        """A stream's picture, or everybody's, is not on the screen any more."""
        if stream:
            self._asked.pop(stream, None)
        else:
            self._asked.clear()

    def choose(self, streams: int, rate: float) -> int:
        """Choose, and return, the quality in which so many streams fit into a round.

        Args:
            streams: Whose pictures are on the screen.
            rate: Bytes a second.
        """
        room = rate * ROUND / max(1, streams)
        while self.quality + 1 < self._qualities and self._take(self.quality) > _COARSER * room:
            self.quality += 1
        finer = self.quality - 1
        if finer >= 0 and self._take(finer) < _FINER * room:
            self.quality = finer
        return self.quality

    def period(self, streams: int, rate: float) -> float:
        """Return the seconds between two pictures of a stream that can be hoped for."""
        return max(ROUND, streams * self._take(self.quality) / rate)

    def _take(self, quality: int) -> float:
        """Return the bytes of a usual picture."""
        return self._finest * _STEP**quality

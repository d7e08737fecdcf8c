"""Which streams may have broken a worker, and who shares one with whom. Pure.

What a worker died of is seldom known: of something that one stream sent, or of something that
has to do with none. So nobody has to wait because of a death, but who may be guilty is parted
from the others: those who had only just come, where others had been there for long; else, if it
happens again, those who were in both. Where all of a worker's streams are suspects, each half of
them gets a worker of its own, until one is alone in it. Only who breaks that one again and again
waits longer each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import count
from typing import TypeVar

LASTED = 60.0
"""Seconds of life after which a stream counts as sound, and a second death as another one."""
WAITS = (0.0, 3.0, 5.0, 15.0, 60.0)
"""Seconds before a stream is asked for again that broke a worker of its own so often."""
EVERYBODY = 0
"""The group of who shares workers with whoever comes."""
_KEPT = 1000

T = TypeVar("T")


class Suspicion:
    """What was learnt from the deaths of workers."""

    def __init__(self) -> None:
        self._sound: dict[str, None] = {}
        self._died_at: dict[str, float] = {}
        self._groups: dict[str, int] = {}
        self._alone: dict[str, int] = {}
        """How often a stream broke a worker that it had for itself, one soon after the other."""
        self._numbers = count(EVERYBODY + 1)
        self._newcomers: int | None = None
        self._broke_at = -1e9

    def died(self, ages: Mapping[str, float], now: float) -> list[str]:
        """A worker broke, rather than that somebody ended it.

        Args:
            ages: Seconds since the connection of each of its streams came up.
            now: Monotonic seconds.

        Returns:
            The streams that share workers with fewer others from now on.
        """
        for stream, age in ages.items():
            if age > LASTED:
                _keep(self._sound, stream, None)
                self._alone.pop(stream, None)
        suspects = self._suspects(ages.keys(), now)
        for stream in ages:
            _keep(self._died_at, stream, now)
        self._broke_at = now
        return self._part(suspects, ages)

    def group(self, stream: str, now: float) -> int:
        """Return with whom a stream shares workers: those of the same group.

        Who comes for the first time soon after a worker broke is not put to those who are sound.
        """
        group = self._groups.get(stream)
        if group is not None or stream in self._sound or now - self._broke_at > LASTED:
            return EVERYBODY if group is None else group
        if stream in self._died_at:
            return EVERYBODY
        if self._newcomers is None:
            self._newcomers = next(self._numbers)
        _keep(self._groups, stream, self._newcomers)
        return self._newcomers

    def wait(self, stream: str) -> float:
        """Return how many seconds it has to wait before it is asked for again."""
        return WAITS[min(self._alone.get(stream, 0), len(WAITS) - 1)]

    def _suspects(self, streams: Set[str], now: float) -> list[str]:
        if any(self._groups.get(stream) for stream in streams):
            return list(streams)
        again = [one for one in streams if now - self._died_at.get(one, -1e9) < LASTED]
        young = [stream for stream in again or streams if stream not in self._sound]
        if again:
            return young or again
        return young if len(young) < len(streams) else []

    def _part(self, suspects: list[str], ages: Mapping[str, float]) -> list[str]:
        for stream, age in ages.items():
            if len(ages) == 1 and self._groups.get(stream) and age <= LASTED:
                _keep(self._alone, stream, self._alone.get(stream, 0) + 1)
        middle = (len(suspects) + 1) // 2 if len(suspects) == len(ages) else len(suspects)
        for part in (suspects[:middle], suspects[middle:]):
            number = next(self._numbers)
            for stream in part:
                _keep(self._groups, stream, number)
        return suspects


def _keep(known: dict[str, T], stream: str, value: T) -> None:
    """Remember it as the newest; strangers can have any number of names."""
    known.pop(stream, None)
    if len(known) >= _KEPT:
        del known[next(iter(known))]
    known[stream] = value

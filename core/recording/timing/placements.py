"""Where tracks were put on the time of a file, by what, and when that changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...model import Kind
from .shifts import RIGHT

REPORTS, ARRIVAL, START = "sender-reports", "arrival", "start"
_MOST = 500


class Placed(NamedTuple):
    """That a track got another place."""

    arrival: float
    """When, monotonic."""
    tick: int
    """From this written time on."""
    by: str
    moved: float
    """Seconds."""


class Placements:
    """What is to be told of it."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.all: dict[Kind, list[Placed]] = {kind: [] for kind in kinds}
        self.by: dict[Kind, str] = {}
        """By what each track has its place now."""

    def note(self, kind: Kind, now: float, tick: int, by: str, moved: float) -> None:
        """Remember a move; small ones of the same kind add up to one."""
        self.by[kind] = by
        news = self.all[kind]
        if news and news[-1].by == by and abs(moved) < RIGHT and abs(news[-1].moved) < RIGHT:
            news[-1] = news[-1]._replace(moved=news[-1].moved + moved)
        elif len(news) < _MOST:
            news.append(Placed(now, tick, by, moved))

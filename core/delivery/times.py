"""Where what is in a file belongs on the time of its session. Pure.

Seconds of a session count from its start by the clock of the recorder's machine that nobody sets.
A file counts by its sender's clock, which runs a little faster or slower: 200 ppm are 1.4 s in two
hours. How much is seen in how arrival moves against the file's time (`ClockPoint`).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from ..model import Misplaced

CREDIBLE = 1e-3
"""Quartz is off by 100 ppm at most, drivers that estimate a rate by some hundreds."""
_LEAST_SPAN = 90.0
"""Seconds of points below which a drift is not looked for."""
_POINTS = 120
"""As many are compared, pair by pair; more are thinned out."""


class Seen(NamedTuple):
    """When a frame arrived."""

    file: float
    """Seconds in the file, where it belongs."""
    session: float
    """Seconds of the session."""


class TimeMap(NamedTuple):
    """Seconds in a file ↔ seconds of the session, for one track."""

    begin: float
    """Second of the session at which the file's time is zero."""
    scale: float = 1.0
    """Seconds of the session in a second of the file."""
    misplaced: tuple[Misplaced, ...] = ()
    """What is not in its place in the file."""

    def session(self, seconds: float) -> float:
        """Return the second of the session for a time in the file."""
        for part in self.misplaced:
            if part.begin <= seconds < part.end:
                seconds -= part.late
                break
        return self.begin + seconds * self.scale

    def file(self, session: float) -> float:
        """Return the time in the file for a second of the session, as if all were in its place."""
        return (session - self.begin) / self.scale


def drift(points: Iterable[Seen]) -> float:
    """Return how much slower than ours the file's clock runs: 2e-4 is 200 ppm.

    The median of the slopes between all pairs (Theil and Sen): delays of the network move few of
    them. Zero where points are too few, or where no clock would run like that.
    """
    seen = _thinned(sorted(points))
    if len(seen) < 4 or seen[-1].file - seen[0].file < _LEAST_SPAN:
        return 0.0
    apart = (seen[-1].file - seen[0].file) / 3
    slopes = [
        (later.session - one.session) / (later.file - one.file) - 1
        for one, later in combinations(seen, 2)
        if later.file - one.file >= apart
    ]
    found = statistics.median(slopes)
    return found if abs(found) <= CREDIBLE else 0.0


def _thinned(seen: Sequence[Seen]) -> Sequence[Seen]:
    """Of each stretch, the point that was delayed least."""
    size = -(-len(seen) // _POINTS) or 1
    stretches = (seen[index : index + size] for index in range(0, len(seen), size))
    return [min(stretch, key=lambda one: one.session - one.file) for stretch in stretches]

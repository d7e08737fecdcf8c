"""The axis of time that all streams of a report share. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_IDLE = 0.2
"""Share of the axis that may be empty before the first take; a recorder may wait for hours."""


class Axis(NamedTuple):
    """A stretch of a session, and how it is marked off; seconds."""

    begin: float
    end: float
    step: float

    @classmethod
    def over(cls, begin: float, end: float, most: int) -> Axis:
        """Return an axis for what is between two times, with about so many marks."""
        end = max(end, begin + 1.0)
        begin = 0.0 if begin < _IDLE * end else begin
        step = _step((end - begin) / most)
        return cls(math.floor(begin / step) * step, end, step)

    @property
    def marks(self) -> list[float]:
        """Where it is marked off."""
        first = round(self.begin / self.step)
        last = math.floor(self.end / self.step + 1e-9)
        return [number * self.step for number in range(first, last + 1)]

    def share(self, seconds: float) -> float:
        """Return how far along the axis a time is, from 0 to 1."""
        return min(1.0, max(0.0, (seconds - self.begin) / (self.end - self.begin)))


def _step(least: float) -> float:
    fitting = next((step for step in _STEPS if step >= least), None)
    return fitting or math.ceil(least / _STEPS[-1]) * _STEPS[-1]

"""What a verdict rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ....model import SCREEN_SHARE, Kind, TakeSummary
from ..report import CheckReport, Finding, Level, TrackReport, What

SLOW = 0.3
"""Seconds between two frames, usually: somebody shares a page that hardly changes."""


class Evidence(NamedTuple):
    """The report of what was measured, without findings, and what the sidecar says."""

    report: CheckReport
    take: TakeSummary | None = None
    growing: bool = False
    """It is being recorded."""

    @property
    def lost(self) -> bool:
        """Whether packets were lost for good, as far as a sidecar says."""
        take = self.take
        if take is None:
            return False
        return take.holes > 0 or any(counts.lost for counts in take.packets.values())

    @property
    def shared(self) -> bool:
        """Whether it is known to be a shared screen, whose picture may stand still."""
        return self.take is not None and self.take.stream.endswith(SCREEN_SHARE)

    def track(self, kind: Kind) -> TrackReport | None:
        """Return a track that has frames."""
        found = self.report.video if kind is Kind.VIDEO else self.report.audio
        return found if found is not None and found.frames else None


def _making(level: Level) -> Callable[..., Finding]:
    def make(
        what: What, text: str, time: float | None = None, seconds: float | None = None
    ) -> Finding:
        return Finding(level=level, what=what, text=text, time=time, seconds=seconds)

    return make


note, flaw, bad = _making(Level.NOTE), _making(Level.FLAW), _making(Level.BAD)

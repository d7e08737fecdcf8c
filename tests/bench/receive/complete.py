"""How many of the frames that were sent are in a file."""

from __future__ import annotations

from pathlib import Path

from roomdeck.core.recording.check import check


def frames_in(path: Path, log: Path | None) -> int:
    """Count the frames of a file that equal sent ones; without a log, all its frames."""
    report = check(path, log)
    if log is not None:
        return sum(comparison.matched for comparison in report.comparisons)
    return sum(track.frames for track in (report.video, report.audio) if track is not None)

"""A session as people look at it: one page that needs nothing else, and the same as text.

It is made from what is known: the sidecar, a few pictures from the files, what was found when files
were delivered of them, and what reading them again brought (`check`), where somebody did.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...atomic import replace_file
from ...errors import RecordingError
from ...recording import sidecar
from ...recording.check import CheckReport
from ..session import session_of
from .deliveries import deliveries, learned
from .html import page
from .model import Levels, Report, name_of, report_of
from .presence import absent, bad
from .stills import stills
from .text import text

__all__ = [
    "Levels",
    "Report",
    "absent",
    "bad",
    "deliveries",
    "learned",
    "make_report",
    "name_of",
    "render",
    "report_of",
    "write_report",
]

PATIENCE = 1.5
"""Seconds for pictures, where somebody waits for the end of a recording."""


def make_report(
    path: Path,
    verdicts: Mapping[str, CheckReport] | None = None,
    levels: Mapping[str, Levels] | None = None,
    patience: float = PATIENCE,
) -> tuple[str, str]:
    """Return the report of the session that a sidecar tells of, as HTML and as text.

    Args:
        path: Of the sidecar.
        verdicts: What reading files again brought, by their names as of `name_of`.
        levels: Loudness over time in LUFS, by stream; seconds of the session. Else what was
            measured when files were delivered.
        patience: Seconds for pictures.

    Raises:
        RecordingError: There is no such sidecar, or it is damaged.
    """
    known = sidecar.load(path)
    if known is None:
        raise RecordingError(f"there is no {path}")
    session = session_of(path, known)
    removed = {path.parent / one.file for one in known.removed(path.parent)}
    since = learned(deliveries(session.folder, session.name))
    report = report_of(
        session,
        known,
        absent(session, removed) | dict(verdicts or {}),
        levels or since.levels,
        since.remarks,
    )
    return render(report, path.parent, patience)


def render(report: Report, folder: Path, patience: float = PATIENCE) -> tuple[str, str]:
    """Return a report as HTML, with pictures from the files, and as text.

    Args:
        report: What is known.
        folder: Of the files.
        patience: Seconds for pictures.
    """
    pictures = stills(report.rows, folder, patience)
    rows = [row._replace(stills=pictures.get(row.stream, ())) for row in report.rows]
    shown = report._replace(rows=rows)
    return page(shown), text(shown)


def write_report(beside: Path, html: str, text: str) -> tuple[Path, Path]:
    """Put a report beside a file, in place of the one before; return the paths.

    Raises:
        OSError: It cannot be written; what was there before stays.
    """
    paths = beside.with_suffix(".html"), beside.with_suffix(".txt")
    for path, content in zip(paths, (html, text), strict=True):
        replace_file(path, content.encode("utf-8", "replace"), 0o666)
    return paths

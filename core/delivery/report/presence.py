"""What a look at the folder says of takes, without reading any: are they there, and whole?"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ...recording.check import CheckReport, Finding, Level, Verdict, What
from ...units import size
from ..session import Clip, Session
from .model import name_of

WHOLE = 0.98
"""Share of the bytes that were told, from which a file is taken to be all there: one that is put
right may be a little smaller than it was."""


def absent(session: Session, removed: Collection[Path] = ()) -> dict[str, CheckReport]:
    """Return a verdict for each take that is gone, or shorter than it was when it ended.

    Args:
        session: Whose takes there are.
        removed: Files that are gone as somebody wanted.

    Returns:
        By their names, as in the report.
    """
    found: dict[str, CheckReport] = {}
    for clip in (clip for person in session.people for clip in person.clips):
        if clip.file not in removed and (why := _wrong(clip)):
            name = name_of(clip.file, session.folder)
            found[name] = bad(name, why)
    return found


def bad(name: str, *why: str) -> CheckReport:
    """Return the verdict on a file that cannot be read, or not all of it."""
    findings = [Finding(level=Level.BAD, what=What.READ, text=one) for one in why]
    return CheckReport(file=name, verdict=Verdict.BAD, findings=findings)


def _wrong(clip: Clip) -> str:
    told = clip.take.bytes if clip.take is not None else 0
    try:
        there = clip.file.stat().st_size
    except (OSError, ValueError) as error:
        # The latter: a name that no file can have.
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return f"only {size(there)} of {size(told)} are there" if there < WHOLE * told else ""

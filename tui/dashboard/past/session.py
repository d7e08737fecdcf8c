"""Sessions as their JSON files tell of them. Reads files: for a thread, never for the screen's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ....core.errors import RecordingError
from ....core.recording import sidecar
from ....core.recording.naming import is_held, mended_path
from ..model.session_page import AlarmFacts, SessionFacts, TakeFacts

if TYPE_CHECKING:
    from ....core.delivery.report.model import Bar, Report

_MOST_TAKES = 2000
"""That are shown of a session."""
_MOST_ALARMS = 500
OPEN = "being recorded"


def read_session(path: Path) -> SessionFacts:
    """Return a session as its page shows it.

    Args:
        path: Of its JSON file.

    Raises:
        RecordingError: There is none, or it is damaged, or says what cannot be.
    """
    try:
        return _read(path)
    except (ArithmeticError, OSError, ValueError) as error:
        # Lengths that are no numbers, names that no file can have.
        raise RecordingError(f"cannot make sense of {path}: {error}") from error


def _read(path: Path) -> SessionFacts:
    # Loads FFmpeg, which most who look at a room never need.
    from ....core.delivery.report import words
    from ....core.delivery.report.model import report_of
    from ....core.delivery.report.presence import absent
    from ....core.delivery.session import session_of

    known = sidecar.load(path)
    if known is None:
        raise RecordingError(f"there is no {path}")
    session = session_of(path, known)
    removed = {one.file: str(one) for one in known.removed(path.parent)}
    report = report_of(session, known, absent(session, {path.parent / one for one in removed}))
    page = path.with_suffix(".html")
    return SessionFacts(
        room=known.session.room,
        folder=str(path.parent),
        sidecar=str(path),
        when=words.when(report),
        totals=words.totals(report),
        takes=tuple(_takes(report, path.parent, removed)),
        alarms=tuple(_alarms(report)),
        report=str(page) if page.exists() else "",
        mending=tuple(name for bar in report.bars if (name := _mending(path.parent, bar.file))),
    )


def _takes(report: Report, folder: Path, removed: dict[str, str]) -> Iterator[TakeFacts]:
    from ....core.delivery.report import words

    names = words.names(report.rows)
    bars = [(row.stream, bar) for row in report.rows for bar in row.bars]
    bars.sort(key=lambda one: one[1].begin)
    for stream, bar in bars[:_MOST_TAKES]:
        yield _take(names[stream], stream, bar, folder, removed)


def _take(name: str, stream: str, bar: Bar, folder: Path, removed: dict[str, str]) -> TakeFacts:
    from ....core.delivery.report import words

    file = str(folder / bar.file) if bar.file else ""
    if bar.take is not None and bar.take.reason is None and _is_written(file):
        return TakeFacts(id=file, stream=stream, name=name, file=file, begin=bar.begin, ended=OPEN)
    return TakeFacts(
        id=file or f"{stream} {bar.begin}",
        stream=stream,
        name=name,
        file=file,
        begin=bar.begin,
        seconds=bar.seconds,
        bytes=bar.take.bytes if bar.take else 0,
        verdict=bar.judgement.verdict.value if bar.judgement else "",
        findings=tuple(f"{one.level}: {one.text}" for one in words.weighty(bar)),
        ended=words.ended(bar.take) if bar.take else "",
        facts=tuple(words.facts(bar)),
        elsewhere=removed.get(bar.file) or _on_node(bar),
    )


def _on_node(bar: Bar) -> str:
    node = bar.take.node if bar.take else ""
    return f"on {node}: `roomdeck collect` brings it" if node else ""


def _is_written(file: str) -> bool:
    try:
        return bool(file) and is_held(Path(file))
    except OSError:
        return False


def _alarms(report: Report) -> Iterator[AlarmFacts]:
    from ....core.delivery.report import words

    names = words.names(report.rows)
    for one in report.alarms[:_MOST_ALARMS]:
        who = words.who([one.stream] if one.stream else [], names)
        yield AlarmFacts(begin=one.begin, who=who, text=words.alarm(one))


def _mending(folder: Path, file: str) -> str:
    """Return the name of a file that somebody puts right at this moment; else nothing."""
    path = folder / file
    try:
        aside = mended_path(path)
        return path.name if file and aside.exists() and is_held(aside) else ""
    except OSError:
        return ""

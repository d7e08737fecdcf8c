"""The page of one session: its takes and what was said of them, alarms, what is left. Pure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ....core.model import StreamState, UploadsSnapshot
from ....core.units import size
from ...text.format import cells, clean, clock, cut, fit
from ...text.words import count
from .glyphs import Glyphs
from .history import LastTake
from .parts import Line
from .rows import ListRow, heading, sentence, wrapped

NARROW = 70
"""Cells below which names are shorter."""
_NARROWER = 50
_VERDICTS = ("good", "flawed", "bad")
_LIKE = {
    "good": (StreamState.DONE, ""),
    "flawed": (StreamState.STALL, "warning"),
    "bad": (StreamState.FAIL, "error"),
}
_UNKNOWN = (StreamState.IDLE, "muted")


class TakeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A take, as people want to know it."""

    id: str
    """Its file, or what it is known by where there is none."""
    stream: str
    name: str
    """What people call the stream."""
    file: str = ""
    """Its path; empty where none could be made."""
    begin: float = 0.0
    """Second of the session."""
    seconds: float = 0.0
    bytes: int = 0
    verdict: str = ""
    """A `Verdict`; empty: nobody knows."""
    read: bool = False
    """The file was read again; else it is only what the JSON file says."""
    findings: tuple[str, ...] = ()
    """What decides about the verdict."""
    ended: str = ""
    """Why."""
    facts: tuple[str, ...] = ()
    """Codecs, sizes, losses."""
    elsewhere: str = ""
    """That it is not here, or not any more, and where it is."""


class AlarmFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was wrong."""

    begin: float
    """Second of the session."""
    who: str
    text: str


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its page shows it."""

    room: str
    folder: str
    sidecar: str
    when: str = ""
    totals: str = ""
    takes: tuple[TakeFacts, ...] = ()
    alarms: tuple[AlarmFacts, ...] = ()
    report: str = ""
    """Path of the page; empty where none was made."""
    mending: tuple[str, ...] = ()
    """Names of files that are being put right."""
    trouble: str = ""
    """Why this is not all that there is to know."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a file again brought."""

    verdict: str
    findings: tuple[str, ...] = ()


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What is not in the session's JSON file."""

    uploads: UploadsSnapshot | None = None
    uploading: bool = False
    """Somebody does."""
    checks: Mapping[str, Check] = {}
    """By path."""
    checking: str = ""
    """How far that is, in words."""
    delivery: str = ""
    """The same."""


def of_events(room: str, sidecar: str, trouble: str, takes: Iterable[LastTake]) -> SessionFacts:
    """Return what events told of a session whose JSON file cannot be read."""
    found = tuple(
        TakeFacts(
            id=take.file or f"{take.stream} {take.elapsed}",
            stream=take.stream,
            name=take.stream,
            file=take.file,
            seconds=take.seconds,
            bytes=take.bytes,
            ended=take.error or take.reason,
        )
        for take in takes
    )
    folder = os.path.dirname(sidecar)
    return SessionFacts(room=room, folder=folder, sidecar=sidecar, trouble=trouble, takes=found)


def with_checks(facts: SessionFacts, checks: Mapping[str, Check]) -> SessionFacts:
    """Return a session with what was found where files were read again."""
    return msgspec.structs.replace(facts, takes=tuple(_checked(one, checks) for one in facts.takes))


def _checked(take: TakeFacts, checks: Mapping[str, Check]) -> TakeFacts:
    found = checks.get(take.file)
    if found is None:
        return take
    return msgspec.structs.replace(take, verdict=found.verdict, findings=found.findings, read=True)


# ── the list ─────────────────────────────────────────────────────────────────────────────────


def rows(facts: SessionFacts, beside: Beside, width: int, glyphs: Glyphs) -> list[ListRow]:
    """Return the list: what there is in all, each take, each alarm."""
    lines = _summary(facts, beside, width)
    lines.append(heading(count(len(facts.takes), "take"), width, glyphs))
    lines += [_take(one, width, glyphs) for one in facts.takes] or sentence(
        "Nothing was recorded.", width, "muted"
    )
    alarms = count(len(facts.alarms), "alarm") if facts.alarms else "no alarms"
    lines.append(heading(alarms, width, glyphs))
    lines += [_alarm(number, one, width, glyphs) for number, one in enumerate(facts.alarms)]
    return lines


def _summary(facts: SessionFacts, beside: Beside, width: int) -> list[ListRow]:
    lines = sentence(facts.trouble, width, "error") if facts.trouble else []
    told = "; ".join(filter(None, (facts.when, facts.totals)))
    lines += sentence(told, width) if told else []
    if judged := _judged(facts.takes):
        lines += sentence(judged, width)
    lines += sentence(f"files in {facts.folder}", width, "muted")
    lines += sentence(f"report in {facts.report}", width, "muted") if facts.report else []
    for text in _left(facts, beside):
        lines += sentence(text, width, "warning")
    return lines


def _judged(takes: Sequence[TakeFacts]) -> str:
    """Return how many files are how, and what that rests on."""
    found = Counter(take.verdict for take in takes if take.verdict)
    if not found:
        return ""
    read = sum(take.read for take in takes)
    by = "by the JSON file" if not read else "read again"
    by = f"{read} of {count(len(takes), 'file')} read again" if 0 < read < len(takes) else by
    return f"{', '.join(f'{found[one]} {one}' for one in _VERDICTS if found[one])}: {by}"


def _left(facts: SessionFacts, beside: Beside) -> list[str]:
    """Return what still goes on, in words."""
    lines: list[str] = []
    if facts.mending:
        lines.append(f"being put right: {', '.join(facts.mending)}")
    uploads = beside.uploads
    if uploads is not None and uploads.waiting:
        rest = "the rest goes on without this screen" if beside.uploading else "nobody sends more"
        help_ = "" if beside.uploading else f": roomdeck upload {facts.folder} goes on"
        all_ = uploads.done + uploads.waiting
        lines.append(f"{uploads.done} of {count(all_, 'file')} uploaded; {rest}{help_}")
    return [*lines, *(one for one in (beside.checking, beside.delivery) if one)]


def _take(take: TakeFacts, width: int, glyphs: Glyphs) -> ListRow:
    state, role = _LIKE.get(take.verdict, _UNKNOWN)
    room = 20 if width >= NARROW else 12 if width >= _NARROWER else 8
    name = fit(take.name, room, ellipsis=glyphs.ellipsis)
    head = f"{glyphs.states[state]} {take.verdict or '?':6} "
    figures = f"{name} {clock(take.seconds):>8} {size(take.bytes):>8} "
    rest = take.elsewhere or take.ended
    why = cut(rest, max(0, width - cells(head) - cells(figures) - 1), glyphs.ellipsis)
    return ListRow(((head, role), (figures, ""), (why, "muted")), take.id)


def _alarm(number: int, alarm: AlarmFacts, width: int, glyphs: Glyphs) -> ListRow:
    head = f"{clock(alarm.begin):>8} "
    name = fit(alarm.who, 14 if width >= NARROW else 8, ellipsis=glyphs.ellipsis)
    text = cut(alarm.text, max(4, width - cells(head) - cells(name) - 2), glyphs.ellipsis)
    return ListRow(((f"{head}{name} ", "muted"), (text, "")), alarm_id(number))


def alarm_id(number: int) -> str:
    """Return by what the row of an alarm is known."""
    return f"alarm {number}"


def take_at(facts: SessionFacts, row: str) -> TakeFacts | None:
    """Return the take of a row."""
    return next((one for one in facts.takes if one.id == row), None)


def more(facts: SessionFacts, row: str, width: int) -> list[Line]:
    """Return what is told of the row under the cursor."""
    take = take_at(facts, row)
    if take is not None:
        return _of_take(take, width)
    alarms = (one for number, one in enumerate(facts.alarms) if alarm_id(number) == row)
    return [line for one in alarms for line in wrapped(f"{one.who}: {one.text}", width)]


def _of_take(take: TakeFacts, width: int) -> list[Line]:
    _, role = _LIKE.get(take.verdict, _UNKNOWN)
    lines = [line for text in take.findings for line in wrapped(text, width, role)]
    if take.elsewhere:
        lines += wrapped(take.elsewhere, width)
    told = ", ".join((f"from {clock(take.begin)}", *take.facts))
    lines += wrapped(told, width)
    return [*wrapped(take.file or "no file could be made", width, "muted"), *lines]


def title(facts: SessionFacts | None, name: str, over: bool, width: int) -> str:
    """Return the first line.

    Args:
        facts: The session, where it was read already.
        name: Of its JSON file.
        over: It is the one that has just ended.
        width: Cells.
    """
    room = clean(facts.room) if facts else ""
    if over:
        return f"The recording is over: {room or name}"
    return f"{room}: {name}" if room and width >= NARROW else room or name

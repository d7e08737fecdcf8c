"""The page of alarms: what is wrong now, since when, and what was. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from ....core.model import Alarm, RoomSnapshot, StreamState
from ...text.format import cells, clean, clock, cut, fit
from ...text.words import count
from .alarm_log import PastAlarm
from .glyphs import Glyphs
from .parts import Line
from .rows import ListRow, heading, sentence, wrapped

_NAME = 14
_NARROW = 70
"""Cells below which names are shorter."""
ROOM = "the room"


class AlarmEntry(msgspec.Struct, frozen=True):
    """One alarm, now or before."""

    id: str
    kind: str
    stream: str
    text: str
    begin: float
    """Unix time."""
    seconds: float
    over: bool


def entries(snapshot: RoomSnapshot | None, past: Iterable[PastAlarm]) -> list[AlarmEntry]:
    """Return all alarms: what is wrong now, then what was, the newest first."""
    now = [] if snapshot is None else [_now(alarm, snapshot) for alarm in _alarms(snapshot)]
    before = [
        AlarmEntry(
            # Several guests may be missed since the same moment.
            f"{one.kind} {one.stream} {one.begin:.3f} {one.text}",
            one.kind,
            one.stream,
            one.text,
            one.begin,
            one.seconds,
            over=True,
        )
        for one in past
    ]
    return [*now, *reversed(before)]


def _alarms(snapshot: RoomSnapshot) -> Sequence[Alarm]:
    streams = (alarm for stream in snapshot.streams for alarm in stream.alarms)
    return sorted((*snapshot.alarms, *streams), key=lambda alarm: alarm.seconds)


def _now(alarm: Alarm, snapshot: RoomSnapshot) -> AlarmEntry:
    # What is said of it may change from second to second, what it is does not.
    whose = alarm.stream or (alarm.text if alarm.kind == "missing" else "")
    begin = snapshot.time - alarm.seconds
    named = f"{alarm.kind} {whose}"
    return AlarmEntry(named, alarm.kind, alarm.stream, alarm.text, begin, alarm.seconds, over=False)


def rows(
    found: Sequence[AlarmEntry], width: int, glyphs: Glyphs, name: Callable[[str], str]
) -> list[ListRow]:
    """Return the list.

    Args:
        found: As of `entries`.
        width: Cells.
        glyphs: The signs.
        name: Returns what people call a stream.
    """
    now = [one for one in found if not one.over]
    past = [one for one in found if one.over]
    lines = [heading("wrong now", width, glyphs)]
    lines += [_row(one, width, glyphs, name) for one in now] or sentence(
        "Nothing is wrong.", width, "muted"
    )
    lines.append(heading("was wrong", width, glyphs))
    lines += [_row(one, width, glyphs, name) for one in past] or sentence(
        "Nothing was.", width, "muted"
    )
    return lines


def _row(one: AlarmEntry, width: int, glyphs: Glyphs, name: Callable[[str], str]) -> ListRow:
    state = StreamState.DONE if one.over else StreamState.STALL
    who = clean(name(one.stream)) if one.stream else ROOM
    who = fit(who, _NAME if width >= _NARROW else 8, ellipsis=glyphs.ellipsis)
    head = f"{glyphs.states[state]} {_day_time(one.begin)} {clock(one.seconds):>8} {who} "
    text = cut(one.text, max(4, width - cells(head) - 1), glyphs.ellipsis)
    role = "muted" if one.over else "warning"
    return ListRow(((head, role), (text, "" if one.over else role)), one.id)


def more(one: AlarmEntry, width: int, name: Callable[[str], str]) -> list[Line]:
    """Return what is told of an alarm: all of it."""
    begin, end = _day_time(one.begin), _day_time(one.begin + one.seconds)
    when = f"{begin} to {end}, {clock(one.seconds)}" if one.over else f"since {begin}"
    who = clean(name(one.stream)) if one.stream else ROOM
    return [
        ((f" {one.kind}, {when}: ", "muted"), (who, "strong")),
        *wrapped(one.text, width, "" if one.over else "warning"),
    ]


def title(found: Sequence[AlarmEntry]) -> str:
    """Return the first line."""
    now = sum(not one.over for one in found)
    return f"Alarms: {count(now, 'thing')} wrong now, {len(found) - now} before"


def _day_time(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")

"""Snapshot, filter, sort and marks become the lines of the dashboard. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import ne

import msgspec

from ....core.model import (
    Alarm,
    AlarmKind,
    DiskSnapshot,
    EventLevel,
    RoomSnapshot,
    StreamSnapshot,
    StreamState,
)
from ...text.format import duration, fit, short_size
from ...text.words import name_of
from .columns import BY_ID, CLIPPED, SOUND, Context, Placed, absent, context_of, place
from .glyphs import Glyphs
from .history import History

_MOVED = 4
"""Characters that differ in a meter that moved by more than one, with its peak."""
DONE_SHOWN = 60.0
"""Seconds for which a stream that left keeps its row."""
_STATE_WORDS = frozenset(state.value.casefold() for state in StreamState)
_WARN_SECONDS, _WARN_BYTES, _WARN_SHARE = 30 * 60, 5e9, 0.2
_ERROR_SECONDS, _ERROR_BYTES, _ERROR_SHARE = 10 * 60, 1e9, 0.1
"""A small disk is not short of room as long as it has its share."""


class ViewState(msgspec.Struct, frozen=True):
    """What somebody chose to see; replaced as a whole."""

    filter: str = ""
    sort: str = ""
    """Id of a column; empty is the calm order: by `History.rank`, then as streams joined."""
    reverse: bool = False
    marks: frozenset[str] = frozenset()
    """Stream ids."""
    hidden: frozenset[str] = frozenset()
    """Ids of columns that are not wanted."""


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    stream: str
    state: StreamState
    marked: bool
    cells: tuple[str, ...]
    """As wide as their columns."""


class View(msgspec.Struct, frozen=True):
    """What the table shows."""

    columns: tuple[Placed, ...]
    rows: tuple[Row, ...]
    total: int
    """Rows without the filter."""


class AlertLine(msgspec.Struct, frozen=True):
    """Something that somebody should do something about."""

    level: EventLevel
    text: str
    hint: str = ""
    """The keys that help."""
    stream: str = ""
    age: float = 0.0
    """Seconds since it is told."""


class Totals(msgspec.Struct, frozen=True):
    """The room in a few numbers."""

    states: dict[StreamState, int]
    streams: int
    """In the room now."""
    bitrate: float
    """Bits per second."""


def totals(snapshot: RoomSnapshot) -> Totals:
    """Count the streams by state."""
    found = [stream.state for stream in snapshot.streams]
    return Totals(
        states={state: found.count(state) for state in StreamState},
        streams=sum(state is not StreamState.DONE for state in found),
        bitrate=sum(stream.bitrate for stream in snapshot.streams),
    )


def build(
    snapshot: RoomSnapshot, state: ViewState, width: int, history: History, glyphs: Glyphs
) -> View:
    """Return the table for a width in cells."""
    context = context_of(snapshot, history, glyphs)
    columns = place(width, state.hidden | absent(snapshot))
    rows = tuple(
        _row(stream, state, columns, context) for stream in in_order(snapshot, state, context)
    )
    return View(columns, rows, len(_present(snapshot, context)))


def in_order(snapshot: RoomSnapshot, state: ViewState, context: Context) -> list[StreamSnapshot]:
    """Return the streams that are shown, in the order in which they are."""
    present = _present(snapshot, context)
    return _sorted([one for one in present if matches(one, state.filter)], state, context)


def _present(snapshot: RoomSnapshot, context: Context) -> list[StreamSnapshot]:
    return [stream for stream in snapshot.streams if not _over(stream, context)]


def with_sound(view: View, snapshot: RoomSnapshot, context: Context) -> View:
    """Return the same table with meters as of a snapshot, and nothing else of it.

    Those stay that moved by about a character: that can wait until all is drawn.
    """
    place = next((n for n, column in enumerate(view.columns) if column.id == SOUND), None)
    if place is None:
        return view
    column = view.columns[place]
    streams = {stream.stream: stream for stream in snapshot.streams}
    rows = tuple(
        _with_cell(row, place, _cell(streams[row.stream], column, context))
        if row.stream in streams
        else row
        for row in view.rows
    )
    return View(view.columns, rows, view.total)


def _with_cell(row: Row, place: int, cell: str) -> Row:
    was = row.cells[place]
    clips = was.endswith(CLIPPED) or cell.endswith(CLIPPED)
    if was == cell or not (clips or sum(map(ne, was, cell)) >= _MOVED):
        return row
    cells = (*row.cells[:place], cell, *row.cells[place + 1 :])
    return Row(row.stream, row.state, row.marked, cells)


def matches(stream: StreamSnapshot, wanted: str) -> bool:
    """Tell whether every word is in a stream's name, id or codecs, or is its state.

    ``!`` inverts a word.
    """
    codecs = (part.codec.value for part in (stream.video, stream.audio) if part)
    told = " ".join((stream.label, stream.stream, *codecs)).casefold()
    return all(_word_matches(word, told, stream.state) for word in wanted.casefold().split())


def alerts(snapshot: RoomSnapshot) -> list[AlertLine]:
    """Return what needs attention, the worst first, and of what is as bad the newest.

    Who hears the bell sees why it rang. Alarms of a stall, of a file that failed and of the
    disk's end are told with the key that helps, and once.
    """
    found = [alert for alert in (_disk_alert(snapshot),) if alert]
    for stream in snapshot.streams:
        if stream.state is StreamState.FAIL:
            text = f"{name_of(stream)}: {stream.reason or 'recording failed'}"
            age = _age(stream.alarms, AlarmKind.FAILED, 0.0)
            keys = "r try again  enter details"
            found.append(AlertLine(EventLevel.ERROR, text, keys, stream.stream, age))
    for stream in snapshot.streams:
        if stream.state is StreamState.STALL:
            text = f"{name_of(stream)}: {stream.reason or 'nothing arrives'}"
            age = _age(stream.alarms, AlarmKind.STALL, 0.0)
            found.append(AlertLine(EventLevel.WARNING, text, "", stream.stream, age))
    found += [
        AlertLine(
            EventLevel.WARNING,
            f"{name_of(stream)}: {alarm.text}",
            stream=stream.stream,
            age=alarm.begun,
        )
        for stream in snapshot.streams
        for alarm in stream.alarms
        if alarm.kind not in (AlarmKind.STALL, AlarmKind.FAILED)
    ]
    found += [
        AlertLine(EventLevel.WARNING, alarm.text, age=alarm.begun)
        for alarm in snapshot.alarms
        if alarm.kind is not AlarmKind.DISK_FORECAST
    ]
    return sorted(found, key=lambda alert: (alert.level is not EventLevel.ERROR, alert.age))


def alarmed(snapshot: RoomSnapshot) -> frozenset[tuple[AlarmKind, str]]:
    """Return the kinds of alarms that there are, and of which streams."""
    alarms = (*snapshot.alarms, *(alarm for one in snapshot.streams for alarm in one.alarms))
    return frozenset((alarm.kind, alarm.stream or alarm.text) for alarm in alarms)


def disk_level(disk: DiskSnapshot) -> EventLevel | None:
    """Return how bad it is that room goes, if it is, as of terminals.md §5.3."""
    left = float("inf") if disk.seconds_left is None else disk.seconds_left
    total = disk.total or float("inf")
    if left < _ERROR_SECONDS or disk.free < min(_ERROR_BYTES, _ERROR_SHARE * total):
        return EventLevel.ERROR
    short = disk.free < min(_WARN_BYTES, _WARN_SHARE * total)
    return EventLevel.WARNING if left < _WARN_SECONDS or short else None


def _age(alarms: Sequence[Alarm], kind: AlarmKind, otherwise: float) -> float:
    return next((alarm.begun for alarm in alarms if alarm.kind is kind), otherwise)


def _disk_alert(snapshot: RoomSnapshot) -> AlertLine | None:
    disk = snapshot.disk
    level = disk_level(disk)
    if level is None:
        return None
    text = f"{short_size(disk.free)} left on the disk"
    if disk.seconds_left is not None:
        text = f"disk full in {duration(disk.seconds_left)}, {text}"
    hint = "S stop all" if level is EventLevel.ERROR else "make space"
    # That there is not much room is no news as long as it lasts.
    age = _age(snapshot.alarms, AlarmKind.DISK_FORECAST, float("inf"))
    return AlertLine(level, text, hint, age=age)


def _over(stream: StreamSnapshot, context: Context) -> bool:
    since = context.history.since(stream.stream)
    done = stream.state is StreamState.DONE
    return done and since is not None and context.now - since > DONE_SHOWN


def _word_matches(word: str, told: str, state: StreamState) -> bool:
    sought = word.removeprefix("!")
    if not sought:
        return True
    # "rec" is not to find a director.
    found = sought == state.value.casefold() if sought in _STATE_WORDS else sought in told
    return found != word.startswith("!")


def _sorted(
    streams: list[StreamSnapshot], state: ViewState, context: Context
) -> list[StreamSnapshot]:
    column = BY_ID.get(state.sort)
    if column is None:
        streams = sorted(streams, key=lambda stream: context.history.rank(stream.stream))
    else:
        sorter = column.key
        streams = sorted(streams, key=lambda stream: sorter(stream, context))
    return streams[::-1] if state.reverse else streams


def _row(
    stream: StreamSnapshot, state: ViewState, columns: tuple[Placed, ...], context: Context
) -> Row:
    cells = tuple(_cell(stream, column, context) for column in columns)
    return Row(stream.stream, stream.state, stream.stream in state.marks, cells)


def _cell(stream: StreamSnapshot, column: Placed, context: Context) -> str:
    text = BY_ID[column.id].cell(stream, context, column.width)
    return fit(text, column.width, column.right, context.glyphs.ellipsis)

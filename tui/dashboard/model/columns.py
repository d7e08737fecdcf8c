"""The columns of the table: which there is room for, and what stands in them. Pure.

A column goes when the table is narrower than its `Column.least` (terminals.md §5.1), which leaves
a cell for the scrollbar; the name and the last column take what is left, one to two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from operator import attrgetter
from typing import Any

import msgspec

from ....core.model import RoomSnapshot, StreamSnapshot, StreamState
from ...text.format import cut, long_clock, rate, short_size
from ...text.words import heard, name_of
from .glyphs import Glyphs
from .history import History
from .meter import bar, is_clipped, silence
from .spark import blocks

LEAD = 2
"""Cells for cursor and mark, left of the columns."""
NAME_LEAST = 10
SPARK_LEAST, SPARK_MOST = 8, 16
SPARK_SECONDS = 60
HEADROOM = 1.3
UNKNOWN = "--"
NODE = "node"
"""The column that only a cluster has."""
SOUND = "sound"
"""The column that is drawn twice a second."""
CLIPPED = "!"
"""Last in that column where sound was cut off."""
URGENCY = (
    StreamState.FAIL,
    StreamState.STALL,
    StreamState.WAIT,
    StreamState.SAVE,
    StreamState.REC,
    StreamState.LIVE,
    StreamState.IDLE,
    StreamState.OFF,
    StreamState.SKIP,
    StreamState.DONE,
)


class Context(msgspec.Struct, frozen=True):
    """What a cell is made of besides its stream."""

    history: History
    glyphs: Glyphs
    now: float
    """Time of the snapshot."""
    nodes: Mapping[int, str] = {}
    """Names of the machines in a cluster, by worker."""


def context_of(snapshot: RoomSnapshot, history: History, glyphs: Glyphs) -> Context:
    """Return what the cells of a room are made of."""
    nodes = {one.number: one.node for one in snapshot.workers if one.node}
    return Context(history, glyphs, snapshot.elapsed, nodes)


Sorter = Callable[[StreamSnapshot, Context], Any]
Cell = Callable[[StreamSnapshot, Context, int], str]
"""Returns at most so many cells; what is longer is cut by the caller."""


class Column(msgspec.Struct, frozen=True):
    """One kind of column."""

    id: str
    title: str
    width: int
    """0 takes a share of what is left."""
    least: int
    """Narrowest table that has it."""
    cell: Cell
    key: Sorter
    """What to sort by, the smallest first."""
    right: bool = False
    narrow: tuple[int, int] | None = None
    """Below this table width: this column width."""


class Placed(msgspec.Struct, frozen=True):
    """A column as it stands in a table of some width."""

    id: str
    title: str
    width: int
    right: bool


def taken(stream: StreamSnapshot, context: Context) -> tuple[int, float]:
    """Return bytes and seconds of the take that is written, else of the last one."""
    last = context.history.last_take(stream.stream)
    if stream.bytes or stream.seconds or last is None or stream.state in _NO_TAKE:
        return stream.bytes, stream.seconds
    return last.bytes, last.seconds


_NO_TAKE = frozenset({StreamState.WAIT, StreamState.REC})
_IDLE = frozenset(
    {StreamState.WAIT, StreamState.IDLE, StreamState.OFF, StreamState.SKIP, StreamState.DONE}
)
"""States in which no media comes to us."""


_BITRATE = attrgetter("bitrate")
_CAMERA_OFF = ("off", "cam off")
"""Where there is little room, and where there is more."""
_SILENT = ("", "sil ", "silent ", "silent for ")
"""Before the length of a silence, as there is room."""


def _state(stream: StreamSnapshot, context: Context, width: int) -> str:
    glyph = context.glyphs.states[stream.state]
    return glyph if width == 1 else f"{glyph} {stream.state.value}"


def _name(stream: StreamSnapshot, context: Context, width: int) -> str:
    return name_of(stream)


def _node(stream: StreamSnapshot, context: Context, width: int) -> str:
    return _node_of(stream, context) or UNKNOWN


def _node_of(stream: StreamSnapshot, context: Context) -> str:
    return "" if stream.worker is None else context.nodes.get(stream.worker, "")


def _size(stream: StreamSnapshot, context: Context, width: int) -> str:
    count, _ = taken(stream, context)
    return short_size(count) if count else UNKNOWN


def _time(stream: StreamSnapshot, context: Context, width: int) -> str:
    _, seconds = taken(stream, context)
    return long_clock(seconds) if seconds else UNKNOWN


def _rate(stream: StreamSnapshot, context: Context, width: int) -> str:
    return UNKNOWN if stream.state in _IDLE and not stream.bitrate else rate(stream.bitrate)


def _loss(stream: StreamSnapshot, context: Context, width: int) -> str:
    if stream.state in _IDLE and not stream.bitrate:
        return UNKNOWN
    percent = 100 * stream.loss
    return f"{percent:.1f}" if percent < 99.95 else "100"


def _video(stream: StreamSnapshot, context: Context, width: int) -> str:
    if stream.video is None:
        return _camera_off(context, width) if stream.camera_off else UNKNOWN
    codec = stream.video.codec.value.upper()
    if stream.camera_off:
        return _camera_off(context, width)
    if width <= 4:
        return codec
    return f"{codec} {stream.video.height}p{stream.fps:.0f}"


def _camera_off(context: Context, width: int) -> str:
    return f"{context.glyphs.muted} {_CAMERA_OFF[True]}" if width > 4 else _CAMERA_OFF[False]


def _sound(stream: StreamSnapshot, context: Context, width: int) -> str:
    if stream.muted:
        return f"{context.glyphs.muted} muted"
    sound = stream.sound
    if sound is None:
        return UNKNOWN
    if long := silence(sound):
        return next(f"{said}{long}" for said in reversed(_SILENT) if len(said + long) <= width)
    return bar(sound, width - 1, context.glyphs) + (CLIPPED if is_clipped(sound) else " ")


def _audio(stream: StreamSnapshot, context: Context, width: int) -> str:
    if stream.audio is None:
        return UNKNOWN
    # Nearly all is Opus; with how many channels is what differs.
    return (heard(stream.audio) or stream.audio.codec.value)[:width]


def _minute(stream: StreamSnapshot, context: Context, width: int) -> str:
    series = context.history.series(stream.stream, _BITRATE, SPARK_SECONDS, context.now)
    known = [value for value in series if value is not None]
    # A steady stream stays below the top, so that there is room for more to be seen.
    return blocks(series, width, context.glyphs, HEADROOM * max(known, default=0.0))


def _file(stream: StreamSnapshot, context: Context, width: int) -> str:
    if words := reason_of(stream):
        return cut(words, width, context.glyphs.ellipsis)
    return stream.file.rpartition("/")[2]


def reason_of(stream: StreamSnapshot) -> str:
    """Return what is to be said of a stream, the most urgent first; empty where all is well."""
    well = stream.state is StreamState.LIVE or not stream.reason
    return stream.alarms[0].text if well and stream.alarms else stream.reason


def _jitter(stream: StreamSnapshot, context: Context, width: int) -> str:
    return UNKNOWN if stream.state in _IDLE else f"{min(stream.jitter * 1000, 9999):.0f}"


def _round_trip(stream: StreamSnapshot, context: Context, width: int) -> str:
    trip = stream.round_trip
    return UNKNOWN if trip is None else f"{min(trip * 1000, 9999):.0f}"


def _by_codec(stream: StreamSnapshot, context: Context) -> tuple[str, int, float]:
    video = stream.video
    return (video.codec.value, -video.height, -stream.fps) if video else ("~", 0, 0.0)


def _by_loudness(stream: StreamSnapshot, context: Context) -> float:
    """The longest silence first, then the loudest."""
    if stream.sound is None or stream.muted:
        return 1000.0
    if silence(stream.sound):
        return -1000.0 - stream.sound.silent
    return -stream.sound.level


COLUMNS: tuple[Column, ...] = (
    Column("state", "STATE", 7, 0, _state, lambda s, _: URGENCY.index(s.state), narrow=(49, 1)),
    Column("name", "NAME", 0, 0, _name, lambda s, _: name_of(s).casefold()),
    Column(NODE, "NODE", 8, 79, _node, lambda s, c: _node_of(s, c) or "~", narrow=(100, 6)),
    Column("video", "VIDEO", 12, 67, _video, _by_codec, narrow=(75, 4)),
    Column("audio", "AUD", 4, 85, _audio, lambda s, _: s.audio.codec.value if s.audio else "~"),
    Column(SOUND, "SOUND", 11, 57, _sound, _by_loudness, narrow=(95, 8)),
    Column("rate", "Mb/s", 5, 55, _rate, lambda s, _: -s.bitrate, right=True),
    Column("minute", "60 s", SPARK_LEAST, 99, _minute, lambda s, _: -s.bitrate),
    Column("loss", "LOS%", 4, 61, _loss, lambda s, _: -s.loss, right=True),
    Column("jitter", "JIT", 4, 139, _jitter, lambda s, _: -s.jitter, right=True),
    Column("trip", "RTT", 4, 139, _round_trip, lambda s, _: -(s.round_trip or 0.0), right=True),
    Column("size", "SIZE", 7, 39, _size, lambda s, c: -taken(s, c)[0], right=True),
    Column("time", "TIME", 8, 47, _time, lambda s, c: -taken(s, c)[1], right=True),
    Column("file", "FILE / REASON", 0, 113, _file, lambda s, c: s.file.casefold()),
)
BY_ID = {column.id: column for column in COLUMNS}
_STILL = frozenset({"state", "name", NODE, "video", "audio"})
KEPT = frozenset({"state", "name"})
"""Columns that cannot be hidden."""


def absent(snapshot: RoomSnapshot | None) -> frozenset[str]:
    """Return the columns that say nothing of a room, whatever somebody chose."""
    local = snapshot is None or snapshot.cluster is None
    return frozenset({NODE}) if local else frozenset()


def place(width: int, hidden: frozenset[str] = frozenset()) -> tuple[Placed, ...]:
    """Return the columns of a table that is so many cells wide, `LEAD` included."""
    chosen = [
        column
        for column in COLUMNS
        if width >= column.least and (column.id not in hidden or column.id in KEPT)
    ]
    widths = {column.id: _own_width(column, width) for column in chosen}
    rest = width - LEAD - len(chosen) - sum(widths.values())
    if "file" in widths:
        rest -= _widen_spark(widths, rest)
        widths["name"] = max(NAME_LEAST, rest // 3)
        widths["file"] = rest - widths["name"]
    else:
        widths["name"] = rest
    return tuple(
        Placed(column.id, column.title, widths[column.id], column.right) for column in chosen
    )


def figures_at(columns: tuple[Placed, ...]) -> int:
    """Return the cell where the figures begin that change every second."""
    before = takewhile(lambda column: column.id in _STILL, columns)
    return LEAD + 1 + sum(column.width + 1 for column in before)


def _own_width(column: Column, width: int) -> int:
    if column.narrow and width < column.narrow[0]:
        return column.narrow[1]
    return column.width


def _widen_spark(widths: dict[str, int], rest: int) -> int:
    """Give the minute a part of what is left; return how much."""
    if "minute" not in widths:
        return 0
    more = max(0, min(SPARK_MOST - SPARK_LEAST, (rest - 50) // 4))
    widths["minute"] += more
    return more

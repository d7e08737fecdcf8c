"""The wall: which tile is where, and what is said in it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ....core.model import Kind, SoundMeter, StreamSnapshot, StreamState
from ...text.format import cut, fit
from ...text.words import name_of
from .glyphs import Glyphs
from .meter import bar, is_clipped, silence
from .parts import Line, Part

GAP = 1
"""Columns between two tiles."""
TEXT_LINES = 2
"""Of a tile: its name above the picture, its sound below."""
LEAST_WIDTH = 18
LEAST_PICTURE = 3
"""Rows of a picture, below which tiles go to another page."""
OLD = 10.0
"""Seconds from which on a picture says how old it is."""
_SHAPE = 16 / 9
"""Of most pictures."""
_METER_LEAST, _METER_MOST = 5, 12


class Grid(msgspec.Struct, frozen=True):
    """Tiles in columns and rows, page by page."""

    columns: int
    rows: int
    width: int
    """Cells of a tile."""
    height: int
    """Lines of a tile; `TEXT_LINES` of them are text."""

    @property
    def page(self) -> int:
        """Tiles of a page."""
        return self.columns * self.rows

    @property
    def picture(self) -> int:
        """Rows of a picture."""
        return self.height - TEXT_LINES

    def pages(self, count: int) -> int:
        """Return how many pages so many tiles take."""
        return max(1, -(-count // self.page))

    def place(self, number: int) -> tuple[int, int]:
        """Return the column and the line where a tile of a page begins, in cells."""
        row, column = divmod(number, self.columns)
        return column * (self.width + GAP), row * self.height


def grid(count: int, width: int, height: int, pictures: bool) -> Grid:
    """Return the tiles that show so many streams as large as there is room.

    Where they would be too small, there are as many as can be, and more pages than one.

    Args:
        count: Streams.
        width: Cells there are.
        height: Lines there are.
        pictures: Whether there are any; else a tile is its text.
    """
    most = max(1, (width + GAP) // (LEAST_WIDTH + GAP))
    if not pictures:
        rows = max(1, height // TEXT_LINES)
        columns = min(most, max(1, -(-count // rows)))
        return Grid(columns, rows, _share(width, columns), TEXT_LINES)
    deep = max(1, height // (LEAST_PICTURE + TEXT_LINES))
    wanted = min(max(1, count), most * deep)
    found = [
        Grid(columns, rows, _share(width, columns), height // rows)
        for columns in range(1, most + 1)
        if (rows := -(-wanted // columns)) <= deep
    ]
    return max(found, key=_seen)


def _share(width: int, columns: int) -> int:
    return max(1, (width - GAP * (columns - 1)) // columns)


def _seen(grid: Grid) -> int:
    """Return how large a usual picture is in a tile, in cells."""
    columns = min(grid.width, int(2 * grid.picture * _SHAPE))
    return columns * min(grid.picture, int(columns / _SHAPE / 2) + 1)


def moved(at: int, columns: int, rows: int, count: int, grid: Grid) -> int:
    """Return the number of the tile so many columns and rows from another.

    To the left of a row is the end of the one before; rows go on over pages.
    """
    to = at + columns + rows * grid.columns
    return to if 0 <= to < count else at if rows else max(0, min(count - 1, to))


# ── what is said in a tile ───────────────────────────────────────────────────────────────


def head(stream: StreamSnapshot, width: int, glyphs: Glyphs) -> Line:
    """Return the line above the picture: the state, and whose it is."""
    state = f"{glyphs.states[stream.state]} {stream.state.value}"
    name = fit(name_of(stream), max(0, width - len(state) - 1), ellipsis=glyphs.ellipsis)
    return ((state, stream.state.value.lower()), (f" {name}", ""))


def foot(stream: StreamSnapshot, width: int, glyphs: Glyphs, age: float | None) -> Line:
    """Return the line below the picture: its sound, what is wrong with it, how old the picture is.

    Args:
        stream: Of which.
        width: Cells of the line.
        glyphs: The signs.
        age: Of the picture that is shown, in seconds; ``None`` where none is.
    """
    old = aged(age)
    rest = width - (len(old) + 1 if old else 0)
    wide = max(_METER_LEAST, min(_METER_MOST, rest - 9))
    parts = _meter(stream, wide, glyphs)
    rest -= sum(len(text) for text, _ in parts) + 1
    said = stream.alarms[0].kind.value if stream.alarms else _level(stream.sound)
    role = "warning" if stream.alarms or (stream.sound and is_clipped(stream.sound)) else "muted"
    if stream.muted and not stream.alarms:
        said = ""
    if rest > 0:
        parts.append((f" {fit(cut(said, rest, glyphs.ellipsis), rest)}", role))
    if old:
        parts.append((f" {old}", "muted"))
    return tuple(parts)


def _meter(stream: StreamSnapshot, width: int, glyphs: Glyphs) -> list[Part]:
    if stream.muted:
        return [(fit(f"{glyphs.muted} muted", max(7, width)), "muted")]
    if stream.sound is None:
        return [(fit("--", width), "muted")]
    role = "warning" if is_clipped(stream.sound) else "level"
    return [(bar(stream.sound, width, glyphs), role)]


def _level(sound: SoundMeter | None) -> str:
    if sound is None:
        return ""
    if is_clipped(sound):
        return "clips"
    if long := silence(sound):
        return f"silent {long}"
    return f"{sound.level:.0f} dB"


def aged(age: float | None) -> str:
    """Return an age in words that change seldom; empty while a picture is new."""
    if age is None or age < OLD:
        return ""
    if age < 60:
        return f"{age // 10 * 10:.0f} s"
    return f"{age // 60:.0f} min" if age < 3600 else f"{age // 3600:.0f} h"


def words(stream: StreamSnapshot, refusal: str, asked: bool) -> str:
    """Return what stands in place of a picture.

    Args:
        stream: Of which.
        refusal: Why the engine has none, as it says; empty where it does not.
        asked: It was asked for.
    """
    if stream.state is StreamState.DONE:
        return "has left"
    if not stream.tracks:
        return "not connected"
    if Kind.VIDEO not in stream.tracks:
        return "no video"
    if refusal:
        return refusal
    if stream.camera_off:
        return "camera off"
    return "no key frame yet" if asked else ""


def has_picture(stream: StreamSnapshot) -> bool:
    """Tell whether a picture is worth asking for."""
    return stream.state is not StreamState.DONE and Kind.VIDEO in stream.tracks


def large_meter(stream: StreamSnapshot, width: int, rows: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """Return what a stream without video shows in place of a picture: its sound, large."""
    if stream.sound is None or rows < LEAST_PICTURE:
        return ()
    thick = max(1, min(3, rows // 3))
    line: Line = ((bar(stream.sound, width, glyphs), "level"),)
    return (line,) * thick


# ── what is said above the tiles ─────────────────────────────────────────────────────────


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the line at the top of the wall is made of."""

    room: str
    notice: Sequence[Part] = ()
    """What must be read before the rest is believed."""
    streams: int
    page: int
    """From 1."""
    pages: int
    pictures: str
    """How they are shown; or, without them, why."""
    shown: bool
    """There are pictures."""
    rate: int
    """kB/s that may cross the line."""
    now: float
    """kB/s that do."""
    period: float
    """Seconds between two pictures of a stream."""


def title(told: Told, width: int) -> Sequence[Part]:
    """Return the line at the top; what there is no room for is left out, the least first."""
    pages = f"   page {told.page} of {told.pages}" if told.pages > 1 else ""
    many = f"   {told.streams} stream{'' if told.streams == 1 else 's'}"
    if not told.shown:
        rest = f"{many}{pages}   {told.pictures}"
        return [(f" wall {told.room}", "strong"), *told.notice, (rest, "")]
    bound = f"   \N{LESS-THAN OR EQUAL TO} {told.rate} kB/s"
    parts: list[Part] = [(" wall", "strong"), *told.notice, (pages, ""), (bound, "strong")]
    more = (
        f", now {told.now:.0f}",
        f"   each every {told.period:.0f} s",
        f"   {told.pictures}",
        many,
        f"   {told.room}",
    )
    for text in more:
        if sum(len(it) for it, _ in parts) + len(text) < width:
            parts.append((text, ""))
    return parts

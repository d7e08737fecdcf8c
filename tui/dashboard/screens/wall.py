"""The wall: a still picture of every stream, with its name, its state and its sound."""

from __future__ import annotations

import time
from typing import ClassVar

import msgspec
from rich.color import Color
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from ....core.errors import ControlError
from ....core.model import Picture, Size, SoundMeter, StreamSnapshot
from ..bindings import bindings
from ..cells import cell_size
from ..model import graphics
from ..model.allowance import Allowance, Turns, chosen_rate, next_rate
from ..model.columns import context_of
from ..model.keys import Scope
from ..model.mosaic import TOLERANCES, few_colours, mosaic
from ..model.room_line import bar_facts, notice
from ..model.terminal import Colors, Pictures
from ..model.view import ViewState, in_order
from ..model.wall import (
    Grid,
    Told,
    foot,
    grid,
    has_picture,
    head,
    large_meter,
    moved,
    title,
    words,
)
from ..widgets.key_footer import KeyFooter
from ..widgets.still import fitting
from ..widgets.stream_table import StreamTable
from ..widgets.text_line import TextLine
from ..widgets.tile import Tile, in_lines
from .detail import DetailScreen
from .stream_keys import StreamKeys

_LOOK = 0.2
"""Seconds between two looks at whose turn it is."""
_SOUND = 0.25
"""Share of what may be sent that meters take at most."""
_KB = 1000
_TITLE = 120
"""Bytes of the codes in the line at the top."""


class Shown(msgspec.Struct):
    """What is known of the picture of one stream."""

    picture: Picture | None = None
    at: float = 0.0
    """When it came, monotonic seconds."""
    refusal: str = ""
    asked: bool = False

    def age(self, now: float) -> float | None:
        """Return how old it is, in seconds."""
        return self.picture and self.picture.age + now - self.at


class WallScreen(StreamKeys):
    """All streams of the table as tiles, in its order.

    Args:
        state: What the table shows, and in which order.
        cursor: The stream that is chosen first.
    """

    CSS_PATH = "../../../styles/wall.tcss"
    SCOPES: ClassVar = (Scope.WALL,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.WALL)]

    def __init__(self, state: ViewState, cursor: str) -> None:
        super().__init__()
        self._state = state
        self._cursor = cursor
        self._order: tuple[StreamSnapshot, ...] = ()
        self._grid = Grid(1, 1, 1, 1)
        self._page = 0
        self._shown: dict[str, Shown] = {}
        self._turns = Turns(len(TOLERANCES))
        self._allowance = Allowance(0)
        self._cell = cell_size()
        self._numbers: set[int] = set()
        """Of pictures that the terminal keeps."""
        self._heard: dict[str, SoundMeter | None] = {}
        """As meters show it."""
        self._heard_at = 0.0
        """When they were drawn last, and the bytes that it took."""
        self._heard_cost = 0

    def compose(self) -> ComposeResult:
        """Yield the lines from top to bottom."""
        yield TextLine(id="title")
        yield Container(id="tiles")
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def on_mount(self) -> None:
        """Begin to ask for pictures."""
        self._allowance.change(self._rate * _KB, time.monotonic())
        self.set_interval(_LOOK, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """Lay the tiles out anew."""
        self._cell = cell_size()
        self._forget()
        self.call_after_refresh(self.room_changed)

    def on_screen_suspend(self) -> None:
        """Take the pictures away: whatever comes on top would have to be drawn around them."""
        self._forget()

    def on_screen_resume(self) -> None:
        """Draw what was missed; the cursor is where the page of a stream was left."""
        self._cursor = next((table.cursor for table in self._tables()), "") or self._cursor
        self.room_changed()

    def on_unmount(self) -> None:
        """Leave nothing in the terminal."""
        for number in self._numbers:
            self.app.send(graphics.kitty_forgets(number))

    def targets(self) -> tuple[str, ...]:
        """Return the stream under the cursor."""
        return (self._cursor,) if self._cursor else ()

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def room_changed(self) -> None:
        """Draw what differs from what is on the screen."""
        app, snapshot = self.app, self.app.room.snapshot
        if snapshot is None or not self._is_seen():
            return
        context = context_of(snapshot, app.room.history, app.glyphs)
        self._order = tuple(in_order(snapshot, self._state, context))
        known = {stream.stream for stream in self._order}
        self._shown = {name: it for name, it in self._shown.items() if name in known}
        self._hear()
        self._lay_out()
        self._draw_tiles()
        self._draw_title()

    def sound_changed(self) -> None:
        """Draw the meters, as often as there is room for them."""
        if self._is_seen() and self._hear():
            self._heard_cost = self._draw_tiles()

    def _hear(self) -> bool:
        """Have meters show how loud streams are now, where there is room to draw them."""
        now = time.monotonic()
        if now - self._heard_at < self._heard_cost / (_SOUND * self._allowance.rate):
            return False
        self._heard = {stream.stream: stream.sound for stream in self.app.room.streams}
        self._heard_at = now
        return True

    def _is_seen(self) -> bool:
        return self.is_mounted and self.app.screen_stack[-1:] == [self]

    def _lay_out(self) -> None:
        """Have a tile in each place; each stays of its stream, as long as that is there."""
        tiles = self.query_one("#tiles", Container)
        width, height = tiles.size
        if not width or not height:
            return
        wanted = grid(len(self._order), width, height, self._way is not Pictures.NONE)
        there = list(self.query(Tile))
        if wanted != self._grid or len(there) != wanted.page:
            self._grid = wanted
            self._forget()
            for tile in there[wanted.page :]:
                tile.remove()
            fresh = [Tile() for _ in range(wanted.page - len(there))]
            tiles.mount_all(fresh)
            for number, tile in enumerate([*there[: wanted.page], *fresh]):
                tile.styles.offset = wanted.place(number)
                tile.styles.width, tile.styles.height = wanted.width, wanted.height
            self.call_after_refresh(self.room_changed)
        names = [stream.stream for stream in self._order]
        if self._cursor not in names:
            self._cursor = names[0] if names else ""
        at = names.index(self._cursor) if self._cursor else 0
        self._turn_to(at // wanted.page)

    def _turn_to(self, page: int) -> None:
        self._page = page
        for tile, stream in self._placed():
            name = stream.stream if stream else ""
            if tile.stream != name:
                self._shown.pop(tile.stream, None)
                self._turns.forget(tile.stream)
                tile.clear(name)

    def _placed(self) -> list[tuple[Tile, StreamSnapshot | None]]:
        """Return the tiles, each with its stream; the last may have none."""
        first, tiles = self._page * self._grid.page, list(self.query(Tile))
        streams = self._order[first : first + len(tiles)]
        return [
            (tile, streams[number] if number < len(streams) else None)
            for number, tile in enumerate(tiles)
        ]

    def _draw_tiles(self) -> int:
        """Draw what is said in tiles; return the bytes that it takes."""
        glyphs, now, cost = self.app.glyphs, time.monotonic(), 0
        for tile, stream in self._placed():
            if stream is None or tile.stream != stream.stream:
                continue
            width, known = self._grid.width, self._shown.get(stream.stream) or Shown()
            if not has_picture(stream):
                known.picture = None
            sound = self._heard.get(stream.stream, stream.sound)
            stream = msgspec.structs.replace(stream, sound=sound)
            age = known.age(now)
            above, below = head(stream, width, glyphs), foot(stream, width, glyphs, age)
            cost += tile.say(above, below, stream.stream == self._cursor)
            if known.picture is None and self._grid.picture > 0:
                said = words(stream, known.refusal, known.asked)
                lines = in_lines(said, width, self._grid.picture)
                if not has_picture(stream):
                    lines += large_meter(stream, width, self._grid.picture, glyphs)
                cost += tile.say_inside(lines)
        self._allowance.spend(cost, now)
        return cost

    def _draw_title(self) -> None:
        now = time.monotonic()
        count, allowance = len(self._seen_names()), self._allowance
        told = Told(
            room=self.app.room.name,
            notice=notice(bar_facts(self.app.room, False, now), self.app.glyphs),
            streams=len(self._order),
            page=self._page + 1,
            pages=self._grid.pages(len(self._order)),
            pictures=self._how(),
            shown=self._way is not Pictures.NONE,
            rate=self._rate,
            now=allowance.measured(now) / _KB,
            period=self._turns.period(count, allowance.rate),
        )
        line = self.query_one("#title", TextLine)
        before = line.text
        line.show(title(told, self.size.width))
        if line.text != before:
            allowance.spend(_TITLE + len(line.text), now)

    # ── pictures ─────────────────────────────────────────────────────────────────────────

    @property
    def _way(self) -> Pictures:
        return self.app.choices.pictures(self.app.terminal)

    @property
    def _rate(self) -> int:
        return chosen_rate(self.app.choices.wall_rate, self.app.terminal.ssh)

    def _how(self) -> str:
        """Return how pictures are shown, or why not."""
        if blind := self.app.terminal.blind:
            return f"no pictures: {blind}"
        return self._way.value

    def _seen_names(self) -> list[str]:
        """Return the streams on the screen whose pictures are worth asking for."""
        return [one.stream for _, one in self._placed() if one is not None and has_picture(one)]

    def _look(self) -> None:
        """Ask for the picture whose turn it is, where there is room for it."""
        now = time.monotonic()
        if self._way is Pictures.NONE or self.app.room.gone or not self._is_seen():
            return
        if not all(self._is_laid_out(tile) for tile in self.query(Tile)):
            return
        names = self._seen_names()
        self._turns.choose(len(names), self._allowance.rate)
        while self._allowance.is_open(now) and (stream := self._turns.due(names, now)):
            self.run_worker(self._fetch(stream), group="stills")

    async def _fetch(self, name: str) -> None:
        known = self._shown.setdefault(name, Shown())
        try:
            picture, known.refusal = await self.app.client.still(name, self._wanted()), ""
        except ControlError as error:
            picture, known.refusal = None, str(error)
        known.picture, known.at, known.asked = picture, time.monotonic(), True
        tile = next((tile for tile in self.query(Tile) if tile.stream == name), None)
        seen = tile is not None and self._is_seen() and self._is_laid_out(tile)
        if picture is None or tile is None or not seen or name not in self._shown:
            self._turns.came(name)
            return
        cost = self._show(tile, picture)
        self._allowance.spend(cost, known.at)
        self._turns.came(name, cost)

    def _is_laid_out(self, tile: Tile) -> bool:
        """Tell whether a tile is where it belongs, and as large."""
        return tile.size == (self._grid.width, self._grid.height)

    def _wanted(self) -> Size:
        """Return the pixels of a picture that fill a tile, as finely as there is room for."""
        width, rows = self._grid.width, self._grid.picture
        if self._way is Pictures.BLOCKS:
            return Size(width, 2 * rows)
        scale = graphics.SCALES[self._turns.quality]
        rows = min(rows, graphics.MOST_ROWS)
        high = int(scale * rows * self._cell.height)
        return Size(int(scale * width * self._cell.width), high)

    def _show(self, tile: Tile, picture: Picture) -> int:
        """Show a picture; return the bytes that it takes."""
        quality = self._turns.quality
        if self._way is Pictures.BLOCKS:
            if self.app.terminal.colors is Colors.MANY:
                picture = few_colours(picture)
            columns, rows = fitting(picture, self._grid.width, self._grid.picture)
            return tile.show(mosaic(picture, columns, rows, TOLERANCES[quality], tile.mosaic))
        picture = graphics.poorer(picture, graphics.DEPTHS[quality])
        columns, rows = self._room_for(picture)
        if self._way is Pictures.KITTY:
            number = graphics.FIRST_ID + list(self.query(Tile)).index(tile)
            self._numbers.add(number)
            sequence = graphics.kitty(picture, number, columns, rows)
            self.app.send(sequence)
            cells = tuple(graphics.placeholders(row, columns) for row in range(rows))
            style = Style(color=Color.from_ansi(number))
            return len(sequence) + tile.place(cells, style)
        shown = (
            graphics.sixel(picture)
            if self._way is Pictures.SIXEL
            else graphics.iterm(picture, columns, rows)
        )
        cost = len(shown) + tile.place((" " * columns,) * rows)
        self.call_after_refresh(self._put, tile, tile.stream, shown, columns, rows)
        return cost

    def _room_for(self, picture: Picture) -> tuple[int, int]:
        """Return the cells for a picture of the terminal's own, its shape kept."""
        cell, width = self._cell, self._grid.width
        most = min(self._grid.picture, graphics.MOST_ROWS)
        if self._way is Pictures.SIXEL:
            columns = -(-picture.width // cell.width)
            return min(width, columns), max(1, min(most, -(-picture.height // cell.height)))
        scale = min(width * cell.width / picture.width, most * cell.height / picture.height)
        columns = max(1, min(width, round(picture.width * scale / cell.width)))
        return columns, max(1, min(most, round(picture.height * scale / cell.height)))

    def _put(self, tile: Tile, stream: str, shown: str, columns: int, rows: int) -> None:
        """Send a picture to where its tile is; what lies over it would be drawn over."""
        there = tile.stream == stream and self._is_laid_out(tile)
        if self._is_seen() and there and not self.query("Toast"):
            self.app.send(graphics.at(*tile.corner(columns, rows), shown))

    def _forget(self) -> None:
        """Begin anew with all pictures, one after the other, as there is room for them."""
        self._shown.clear()
        self._turns.forget()
        for tile in self.query(Tile):
            tile.clear("")

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_back(self) -> None:
        """Back to the table, with the cursor on the same stream."""
        self._tell_tables()
        self.dismiss()

    def action_detail(self) -> None:
        """Open the page of the stream under the cursor."""
        if self._cursor:
            self._tell_tables()
            self.app.push_screen(DetailScreen(self._cursor))

    def action_go(self, columns: int, rows: int) -> None:
        """Go so many tiles to the right, and down."""
        at, count = self._at(), len(self._order)
        self._go_to(moved(at, columns, rows, count, self._grid))

    def action_page(self, pages: int) -> None:
        """Go so many pages down."""
        self._go_to(self._at() + pages * self._grid.page)

    def action_go_to_first(self) -> None:
        """Go to the first tile."""
        self._go_to(0)

    def action_go_to_last(self) -> None:
        """Go to the last tile."""
        self._go_to(len(self._order) - 1)

    def action_rate(self, step: int) -> None:
        """Send more or less to the terminal, now and the next time."""
        rate = next_rate(self._rate, step)
        self.app.choose(msgspec.structs.replace(self.app.choices, wall_rate=rate))
        self._allowance.change(rate * _KB, time.monotonic())
        self.room_changed()

    def action_pictures(self) -> None:
        """Show pictures in another way, now and the next time."""
        self.app.choose(self.app.choices.with_next_pictures(self.app.terminal))
        self._forget()
        self.room_changed()

    def on_tile_selected(self, message: Tile.Selected) -> None:
        """Go where somebody clicked."""
        self._cursor = message.stream
        self.room_changed()
        if message.twice:
            self.action_detail()

    def _at(self) -> int:
        names = [stream.stream for stream in self._order]
        return names.index(self._cursor) if self._cursor in names else 0

    def _go_to(self, number: int) -> None:
        if self._order:
            number = max(0, min(len(self._order) - 1, number))
            self._cursor = self._order[number].stream
            self.room_changed()

    def _tables(self) -> list[StreamTable]:
        return [table for screen in self.app.screen_stack for table in screen.query(StreamTable)]

    def _tell_tables(self) -> None:
        for table in self._tables():
            table.go_to(self._cursor)

"""One stream on the wall: whose it is, what it shows, how it sounds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual import events, getters
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ....core.model import StreamState
from ..host import Host
from ..model.mosaic import CODES, FEW_CODES, Pixel, Row, cost, runs
from ..model.parts import Line
from ..model.terminal import Colors
from .paint import paint

_MOVE = 10
"""Bytes that it takes to go to where a line begins."""
_HALF = "▀"
_PLAIN = Style()
_ROLES = (
    "cursor",
    "muted",
    "warning",
    "level",
    *(state.value.lower() for state in StreamState),
)


class Tile(Widget):
    """Draws lines of text around a picture, or around words in its place.

    What is shown is counted: each call returns the bytes that it takes on the line to the terminal.
    """

    app = getters.app(Host)

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tile--{role}" for role in _ROLES}

    class Selected(Message):
        """Somebody clicked; twice opens."""

        def __init__(self, stream: str, twice: bool) -> None:
            super().__init__()
            self.stream = stream
            self.twice = twice

    def __init__(self) -> None:
        super().__init__()
        self.stream = ""
        """Of which; empty: none, and nothing is drawn."""
        self.mosaic: tuple[Row, ...] = ()
        """The picture, in half blocks."""
        self._head: Line = ()
        self._foot: Line = ()
        self._inside: tuple[Line, ...] = ()
        """What stands in place of a picture."""
        self._placed: tuple[tuple[str, ...], Style] = ((), _PLAIN)
        """The picture, in cells that the terminal knows what to do with, and their style."""
        self._at_cursor = False
        self._strips: dict[int, Strip] = {}
        """Lines as they are drawn, as far as they were."""
        self._strips_fit = self.size

    def clear(self, stream: str) -> None:
        """Be of another stream, or of none, without a picture yet."""
        self.stream = stream
        self.mosaic, self._placed = (), ((), _PLAIN)
        self._head, self._foot, self._inside = (), (), ()
        self._at_cursor = False
        self._strips.clear()
        self.refresh()

    def say(self, head: Line, foot: Line, at_cursor: bool) -> int:
        """Show these lines above and below the picture."""
        lines: list[int] = []
        if (head, at_cursor) != (self._head, self._at_cursor):
            self._head, self._at_cursor = head, at_cursor
            lines.append(0)
        if foot != self._foot:
            self._foot = foot
            lines.append(self.size.height - 1)
        return self._redraw(lines)

    def say_inside(self, lines: tuple[Line, ...]) -> int:
        """Show these lines in place of a picture."""
        if lines == self._inside and not self.mosaic and not self._placed[0]:
            return 0
        self._inside, self.mosaic, self._placed = lines, (), ((), _PLAIN)
        return self._redraw(range(1, self.size.height - 1))

    def show(self, mosaic: tuple[Row, ...]) -> int:
        """Show a picture in half blocks; rows that are as they were are not drawn again."""
        old, self.mosaic, self._inside = self.mosaic, mosaic, ()
        top, before = self._top(len(mosaic)), self._top(len(old))
        if (len(old), before) != (len(mosaic), top) or not old or len(old[0]) != len(mosaic[0]):
            return self._redraw(range(1, self.size.height - 1))
        changed = [row for row, cells in enumerate(mosaic) if cells != old[row]]
        return self._redraw([1 + top + row for row in changed])

    def place(self, cells: tuple[str, ...], style: Style = _PLAIN) -> int:
        """Show cells of which the terminal makes a picture, or leave them to it."""
        if self._placed == (cells, style) and not self._inside:
            return 0
        self._placed, self._inside, self.mosaic = (cells, style), (), ()
        return self._redraw(range(1, self.size.height - 1))

    def corner(self, columns: int, rows: int) -> tuple[int, int]:
        """Return the cell of the screen where a picture of so many cells begins."""
        x, y = self.region.offset
        return x + (self.size.width - columns) // 2, y + 1 + self._top(rows)

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        if self._strips_fit != self.size:
            self._strips.clear()
            self._strips_fit = self.size
        if y not in self._strips:
            self._strips[y] = self._line(y)
        return self._strips[y]

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        self._strips.clear()
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor here."""
        if self.stream:
            self.post_message(self.Selected(self.stream, event.chain == 2))

    def _line(self, y: int) -> Strip:
        width, height = self.size
        if not self.stream or y >= height:
            return Strip.blank(width, self.rich_style)
        if y == 0:
            return self._text(self._head, "cursor" if self._at_cursor else "")
        if y == height - 1:
            return self._text(self._foot)
        return self._picture_line(y - 1)

    def _picture_line(self, y: int) -> Strip:
        width, (cells, style) = self.size.width, self._placed
        rows = self.mosaic or cells or self._inside
        row = y - self._top(len(rows))
        if not 0 <= row < len(rows):
            return Strip.blank(width, self.rich_style)
        if self.mosaic:
            return _blocks(self.mosaic[row], width, self.rich_style)
        if cells:
            base = self.rich_style
            return _centred([Segment(cells[row], base + style)], width, base, cell_len(cells[row]))
        return self._text(self._inside[row])

    def _text(self, line: Line, look: str = "") -> Strip:
        style = self.rich_style
        if look:
            style += self._partial(look)
        styled = [(text, style + self._partial(role) if role else style) for text, role in line]
        return paint(styled, self.size.width, style)

    def _top(self, rows: int) -> int:
        """Return the lines that are free above a picture of so many rows."""
        return max(0, (self.size.height - 2 - rows) // 2)

    def _partial(self, role: str) -> Style:
        return self.get_component_rich_style(f"tile--{role}", partial=True)

    def _redraw(self, lines: Iterable[int]) -> int:
        width, total = self.size.width, 0
        for y in lines:
            self._strips.pop(y, None)
            self.refresh(Region(0, y, width, 1))
            total += _MOVE + self._cost(y)
        return total

    def _cost(self, y: int) -> int:
        codes = FEW_CODES if self.app.terminal.colors is Colors.MANY else CODES
        row = y - 1 - self._top(len(self.mosaic))
        if 0 <= row < len(self.mosaic):
            return cost(self.mosaic[row], codes)
        return sum(codes + len(text.encode()) for text, _, _ in self.render_line(y))


def in_lines(text: str, width: int, rows: int) -> tuple[Line, ...]:
    """Return words in the middle of so many cells and rows, muted."""
    lines = textwrap.wrap(text, max(1, width))[:rows]
    return tuple(((line.center(width), "muted"),) for line in lines)


def _blocks(row: Row, width: int, base: Style) -> Strip:
    segments = [
        Segment((" " if upper == lower else _HALF) * count, _style(upper, lower))
        for count, upper, lower in runs(row)
    ]
    return _centred(segments, width, base, len(row))


def _centred(segments: list[Segment], width: int, base: Style, columns: int) -> Strip:
    left = (width - columns) // 2
    before = [Segment(" " * left, base)] if left > 0 else []
    return Strip([*before, *segments]).adjust_cell_length(width, base)


@lru_cache(4096)
def _style(upper: Pixel, lower: Pixel) -> Style:
    if upper == lower:
        return Style(bgcolor=_color(upper))
    return Style(color=_color(upper), bgcolor=_color(lower))


def _color(pixel: Pixel) -> Color:
    return Color.from_triplet(ColorTriplet(*pixel))

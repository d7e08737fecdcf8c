"""The table of streams, by Textual's line API: a repaint costs what has changed.

`DataTable` repaints itself as a whole for one changed cell, and loses its cursor when rows are
sorted or go (terminals.md §1).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from ....core.model import StreamState
from ...text.format import cells, fit
from ..bindings import bindings
from ..model.columns import CLIPPED, LEAD, SOUND, Placed
from ..model.glyphs import UNICODE, Glyphs
from ..model.keys import Scope
from ..model.view import Row, View
from .paint import paint

_WHOLE_ROW = frozenset({StreamState.STALL, StreamState.FAIL})
"""States that colour their row: a calm screen is a healthy room."""
_MUTED = frozenset({StreamState.IDLE, StreamState.OFF, StreamState.SKIP, StreamState.DONE})
_COMPONENTS = (
    "cursor",
    "blurred",
    "mark",
    "muted",
    "clipped",
    *(state.value.lower() for state in StreamState),
)


class TableHeader(Widget):
    """The titles of the columns; a click sorts."""

    ALLOW_SELECT = False

    @dataclass
    class Selected(Message):
        """A title was clicked."""

        column: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns: tuple[Placed, ...] = ()
        self._arrow: tuple[str, str] = ("", "")

    def show(self, columns: tuple[Placed, ...], sorted_by: str, arrow: str) -> None:
        """Draw these titles, with an arrow at the one that is sorted by."""
        if (columns, (sorted_by, arrow)) != (self._columns, self._arrow):
            self._columns, self._arrow = columns, (sorted_by, arrow)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line (line API)."""
        titles = " ".join(self._title(column) for column in self._columns)
        return paint(
            [(" " * (LEAD + 1) + titles, self.rich_style)], self.size.width, self.rich_style
        )

    def on_click(self, event: events.Click) -> None:
        """Sort by what was clicked."""
        left = LEAD
        for column in self._columns:
            if left <= event.x <= left + column.width:
                self.post_message(self.Selected(column.id))
            left += column.width + 1

    def _title(self, column: Placed) -> str:
        sorted_by, arrow = self._arrow
        if column.id != sorted_by:
            return fit(column.title if column.width > 1 else "", column.width, column.right)
        title = f"{column.title[: max(0, column.width - 2)]} {arrow}"
        if column.width <= len(column.title) + 1:
            title = f"{column.title[: column.width - 1]}{arrow}"
        return fit(title, column.width, column.right)


class StreamTable(ScrollView, can_focus=True):
    """Rows with a cursor that stays on its stream."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"stream-table--{name}" for name in _COMPONENTS}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CURSOR)]

    @dataclass
    class Highlighted(Message):
        """The cursor went to another stream."""

        stream: str

    @dataclass
    class Selected(Message):
        """A row was double-clicked."""

        stream: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.glyphs: Glyphs = UNICODE
        self.cursor = ""
        """The stream under the cursor; empty while there are no rows."""
        self._view = View((), (), 0)
        self._line = 0
        """Where the cursor was last, for when its stream goes."""
        self._lines: dict[int, tuple[object, Strip]] = {}
        """What each line was last made of, and the line."""

    @property
    def view(self) -> View:
        """What is shown."""
        return self._view

    def show(self, view: View) -> None:
        """Draw a view; only lines that differ are painted."""
        old, self._view = self._view, view
        before, cursor = self._line, self.cursor
        self._keep_cursor()
        if len(view.rows) != len(old.rows):
            self.virtual_size = Size(0, len(view.rows))
            self._reveal()
        if view.columns != old.columns:
            self.refresh()
            return
        both = enumerate(zip_longest(old.rows, view.rows))
        changed = [self._changed(number, was, row) for number, (was, row) in both if row != was]
        if changed:
            self.refresh(*changed)
        if (before, cursor) != (self._line, self.cursor):
            self._refresh_row(before)
            self._refresh_row(self._line)
            self._reveal()

    def go_to(self, stream: str) -> None:
        """Put the cursor on a stream."""
        for number, row in enumerate(self._view.rows):
            if row.stream == stream:
                self._go(number)

    # ── keys and mouse ───────────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        """Go some rows down."""
        self._go(self._line + rows)

    def action_page(self, pages: int) -> None:
        """Go some screens down."""
        self._go(self._line + pages * max(1, self.size.height - 1))

    def action_move_to_first(self) -> None:
        """Go to the first row."""
        self._go(0)

    def action_move_to_last(self) -> None:
        """Go to the last row."""
        self._go(len(self._view.rows) - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice opens."""
        number = event.y + round(self.scroll_y)
        if number < len(self._view.rows):
            self._go(number)
            if event.chain == 2:
                self.post_message(self.Selected(self.cursor))

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return what is within the crop, line by line (line API).

        Textual would look up for each line anew what surrounds the content and in which colours,
        and measure it: here nothing surrounds it, and the colours are those of all lines.
        """
        base, (_, background) = self.rich_style, self.background_colors
        width = self.region.width
        lines = [self._drawn(y, width, base) for y in crop.line_range]
        for filter in self.get_line_filters():
            lines = [line.apply_filter(filter, background) for line in lines]
        return [line.crop(*crop.column_span) for line in lines]

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        return self._drawn(y, self.region.width, self.rich_style)

    def notify_style_update(self) -> None:
        """Paint all lines anew: colours may be others."""
        super().notify_style_update()
        self._lines.clear()

    def _drawn(self, y: int, width: int, base: Style) -> Strip:
        number = y + round(self.scroll_y)
        if number >= len(self._view.rows):
            return Strip.blank(width, base)
        row = self._view.rows[number]
        at_cursor = row.stream == self.cursor
        style = self._row_style(row, at_cursor, base)
        made_of = (row, at_cursor, style, width, self._view.columns)
        known = self._lines.get(y)
        if known is None or known[0] != made_of:
            known = self._lines[y] = made_of, self.painted(row, at_cursor, width, style)
        return known[1]

    def painted(self, row: Row, at_cursor: bool, width: int, style: Style) -> Strip:
        """Return the line of a row."""
        return paint(self._parts(row, at_cursor, style), width, style)

    def on_focus(self) -> None:
        """Show where the keys go."""
        self._refresh_row(self._line)

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self._refresh_row(self._line)

    def _parts(self, row: Row, at_cursor: bool, style: Style) -> list[tuple[str, Style]]:
        mark = style + self._partial("mark") if row.marked else style
        lead = self.glyphs.cursor if at_cursor else " "
        parts = [(lead, style), (self.glyphs.mark if row.marked else " ", mark), (" ", style)]
        for placed, cell in zip(self._view.columns, row.cells, strict=True):
            state = placed.id == "state" and not self.has_class("-stale")
            shown = style + self._partial(row.state.value.lower()) if state else style
            if placed.id == SOUND and cell.endswith(CLIPPED):
                shown = style + self._partial("clipped")
            parts += [(cell, shown), (" ", style)]
        return parts

    def _row_style(self, row: Row, at_cursor: bool, base: Style) -> Style:
        style = base
        if row.state in _WHOLE_ROW and not self.has_class("-stale"):
            style += self._partial(row.state.value.lower())
        elif not at_cursor and (row.state in _MUTED or self.has_class("-stale")):
            style += self._partial("muted")
        if at_cursor:
            style += self._partial("cursor" if self.has_focus else "blurred")
        return style

    def _partial(self, name: str) -> Style:
        return self.get_component_rich_style(f"stream-table--{name}", partial=True)

    def _changed(self, number: int, old: Row | None, new: Row | None) -> Region:
        """Return what is from the first cell that differs to the last: bytes cross bad lines."""
        if old is None or new is None or _outline(old) != _outline(new):
            return self._row(number)
        left, right, x = self.size.width, 0, LEAD + 1
        for placed, was, cell in zip(self._view.columns, old.cells, new.cells, strict=True):
            if cell != was:
                begin, end = differing(was, cell, placed.width)
                left, right = min(left, x + begin), x + end
            x += placed.width + 1
        return Region(left, number - round(self.scroll_y), right - left, 1)

    def _refresh_row(self, number: int) -> None:
        self.refresh(self._row(number))

    def _row(self, number: int) -> Region:
        return Region(0, number - round(self.scroll_y), self.size.width, 1)

    # ── cursor ───────────────────────────────────────────────────────────────────────────

    def _keep_cursor(self) -> None:
        rows = self._view.rows
        for number, row in enumerate(rows):
            if row.stream == self.cursor:
                self._line = number
                return
        self._line = max(0, min(self._line, len(rows) - 1))
        self._set_cursor(rows[self._line].stream if rows else "")

    def _go(self, number: int) -> None:
        if not self._view.rows:
            return
        before, self._line = self._line, max(0, min(number, len(self._view.rows) - 1))
        self._set_cursor(self._view.rows[self._line].stream)
        self._refresh_row(before)
        self._refresh_row(self._line)
        self._reveal()

    def _set_cursor(self, stream: str) -> None:
        if stream != self.cursor:
            self.cursor = stream
            self.post_message(self.Highlighted(stream))

    def _reveal(self) -> None:
        """Scroll so that the cursor is seen."""
        top, height = round(self.scroll_y), self.size.height
        if self._line < top:
            self.scroll_to(y=self._line, animate=False)
        elif height and self._line >= top + height:
            self.scroll_to(y=self._line - height + 1, animate=False)


def differing(old: str, new: str, width: int) -> tuple[int, int]:
    """Return from where to where two texts of a column differ, in cells."""
    alike = cells(old) == cells(new) == len(old) == len(new)
    if not alike or old.endswith(CLIPPED) or new.endswith(CLIPPED):
        return 0, width
    begin, end = 0, width
    while begin < end and old[begin] == new[begin]:
        begin += 1
    while end > begin and old[end - 1] == new[end - 1]:
        end -= 1
    return begin, end


def _outline(row: Row) -> tuple[object, ...]:
    """Return what colours a row as a whole."""
    return row.stream, row.state, row.marked

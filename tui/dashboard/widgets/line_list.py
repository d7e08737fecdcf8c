"""A list of lines with a cursor that stays on what it is on; drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence
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

from ..bindings import bindings
from ..model.glyphs import UNICODE, Glyphs
from ..model.keys import Scope
from ..model.rows import ListRow
from .paint import paint

_ROLES = ("record", "warning", "error", "muted", "strong")


class LineList(ScrollView, can_focus=True):
    """Rows; those without an id are passed over by the cursor."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-list--{name}" for name in (*_ROLES, "cursor", "blurred")
    }
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CURSOR)]

    @dataclass
    class Highlighted(Message):
        """The cursor went elsewhere."""

        row: str

    @dataclass
    class Selected(Message):
        """A row was double-clicked."""

        row: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.glyphs: Glyphs = UNICODE
        self.cursor = ""
        """The id under the cursor; empty while there is none."""
        self._rows: tuple[ListRow, ...] = ()
        self._line = 0
        """Where the cursor was last, for when its row goes."""

    def show(self, rows: Sequence[ListRow]) -> None:
        """Draw these rows from now on; only lines that differ are painted."""
        old, self._rows = self._rows, tuple(rows)
        before = self._line
        self._keep_cursor()
        if len(self._rows) != len(old):
            self.virtual_size = Size(0, len(self._rows))
        for number, (was, row) in enumerate(zip_longest(old, self._rows)):
            if was != row:
                self._refresh_line(number)
        if before != self._line:
            self._refresh_line(before)
            self._refresh_line(self._line)
            self._reveal()

    def go_to(self, row: str) -> None:
        """Put the cursor on a row."""
        number = next((n for n, one in enumerate(self._rows) if one.id == row), None)
        if number is not None:
            self._go(number)

    # ── keys and mouse ───────────────────────────────────────────────────────────────────

    def action_move(self, rows: int) -> None:
        """Go to the next row with an id, or the one before; without such, scroll."""
        places = self._places()
        beyond = [at for at in places if (at > self._line if rows > 0 else at < self._line)]
        if beyond:
            self._go(beyond[0] if rows > 0 else beyond[-1])
        else:
            self.scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Go some screens down."""
        lines = pages * max(1, self.size.height - 1)
        if places := self._places():
            wanted = self._line + lines
            self._go(min(places, key=lambda at: abs(at - wanted)))
        else:
            self.scroll_relative(y=lines, animate=False)

    def action_move_to_first(self) -> None:
        """Go to the top."""
        self._go(min(self._places(), default=0))
        self.scroll_home(animate=False)

    def action_move_to_last(self) -> None:
        """Go to the end."""
        self._go(max(self._places(), default=0))
        self.scroll_end(animate=False)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice opens."""
        number = event.y + round(self.scroll_y)
        if number < len(self._rows) and self._rows[number].id:
            self._go(number)
            if event.chain == 2:
                self.post_message(self.Selected(self.cursor))

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        base, number = self.rich_style, y + round(self.scroll_y)
        if number >= len(self._rows):
            return Strip.blank(self.size.width, base)
        row, style = self._rows[number], base
        if at_cursor := bool(row.id) and number == self._line:
            style += self._partial("cursor" if self.has_focus else "blurred")
        lead = self.glyphs.cursor if at_cursor else " "
        # With 16 colours the cursor turns colours round, and what is grey cannot be read on grey.
        plain = ("", "muted") if at_cursor else ("",)
        parts = [
            (text, style if role in plain else style + self._partial(role))
            for text, role in row.line
        ]
        if row.id:
            parts.insert(0, (lead, style))
        return paint(parts, self.size.width, style)

    def on_focus(self) -> None:
        """Show where the keys go."""
        self._refresh_line(self._line)

    def on_blur(self) -> None:
        """Show that the keys go elsewhere."""
        self._refresh_line(self._line)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def _partial(self, name: str) -> Style:
        return self.get_component_rich_style(f"line-list--{name}", partial=True)

    def _refresh_line(self, number: int) -> None:
        self.refresh(Region(0, number - round(self.scroll_y), self.size.width, 1))

    # ── cursor ───────────────────────────────────────────────────────────────────────────

    def _places(self) -> list[int]:
        return [number for number, row in enumerate(self._rows) if row.id]

    def _keep_cursor(self) -> None:
        places = self._places()
        same = next((at for at in places if self._rows[at].id == self.cursor), None)
        if same is None and places:
            same = min(places, key=lambda at: abs(at - self._line))
        self._line = same or 0
        self._set_cursor(self._rows[self._line].id if places else "")

    def _go(self, number: int) -> None:
        if number >= len(self._rows):
            return
        before, self._line = self._line, number
        self._set_cursor(self._rows[number].id)
        self._refresh_line(before)
        self._refresh_line(number)
        self._reveal()

    def _set_cursor(self, row: str) -> None:
        if row != self.cursor:
            self.cursor = row
            self.post_message(self.Highlighted(row))

    def _reveal(self) -> None:
        """Scroll so that the cursor is seen, and what is above the first row."""
        top, height = round(self.scroll_y), self.size.height
        first = self._line if any(row.id for row in self._rows[: self._line]) else 0
        if self._line - first >= height:
            first = self._line
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif height and self._line >= top + height:
            self.scroll_to(y=self._line - height + 1, animate=False)

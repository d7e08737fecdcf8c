"""What pages with a list have in common: a title, rows with a cursor, more of the one under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from ...text.format import clean
from ..host import Deck
from ..model.keys import Scope
from ..model.parts import Line
from ..model.rows import ListRow
from ..widgets.key_footer import KeyFooter
from ..widgets.line_list import LineList
from ..widgets.text_block import TextBlock

LOW = 16
"""Lines of a terminal below which less is told of the row under the cursor."""


class ListScreen(Screen[None]):
    """A page with a list; needs no room."""

    app = getters.app(Deck)
    CSS_PATH = "../../../styles/pages.tcss"
    SCOPES: ClassVar[tuple[Scope, ...]] = ()
    AUTO_FOCUS = "LineList"
    PARTS: ClassVar[tuple[str, ...]] = ("#title", "#rows", "#more")
    """What is drawn."""

    def compose(self) -> ComposeResult:
        """Make the page."""
        yield Static(id="title", markup=False)
        yield LineList(id="rows")
        yield from self.compose_below()
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def compose_below(self) -> ComposeResult:
        """Make what stands below the list."""
        yield TextBlock(id="more")

    def heading(self) -> str:
        """Return the title."""
        raise NotImplementedError

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list for so many cells."""
        raise NotImplementedError

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return what is told of a row; without one it is empty."""
        raise NotImplementedError

    @property
    def cursor(self) -> str:
        """The row under the cursor."""
        return self.query_one(LineList).cursor

    @property
    def lines_below(self) -> int:
        """How many lines may be told of the row under the cursor."""
        return 2 if self.app.size.height < LOW else 4

    def on_mount(self) -> None:
        """Draw what there is."""
        self.query_one(LineList).glyphs = self.app.glyphs

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.call_after_refresh(self.draw)

    def on_screen_resume(self) -> None:
        """Draw what was missed while another screen was on top."""
        self.draw()

    def draw(self) -> None:
        """Draw what differs from what is on the screen."""
        if not self.is_mounted or not all(self.query(part) for part in self.PARTS):
            return  # its parts are not there yet, or go before it does
        self.query_one("#title", Static).update(clean(self.heading()))
        # The last cell belongs to the scrollbar.
        self.query_one(LineList).show(self.rows(self.app.size.width - 1))
        self.draw_below()

    def draw_below(self) -> None:
        """Draw what is told of the row under the cursor."""
        lines = list(self.more(self.cursor, self.app.size.width))[: self.lines_below]
        # As many for each row, so that the list does not move under the cursor.
        blank: list[Line] = [()] * (self.lines_below - len(lines))
        self.query_one("#more", TextBlock).show(lines + blank)

    def copy(self, path: str) -> None:
        """Copy a path, and say so."""
        self.app.copy_to_clipboard(path)
        self.notify(f"copied {clean(path)}", markup=False)

    def on_line_list_highlighted(self, message: LineList.Highlighted) -> None:
        """Another row is under the cursor."""
        self.draw()

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss()

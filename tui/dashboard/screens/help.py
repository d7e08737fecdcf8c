"""The help page."""

from __future__ import annotations

from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from ..bindings import bindings
from ..host import Deck
from ..model.help import page, sections
from ..model.keys import Scope, key_name
from ..widgets.key_footer import KeyFooter
from ..widgets.text_page import TextPage


class HelpScreen(Screen[None]):
    """Keys, states, and what this terminal can do; generated, so it cannot be out of date."""

    app = getters.app(Deck)
    CSS_PATH = "../../../styles/pages.tcss"
    SCOPES: ClassVar = (Scope.HELP,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.HELP)]

    def compose(self) -> ComposeResult:
        """Make the page."""
        plain = self.app.terminal.ascii
        arrows = " ".join(key_name(key, plain) for key in ("up", "down", "pageup", "pagedown"))
        yield Static(f"Help: {arrows} scroll", id="title", markup=False)
        yield TextPage()
        yield KeyFooter(*self.SCOPES, Scope.CURSOR)

    def on_mount(self) -> None:
        """Make the keys move the page."""
        self.query_one(TextPage).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Write the page: columns and facts follow the size."""
        app = self.app
        size = (app.size.width, app.size.height)
        found = sections(app.glyphs, app.terminal, size)
        # The last cell belongs to the scrollbar.
        self.query_one(TextPage).show(page(found, size[0] - 1, app.glyphs.line))

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss()

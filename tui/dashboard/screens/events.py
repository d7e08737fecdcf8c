"""The page of all events."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from ...text.words import count, name_of
from ..bindings import bindings
from ..host import Follower
from ..model.event_page import chosen, lines, streams_of
from ..model.keys import Scope
from ..widgets.key_footer import KeyFooter
from ..widgets.text_page import TextPage


class EventsScreen(Follower, Screen[None]):
    """Every kept event, the newest first; of all streams or of one.

    Args:
        stream: Whose events are shown first; empty is all.
    """

    CSS_PATH = "../../../styles/pages.tcss"
    SCOPES: ClassVar = (Scope.EVENTS,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.EVENTS)]

    def __init__(self, stream: str = "") -> None:
        super().__init__()
        self._stream = stream
        self._troubles = False

    def compose(self) -> ComposeResult:
        """Make the page."""
        yield Static(id="title", markup=False)
        yield TextPage()
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def on_mount(self) -> None:
        """Make the keys move the page."""
        self.query_one(TextPage).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the lines anew."""
        self._write()

    def on_screen_resume(self) -> None:
        """Show what came while another screen was on top."""
        if self.is_mounted:
            self._write()

    def room_changed(self) -> None:
        """Show what came."""
        if self.is_mounted:
            self._write()

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss()

    def action_turn(self, step: int) -> None:
        """Go on to the events of another stream; before the first come those of all."""
        choices = ["", *streams_of(self.app.room.events)]
        at = choices.index(self._stream) if self._stream in choices else 0
        self._choose(choices[(at + step) % len(choices)])

    def action_all(self) -> None:
        """Show the events of all streams, of every level."""
        self._troubles = False
        self._choose("")

    def action_troubles(self) -> None:
        """Show warnings and errors only, or everything again."""
        self._troubles = not self._troubles
        self._choose(self._stream)

    def _choose(self, stream: str) -> None:
        self._stream = stream
        self._write()
        self.query_one(TextPage).action_move_to_first()

    def _write(self) -> None:
        app = self.app
        shown = chosen(app.room.events, self._stream, self._troubles)
        width = app.size.width - 1
        page = self.query_one(TextPage)
        page.show(lines(shown, width, app.glyphs, self._called))
        self.query_one("#title", Static).update(self._title(len(shown)))

    def _title(self, number: int) -> str:
        whose = self._called(self._stream) if self._stream else "all streams"
        what = count(number, "warning or error" if self._troubles and number == 1 else "event")
        if self._troubles and number != 1:
            what = f"{number} warnings and errors"
        return f"Events of {whose}: {what}"

    def _called(self, stream: str) -> str:
        known = self.app.room.stream(stream)
        return name_of(known) if known else stream

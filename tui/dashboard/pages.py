"""What keys do on all pages of any app, and the app that shows past sessions alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from .bindings import bindings
from .host import Deck
from .leave import Leave
from .model.keys import Scope
from .model.terminal import Terminal
from .palette import key_commands
from .screens.confirm import ConfirmScreen, delivery_question
from .screens.dialog import Dialog
from .screens.help import HelpScreen
from .screens.past import PastScreen


class Pages(Deck, inherit_bindings=False):
    """Keys that work on every page, see model/keys.py."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.EVERYWHERE)]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every key in the command palette, and the themes."""
        yield from key_commands(self, screen)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)

    def leave(self) -> None:
        """Leave, where that costs no delivery."""
        self.exit(Leave.DETACHED)

    def action_help(self) -> None:
        """Open the help page."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Leave at once where nothing can be lost, else ask."""
        if isinstance(self.screen, Dialog):
            self.screen.interrupt()
        elif self.delivers:
            self.push_screen(ConfirmScreen(delivery_question()), self._leave_delivery)
        else:
            self.leave()

    def _leave_delivery(self, yes: bool | None) -> None:
        if yes:
            self.run_worker(self._interrupt_delivery(), group="commands")

    async def _interrupt_delivery(self) -> None:
        if self.delivering is not None:
            await self.delivering.interrupt()
        self.action_leave()

    def show_past(self, folders: Sequence[Path]) -> None:
        """Open the page of past sessions, those in some folders; or go back to it."""
        if any(isinstance(screen, PastScreen) for screen in self.screen_stack):
            while not isinstance(self.screen, PastScreen):
                self.pop_screen()
        else:
            self.push_screen(PastScreen(folders), lambda _: self.left_past())

    def left_past(self) -> None:
        """Go on, as the page of past sessions was closed."""


class PastApp(Pages):
    """Sessions of the past, where no room is followed.

    Args:
        folders: Where to look for them.
        terminal: What the terminal can do.
        theme: Name of a theme; one that suits the terminal if empty.
    """

    TITLE = "roomdeck"
    CSS_PATH: ClassVar = ["../../styles/app.tcss"]

    def __init__(self, folders: Sequence[Path], terminal: Terminal, theme: str = "") -> None:
        super().__init__(terminal)
        self._folders = tuple(folders)
        self._wanted_theme = theme
        self.closed = False
        """The page was closed: somebody wants to go on elsewhere."""

    def on_mount(self) -> None:
        """Fit the terminal and show them."""
        self.dress(self._wanted_theme)
        self.action_past()

    def action_past(self) -> None:
        """Open the page, or go back to it."""
        self.show_past(self._folders)

    def left_past(self) -> None:
        """Leave with it: there is no other page."""
        self.closed = True
        self.leave()

"""The dashboard: follows one engine and routes keys to it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from textual import events
from textual.screen import ModalScreen, Screen
from textual.theme import Theme

from ...core.errors import ControlError
from ...core.model import Event, RoomSnapshot
from .client import EngineClient
from .host import Host
from .leave import Leave
from .model.choices import Choices
from .model.room import STALE
from .model.terminal import Terminal, detect
from .pages import Pages
from .screens.alarms import AlarmsScreen
from .screens.dashboard import DashboardScreen
from .screens.leave import LeaveScreen
from .screens.nodes import NodesScreen
from .screens.session import SessionScreen
from .screens.small import SmallScreen, cover
from .screens.uploads import UploadsScreen

_LOOK = 1.0


class RoomApp(Pages, Host):
    """The dashboard of one room.

    Args:
        client: The engine; whoever made it closes it.
        room: Shown until the first snapshot comes.
        terminal: What the terminal can do; read from the environment if not given.
        theme: Name of a theme; the chosen one if empty, else one that fits the terminal.
        choices: What was chosen last.
        keep: Keeps what is chosen; may take its time.
        interval: Seconds between repaints of mere numbers.
        owner: Leaving while nothing is recorded ends the engine too.
        log: Path of the engine's log, where it has one.
        bell: Ring it once when an alarm begins.
    """

    TITLE = "roomdeck"
    # Textual does not load the style sheets of a default screen.
    CSS_PATH: ClassVar = [f"../../styles/{name}.tcss" for name in ("app", "dashboard", "situation")]

    def __init__(
        self,
        client: EngineClient,
        *,
        room: str = "",
        terminal: Terminal | None = None,
        theme: str = "",
        choices: Choices | None = None,
        keep: Callable[[Choices], None] = lambda choices: None,
        interval: float = 1.0,
        owner: bool = True,
        log: str = "",
        bell: bool = True,
    ) -> None:
        known = terminal or detect(os.environ)
        super().__init__(client, room, known, interval, log, bell, choices or Choices(), keep)
        self.owner = owner
        self._ending = False
        """The engine was told to end, as nothing was recorded any more."""
        self._end_shown = False
        self._wanted_theme = theme
        self._shown_theme = ""
        self._is_seen = False
        """There was something to see."""

    def get_default_screen(self) -> Screen[Any]:
        """Show the dashboard first."""
        return DashboardScreen()

    def on_mount(self) -> None:
        """Fit the terminal and follow the engine."""
        self.dress(self._wanted_theme, self.choices.theme)
        self._shown_theme = self.theme
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self.run_worker(self._follow(), group="follow")
        self.set_interval(_LOOK, self._look)

    def on_ready(self) -> None:
        """Heed keys: what comes now was pressed after the first picture."""
        self._is_seen = True

    async def on_event(self, event: events.Event) -> None:
        """Leave out keys that were pressed before the first picture: nobody saw what they do."""
        if self._is_seen or not isinstance(event, events.Key):
            await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        cover(self, event.size)

    def _theme_chosen(self, theme: Theme) -> None:
        # Textual also says which one it began with: nobody chose that.
        if theme.name != self._shown_theme:
            self._shown_theme = theme.name
            self.choose(msgspec.structs.replace(self.choices, theme=theme.name))

    async def _follow(self) -> None:
        with contextlib.suppress(ControlError):
            # Where it went away, that is told by what follows.
            await self.client.listen(self.hear)
        async for update in self.client.updates():
            if isinstance(update, Event):
                self.room.note(update)
                self.draw_soon(urgent=True)
            else:
                self.draw_soon(self.room.show(update, time.monotonic()))
        self.room.gone = True
        self.draw_soon(urgent=True)

    def draw_now(self) -> None:
        """Tell the screen on top that there is something new; show how it ended, when it has."""
        self._show_end()
        super().draw_now()

    def _show_end(self) -> None:
        """Show what was recorded, once, when all of it is closed; a question is answered first."""
        room, top = self.room, self.top
        if self._end_shown or top is None or isinstance(top, ModalScreen | SmallScreen):
            return
        if not (room.ended and room.has_takes and room.snapshot):
            return
        self._end_shown = True
        sidecar = Path(room.snapshot.sidecar)
        self.push_screen(SessionScreen(sidecar, room.history.takes, over=True))

    def _look(self) -> None:
        """Notice that nothing comes any more; screens say so."""
        self._show_end()
        if self.room.snapshot is None or self.room.age(time.monotonic()) > STALE:
            self.draw_soon(urgent=False)

    # ── leaving ──────────────────────────────────────────────────────────────────────────

    def leave(self) -> None:
        """Leave at once where nothing can be lost, else ask what becomes of the recordings."""
        snapshot = self.room.snapshot
        if self.room.ended or self._ending:
            self.exit(Leave.STOPPED)
        elif self.room.gone or snapshot is None:
            self.exit(Leave.DETACHED)
        elif not self.room.recording():
            self.run_worker(self._leave_idle(), group="commands")
        elif not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(snapshot), self._left)

    async def _leave_idle(self) -> None:
        if not self.owner:
            self.exit(Leave.DETACHED)
        elif await self.ask("shutdown") is not None:
            self._ending = True
            if self.room.has_takes:
                self.say("finishing; q leaves at once")
            else:
                self.exit(Leave.STOPPED)

    def _left(self, how: Leave | None) -> None:
        if how is not None:
            self.exit(how)
        else:
            self._show_end()

    # ── pages, see model/keys.py ─────────────────────────────────────────────────────────

    def action_alarms(self) -> None:
        """Open the page of alarms."""
        self.push_screen(AlarmsScreen())

    def action_uploads(self) -> None:
        """Open the page of uploads."""
        if self.room.snapshot is not None:
            self.push_screen(UploadsScreen(Path(self.room.snapshot.sidecar), self._live))

    def action_nodes(self) -> None:
        """Open the page of nodes."""
        self.push_screen(NodesScreen())

    def action_past(self) -> None:
        """Open the page of past sessions, those in the folder of this one; or go back to it."""
        if self.room.snapshot is not None:
            self.show_past([Path(self.room.snapshot.output)])

    def _live(self) -> RoomSnapshot | None:
        return None if self.room.gone else self.room.snapshot

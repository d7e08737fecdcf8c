"""The dashboard: follows one engine and routes keys to it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from ...core.errors import ControlError
from ...core.ipc.control_messages import Verb
from ...core.model import Event, EventType, RoomSnapshot, StreamSnapshot
from ..text.words import recordings
from .bindings import bindings
from .client import EngineClient
from .leave import Leave
from .model.glyphs import ASCII, UNICODE
from .model.history import History
from .model.keys import Scope
from .model.pace import Pace
from .model.terminal import Colors, Terminal, detect
from .palette import key_commands
from .screens import actions
from .screens.base import Follower
from .screens.dashboard import DashboardScreen
from .themes import THEMES, role_defaults, theme_for
from .widgets.scrollbars import use_scrollbars

KEPT_EVENTS = 500
STALE = 5.0
"""Seconds without a snapshot after which the screen says that it is old."""
_LOOK = 1.0
_SHORTEST = 0.001


class RoomApp(App[Leave], inherit_bindings=False):
    """The dashboard of one room.

    Args:
        client: The engine; whoever made it closes it.
        room: Shown until the first snapshot comes.
        terminal: What the terminal can do; read from the environment if not given.
        theme: Name of a theme; one that fits the terminal if empty.
        interval: Seconds between repaints of mere numbers.
        owner: Leaving while nothing is recorded ends the engine too.
    """

    TITLE = "roomdeck"
    # Textual does not load the style sheets of a default screen.
    CSS_PATH: ClassVar = [f"../../styles/{name}.tcss" for name in ("app", "dashboard", "situation")]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.EVERYWHERE)]

    def __init__(
        self,
        client: EngineClient,
        *,
        room: str = "",
        terminal: Terminal | None = None,
        theme: str = "",
        interval: float = 1.0,
        owner: bool = True,
    ) -> None:
        self.terminal = terminal or detect(os.environ)
        # Textual chooses how it removes colours here: by its grey filter, the terminal's own
        # colours would become black on black.
        super().__init__(ansi_color=True if self.terminal.colors is Colors.NONE else None)
        self.client = client
        self.room = room
        self.owner = owner
        self.glyphs = ASCII if self.terminal.ascii else UNICODE
        self.snapshot: RoomSnapshot | None = None
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.history = History()
        self.gone = False
        """The engine does not answer any more."""
        self.ended = False
        """It has said that all files are closed."""
        self._wanted_theme = theme
        self._heard = time.monotonic()
        self._pace = Pace(interval)
        self._drawing: Timer | None = None
        self._urgent = False
        self._dashboard = DashboardScreen()

    # ── what screens ask ─────────────────────────────────────────────────────────────────

    def age(self) -> float:
        """Return the seconds since the last snapshot came, or since the start."""
        return time.monotonic() - self._heard

    def stream(self, name: str) -> StreamSnapshot | None:
        """Return a stream of the last snapshot."""
        streams = self.snapshot.streams if self.snapshot else ()
        return next((stream for stream in streams if stream.stream == name), None)

    def recording(self) -> list[StreamSnapshot]:
        """Return the streams whose files are open."""
        streams = self.snapshot.streams if self.snapshot else ()
        return list(recordings(streams))

    def targets(self) -> tuple[str, ...]:
        """Return the streams that keys act on: the marked rows, else the cursor's."""
        top = self.screen
        chosen = top.targets() if isinstance(top, Follower) else None
        return self._dashboard.targets() if chosen is None else chosen

    # ── what screens say ─────────────────────────────────────────────────────────────────

    def say(self, text: str, level: str = "info", stream: str = "") -> None:
        """Enter a line of our own into the events."""
        event = Event(seq=0, time=time.time(), type="screen", stream=stream, level=level, text=text)
        self.events.append(event)
        self._draw_soon(urgent=True)

    def tell(self, verb: Verb, streams: tuple[str, ...], text: str = "") -> None:
        """Have the engine do something; what it did comes as events."""
        self.run_worker(self.ask(verb, streams, text), group="commands")

    async def ask(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str | None:
        """Have the engine do something and return its answer; ``None`` is a refusal."""
        try:
            return await self.client.command(verb, streams, text)
        except ControlError as error:
            self.say(f"{verb}: {error}", "error")
            self.notify(str(error), title=f"{verb} failed", severity="error", markup=False)
            return None

    # ── following the engine ─────────────────────────────────────────────────────────────

    def get_default_screen(self) -> Screen[Any]:
        """Show the dashboard first."""
        return self._dashboard

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the colours that ours name."""
        return role_defaults(self.current_theme)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every key in the command palette, and the themes."""
        yield from key_commands(self, screen)
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)

    def on_mount(self) -> None:
        """Fit the terminal and follow the engine."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._wanted_theme or theme_for(self.terminal)
        use_scrollbars(self.terminal.ascii)
        if not self.terminal.animation:
            self.animation_level = "none"
        self.run_worker(self._follow(), group="follow")
        self.set_interval(_LOOK, self._look)

    async def _follow(self) -> None:
        async for update in self.client.updates():
            if isinstance(update, Event):
                self._take_event(update)
            else:
                self._take_snapshot(update)
        self.gone = True
        self._draw_soon(urgent=True)

    def _take_event(self, event: Event) -> None:
        self.events.append(event)
        self.history.note(event)
        self.ended |= event.type == EventType.ENGINE_END
        self._draw_soon(urgent=True)

    def _take_snapshot(self, snapshot: RoomSnapshot) -> None:
        urgent = self.snapshot is None or _outline(self.snapshot) != _outline(snapshot)
        self.snapshot, self._heard = snapshot, time.monotonic()
        self.history.add(snapshot)
        self._draw_soon(urgent)

    def _draw_soon(self, urgent: bool) -> None:
        if self._drawing is not None:
            if self._urgent or not urgent:
                return
            self._drawing.stop()
        # A timer of no length would divide by zero.
        wait = max(_SHORTEST, self._pace.wait(urgent, time.monotonic()))
        self._urgent = urgent
        self._drawing = self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        self._drawing = None
        self._pace.drawn(time.monotonic())
        # While the app leaves, its screens go before its timers do.
        top = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(top, Follower):
            top.room_changed()

    def _look(self) -> None:
        """Notice that nothing comes any more; screens say so."""
        if self.snapshot is None or self.age() > STALE:
            self._draw_soon(urgent=False)

    # ── keys that work on every screen, see keys.py ──────────────────────────────────────

    def action_record(self) -> None:
        """Record the targets."""
        actions.record(self)

    def action_stop(self) -> None:
        """Ask, then stop the targets."""
        actions.stop(self)

    def action_exclude(self) -> None:
        """Exclude the targets, or include them again."""
        actions.exclude(self)

    def action_split(self) -> None:
        """Go on in new files."""
        actions.split(self)

    def action_marker(self) -> None:
        """Ask for a text and enter it into the engine's log."""
        actions.marker(self)

    def action_copy_path(self) -> None:
        """Copy the path of the first target's file."""
        actions.copy_path(self)

    def action_record_all(self) -> None:
        """Record everything that is not excluded."""
        actions.record_all(self)

    def action_stop_all(self) -> None:
        """Ask for a typed yes, then stop everything."""
        actions.stop_all(self)

    def action_detail(self, stream: str) -> None:
        """Open the page of a stream."""
        from .screens.detail import DetailScreen

        self.push_screen(DetailScreen(stream))

    def action_events(self) -> None:
        """Open the page of all events."""
        from .screens.events import EventsScreen

        self.push_screen(EventsScreen())

    def action_help(self) -> None:
        """Open the help page."""
        from .screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def on_resize(self, event: Resize) -> None:
        """Fit the terminal."""
        self.fit(event.size)

    def fit(self, size: Size) -> None:
        """Cover everything while there is no room for it; questions fit anywhere."""
        from .screens.dialog import Dialog
        from .screens.small import SmallScreen, too_small

        covered = isinstance(self.screen, SmallScreen)
        if covered and not too_small(size):
            self.pop_screen()
        elif too_small(size) and not covered and not isinstance(self.screen, Dialog):
            self.push_screen(SmallScreen())

    def action_leave(self) -> None:
        """Leave, or ask what is to become of the recordings."""
        actions.leave(self)


def _outline(snapshot: RoomSnapshot) -> tuple[object, ...]:
    """Return what is worth an early repaint when it changes."""
    return (
        snapshot.link,
        tuple((stream.stream, stream.state, stream.label) for stream in snapshot.streams),
    )

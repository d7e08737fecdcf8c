"""What the app and its screens know of each other; either imports this, and neither the other.

`Deck` is what screens of any app have, `Host` is the one that follows a room.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from textual import getters
from textual.screen import Screen
from textual.timer import Timer

from ...core.errors import ControlError
from ...core.ipc.control_messages import Verb
from ...core.model import Event, EventLevel, EventType, SoundMeter
from .client import EngineClient
from .dress import Dressed
from .leave import Leave
from .model.choices import Choices
from .model.pace import Pace
from .model.room import KnownRoom
from .model.terminal import Terminal
from .past.delivering import Delivering

_SHORTEST = 0.001
_BEHIND = 1.1
"""How much later meters alone are drawn where all is about to be."""


class Deck(Dressed[Leave]):
    """What screens may have that need no room.

    Args:
        terminal: What the terminal can do.
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self.delivering: Delivering | None = None
        """The delivery that goes on, or the last one."""

    def deliver(self, sidecar: Path, preset: str) -> Delivering:
        """Begin to deliver a session; it goes on until it is done, whatever is on the screen."""
        begun = self.delivering = Delivering(sidecar, preset)
        self.run_worker(begun.run(), group="delivery")
        return begun

    @property
    def delivers(self) -> bool:
        """Whether a delivery goes on."""
        return self.delivering is not None and self.delivering.running

    @property
    def top(self) -> Screen[Any] | None:
        """The screen on top; while the app leaves, screens go before its timers do."""
        return self.screen_stack[-1] if self.is_running and self.screen_stack else None

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text (OSC 52), also a path that is no UTF-8: as the bytes that it is."""
        self._clipboard = text
        self.send(f"\x1b]52;c;{base64.b64encode(os.fsencode(text)).decode()}\a")

    def send(self, sequence: str) -> None:
        """Write to the terminal what Textual knows nothing of, after all that was drawn."""
        if sequence and self._driver is not None and not self._driver.is_headless:
            self._driver.write(sequence)


class Host(Deck):
    """What screens of a room may read, and may ask for.

    Args:
        client: The engine; whoever made it closes it.
        room: Its name, shown until the first snapshot comes.
        terminal: What the terminal can do.
        interval: Seconds between repaints of mere numbers.
        log: Path of the engine's log, where it has one.
        rings: The terminal's bell may be rung.
        choices: What was chosen the last time.
        keep: Keeps what is chosen for the next one; may take its time.
    """

    def __init__(
        self,
        client: EngineClient,
        room: str,
        terminal: Terminal,
        interval: float,
        log: str,
        rings: bool,
        choices: Choices,
        keep: Callable[[Choices], None],
    ) -> None:
        super().__init__(terminal)
        self.client = client
        self.room = KnownRoom(room, time.monotonic(), log)
        self.rings = rings
        self.choices = choices
        self._keep = keep
        self._pace = Pace(interval)
        self._listening = interval / 2
        self._drawn_at = 0.0
        self._hearing: Timer | None = None
        self._drawing: Timer | None = None
        self._urgent = False

    def say(self, text: str, level: EventLevel = EventLevel.INFO, stream: str = "") -> None:
        """Enter a line of our own into the events."""
        now, kind = time.time(), EventType.SCREEN
        event = Event(seq=0, time=now, type=kind, stream=stream, level=level, text=text)
        self.room.events.append(event)
        self.draw_soon(urgent=True)

    def choose(self, choices: Choices) -> None:
        """Have the next dashboard begin with these."""
        if choices != self.choices:
            self.choices = choices
            keep = partial(self._keep, choices)
            self.run_worker(keep, thread=True, exclusive=True, group="choices")

    def tell(self, verb: Verb, streams: tuple[str, ...], text: str = "") -> None:
        """Have the engine do something; what it did comes as events."""
        self.run_worker(self.ask(verb, streams, text), group="commands")

    async def ask(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str | None:
        """Have the engine do something and return its answer; ``None`` is a refusal."""
        try:
            return await self.client.command(verb, streams, text)
        except ControlError as error:
            self.say(f"{verb}: {error}", EventLevel.ERROR)
            self.notify(str(error), title=f"{verb} failed", severity="error", markup=False)
            return None

    def draw_soon(self, urgent: bool) -> None:
        """Tell the screen on top before long that there is something new."""
        if self._drawing is not None:
            if self._urgent or not urgent:
                return
            self._drawing.stop()
        # A timer of no length would divide by zero.
        wait = max(_SHORTEST, self._pace.wait(urgent, time.monotonic()))
        self._urgent = urgent
        self._drawing = self.set_timer(wait, self.draw_now)

    def draw_now(self) -> None:
        """Tell the screen on top that there is something new."""
        self._drawing = None
        if self._hearing is not None:
            # What is drawn now has what was heard.
            self._hearing.stop()
            self._hearing = None
        self._drawn_at = time.monotonic()
        self._pace.drawn(self._drawn_at)
        # The parts of a screen that was just opened come after it.
        top = self.top
        if isinstance(top, Follower) and top.is_mounted:
            top.room_changed()

    def hear(self, sound: Mapping[str, SoundMeter]) -> None:
        """Streams are so loud; may be called by whatever task of this loop."""
        # A timer works only where it was started in the app's own context.
        self.call_later(self._hear, sound)

    def _hear(self, sound: Mapping[str, SoundMeter]) -> None:
        """Take it; what several workers tell is drawn together."""
        self.room.hear(sound)
        if self._hearing is None:
            # Half way from one picture of all to the next, which has what was heard till then.
            since = time.monotonic() - self._drawn_at
            turns = since // self._listening + 1
            wait = turns * self._listening * (1 if turns == 1 else _BEHIND) - since
            self._hearing = self.set_timer(max(_SHORTEST, wait), self._draw_sound)

    def _draw_sound(self) -> None:
        self._hearing = None
        top = self.top
        if isinstance(top, Follower) and top.is_mounted:
            top.sound_changed()


class Follower:
    """Mixed into a screen: the app tells the one on top when there is something new.

    A screen that was covered draws itself anew when it is on top again (``on_screen_resume``).
    """

    app = getters.app(Host)

    def room_changed(self) -> None:
        """A snapshot or events came, or the engine went; at most a few times a second."""

    def sound_changed(self) -> None:
        """Some streams are louder or quieter than they were; twice a second."""

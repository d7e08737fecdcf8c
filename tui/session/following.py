"""Follows an engine and remembers what a person should be told when the screen is left."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import msgspec

from ...core.errors import UNDECODABLE, ControlError
from ...core.ipc.control_client import ControlClient
from ...core.ipc.control_messages import Verb
from ...core.ipc.room_folder import RoomFolder
from ...core.model import (
    STILL,
    Event,
    EventLevel,
    EventType,
    Outcome,
    Picture,
    RoomSnapshot,
    SignalingState,
    Size,
    SoundMeter,
)
from ..exits import Exit, exit_of

SUCCESSION = 30.0
"""Seconds within which another engine has taken over from one that is gone, or none will."""
_LOOK = 0.5
_SEEN = "seen.json"
_KEPT = 2000


class _Seen(msgspec.Struct, frozen=True):
    """When somebody last looked at a room."""

    started: float
    """Of its session, which names it."""
    elapsed: float


class Following:
    """A client of an engine, for a screen or for lines; outlives either.

    Args:
        client: Whoever made it closes it.
        folder: Of the room; remembers when somebody last looked.
    """

    def __init__(self, client: ControlClient, folder: RoomFolder) -> None:
        self.folder = folder
        self.last: RoomSnapshot | None = None
        self.events: deque[Event] = deque(maxlen=_KEPT)
        self.over = False
        """It does not answer any more."""
        self.joined = False
        """It was in the room."""
        self.greeting: list[str] = []
        """Lines that the screen should begin with, after the kept events."""
        self._outcome: Outcome | None = None
        self._client = client
        self._gone = False
        """The engine is, and none that took over is known yet."""
        self._ending = False
        """Somebody asked for the end: an engine that takes over is told so, too."""
        self._heard: Callable[[Mapping[str, SoundMeter]], None] | None = None
        self._successor: ControlClient | None = None
        self._known: set[tuple[int, float]] = set()
        """Numbers and times of events that one that took over tells again."""
        self._early: list[RoomSnapshot | Event] = []

    async def command(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str:
        """Ask the engine for something and return its answer in words.

        Raises:
            ControlError: It refuses, or went away before it answered.
        """
        self._ending |= verb == "shutdown"
        return await self._client.command(verb, streams, text)

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        """Return a small picture of a stream's last key frame, if there is one.

        Raises:
            ControlError: There is no such stream, its key frame does not decode, or the engine
                went away.
        """
        return await self._client.still(stream, size)

    async def listen(self, heard: Callable[[Mapping[str, SoundMeter]], None]) -> None:
        """Have it called twice a second with how loud streams are; by whatever engine there is.

        Raises:
            ControlError: The engine went away.
        """
        self._heard = heard
        await self._client.listen(heard)

    async def catch_up(self) -> RoomSnapshot:
        """Wait for the kept events and the first snapshot; `updates` gives them again.

        Raises:
            ControlError: The engine went away before it sent one.
        """
        if self.last is not None:
            return self.last
        async for update in self._ahead():
            if isinstance(update, RoomSnapshot):
                return update
        self.over = True
        raise ControlError("the engine went away")

    async def enter(self) -> str:
        """Wait until an engine that was just started is in the room; `updates` gives all again.

        Returns:
            Why it is not, if it is not; it goes on trying.

        Raises:
            ControlError: It went away.
        """
        async for update in self._ahead():
            if isinstance(update, RoomSnapshot):
                if update.link is SignalingState.JOINED:
                    return ""
            elif update.type == EventType.LINK_JOINED:
                return ""
            elif update.type == EventType.LINK_LOST:
                return str(update.data.get("reason") or update.text)
        self.over = True
        raise ControlError("the engine went away")

    async def _ahead(self) -> AsyncIterator[RoomSnapshot | Event]:
        async for update in self._heard_now():
            self._early.append(update)
            yield update

    async def _heard_now(self) -> AsyncIterator[RoomSnapshot | Event]:
        async for update in self._client.updates():
            if isinstance(update, Event) and (update.seq, update.time) in self._known:
                continue
            self._note(update)
            yield update

    async def updates(self) -> AsyncIterator[RoomSnapshot | Event]:
        """Yield snapshots and events until the engine leaves; may be called again."""
        while self._early:
            yield self._early.pop(0)
        while self.greeting:
            yield self._event(self.greeting.pop(0))
        while not self.over:
            if not self._gone:
                async for update in self._heard_now():
                    yield update
                self.over = self._outcome is not None
                if self.over:
                    break
                self._gone = True
                yield self._say("the engine is gone; its workers record on, and start another one")
            if await self._follow_successor():
                yield self._say("another engine has taken over")

    async def _follow_successor(self) -> bool:
        """Wait for the engine that takes over; return whether there is one."""
        deadline = time.monotonic() + SUCCESSION
        while time.monotonic() < deadline and self.folder.has_workers():
            with contextlib.suppress(ControlError):
                client = await ControlClient.connect(self.folder)
                if self._successor is not None:
                    await self._successor.close()
                self._client = self._successor = client
                self._known = {(event.seq, event.time) for event in self.events}
                self._gone = False
                if self._heard is not None:
                    await client.listen(self._heard)
                if self._ending:
                    await client.command("shutdown")
                return True
            await asyncio.sleep(_LOOK)
        self.over = True
        return False

    def _say(self, text: str) -> Event:
        event = self._event(text, EventLevel.WARNING)
        self.events.append(event)
        return event

    def _event(self, text: str, level: EventLevel = EventLevel.INFO) -> Event:
        elapsed, now = self.last.elapsed if self.last else 0.0, time.time()
        return Event(
            seq=0, time=now, elapsed=elapsed, type=EventType.SCREEN, level=level, text=text
        )

    async def finish(self, say: Callable[[Event], None] = lambda event: None) -> None:
        """Wait until the engine has left; tell of what happens until then."""
        async for update in self.updates():
            if isinstance(update, Event):
                say(update)

    def looked(self) -> None:
        """Remember that somebody saw everything until now."""
        if self.last is not None and not self.over:
            seen = msgspec.json.encode(_Seen(self.last.started, self.last.elapsed))
            try:
                self._seen.write_bytes(seen)
            except OSError:
                # The next attach tells a little more than it must.
                return

    def last_looked(self) -> float | None:
        """Return when somebody last looked, in seconds since the session began, if known."""
        try:
            seen = msgspec.json.decode(self._seen.read_bytes(), type=_Seen)
        except (OSError, *UNDECODABLE):
            return None
        same = self.last is not None and self.last.started == seen.started
        return seen.elapsed if same else None

    def signal_engine(self) -> None:
        """Have the engine finish every file and end; the second time, within two seconds.

        Needs no event loop, unlike the command: from a signal handler, too. Where it has ended,
        the room's engine is somebody else's by now.
        """
        self._ending = True
        if not self.over:
            self.folder.signal_engine()

    def exit_status(self) -> Exit:
        """Return the exit status of a recording that has ended.

        Raises:
            ControlError: The engine did not say so.
        """
        if self._outcome is None:
            raise ControlError(
                "lost the engine; see whether one runs with: roomdeck status. If there is none, "
                "its workers go on recording, and the same command takes over"
            )
        return exit_of(self._outcome)

    @property
    def _seen(self) -> Path:
        return self.folder.path / _SEEN

    def _note(self, update: RoomSnapshot | Event) -> None:
        if isinstance(update, RoomSnapshot):
            self.last = update
            self.joined |= update.link is SignalingState.JOINED
            return
        self.events.append(update)
        if update.type == EventType.ENGINE_END:
            self._outcome = msgspec.convert(update.data, Outcome)

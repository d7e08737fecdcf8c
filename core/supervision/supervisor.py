"""Keeps rooms being recorded: an engine for each, adopted or started, and ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Generator, Sequence

import msgspec

from .. import locks
from ..config import RecordConfig
from ..errors import ControlError, RoomdeckError, UsageError
from ..ipc.control_client import ControlClient
from ..ipc.launch import launch
from ..ipc.orphans import stop_orphans_in
from ..ipc.room_folder import RoomFolder
from ..ipc.runtime_folder import runtime_directory
from ..model import Event, EventType, Outcome, RoomSnapshot
from ..systemd import notify
from .keeper import Keeper, Order, State
from .schedule import Times, Window

LOOK = 1.0
"""Seconds between two looks at the clock."""
SPARE = 3600.0
"""Seconds after its time at which an engine ends by itself, where nobody is left to end it."""


class Room(msgspec.Struct, frozen=True):
    """A room as it is to be kept."""

    config: RecordConfig
    times: Times = Times()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.room.name

    @property
    def key(self) -> str:
        """What tells it from others: where its engine is found."""
        return str(RoomFolder.of(self.config.room).path)


class Listener:
    """Is told what happens; does nothing itself."""

    def said(self, room: str, text: str) -> None:
        """Take note of what became of a room."""

    def update(self, room: str, update: Event | RoomSnapshot) -> None:
        """Take what a room's engine tells."""

    def ended(self, room: str, outcome: Outcome) -> None:
        """Take note of what became of a recording."""


class Supervisor:
    """Keeps rooms.

    Args:
        rooms: No two the same.
        listener: Is told.
    """

    def __init__(self, rooms: Sequence[Room], listener: Listener) -> None:
        self._listener = listener
        self._stopping = asyncio.Event()
        self._kept = {room.key: _Kept(room, listener) for room in rooms}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def stop(self) -> None:
        """Have every engine finish its files and end; at the second time, within two seconds."""
        for kept in self._kept.values():
            if self._stopping.is_set():
                kept.hurry()
            kept.leave()
        self._stopping.set()
        notify("STOPPING=1")

    def change(self, rooms: Sequence[Room]) -> None:
        """Keep these from now on: others end, and what is recorded goes on as it is."""
        if self._stopping.is_set():
            return
        wanted = {room.key: room for room in rooms}
        for key in self._kept.keys() - wanted.keys():
            gone = self._kept.pop(key)
            self._leaving[key] = self._tasks.pop(key)
            gone.leave()
        for key, room in wanted.items():
            if key in self._kept:
                self._kept[key].change(room)
            else:
                self._begin(key, _Kept(room, self._listener))

    async def run(self) -> None:
        """Keep them until `stop`.

        Raises:
            UsageError: Somebody keeps rooms already.
        """
        with _alone():
            for key, kept in list(self._kept.items()):
                self._begin(key, kept)
            notify("READY=1")
            while not self._stopping.is_set():
                notify(f"STATUS={self._status()}")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._stopping.wait()
            await asyncio.gather(*self._tasks.values(), *self._leaving.values())

    def _begin(self, key: str, kept: _Kept) -> None:
        self._kept[key] = kept
        running = kept.run(self._leaving.get(key))
        self._tasks[key] = asyncio.create_task(running, name=f"room {kept.room.name}")

    def _status(self) -> str:
        going = [one.room.name for one in self._kept.values() if one.recording]
        said = f"{len(going)} of {len(self._kept)} rooms are recorded"
        return f"{said}: {', '.join(going)}" if going else said


class _Kept:
    """One room, and the engine that it has."""

    def __init__(self, room: Room, listener: Listener) -> None:
        self.room = room
        self._listener = listener
        self._left = asyncio.Event()
        self._keeper = Keeper(room.times)
        self._folder = RoomFolder.of(room.config.room)
        self._client: ControlClient | None = None
        self._up = asyncio.Event()
        """Set when its engine is there, or does not come."""
        self._going: asyncio.Task[None] | None = None

    @property
    def recording(self) -> bool:
        """Whether its engine runs."""
        return self._client is not None

    def change(self, room: Room) -> None:
        """Take other options for its next engine, and other times at once."""
        self.room, self._keeper.times = room, room.times

    def leave(self) -> None:
        """Keep it no more: have its engine end."""
        self._left.set()

    def hurry(self) -> None:
        """Have its engine wait no longer than two seconds for its files."""
        self._folder.signal_engine()

    async def run(self, before: asyncio.Task[None] | None) -> None:
        """Keep it until it is left.

        Args:
            before: Ends an engine of the same room, which is not to be adopted any more.
        """
        if before is not None:
            await asyncio.wait([before])
        while not self._left.is_set():
            order = self._keeper.look(time.time(), time.monotonic())
            if order is Order.START:
                self._going = asyncio.create_task(self._go())
            elif order is Order.STOP:
                self._tell("its time is over")
                await self._end()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._left.wait()
        if self._keeper.state in (State.GOING, State.PAUSING):
            self._keeper.state = State.STOPPING
            await self._end()

    async def _end(self) -> None:
        """Ask its engine to end, once it is up, and wait until it has.

        Where it went without a word, its workers, and the engine that one of them may have started.
        """
        if self._going is not None:
            await self._up.wait()
            with contextlib.suppress(ControlError):
                if self._client is not None:
                    await self._client.command("shutdown")
            await self._going
        while self._keeper.state is State.STOPPING:
            if self._folder.path.is_dir():
                await stop_orphans_in(self._folder)
            try:
                client = await ControlClient.connect(self._folder)
            except ControlError:
                self._keeper.ended()
                return
            with contextlib.suppress(ControlError):
                await client.command("shutdown")
            await self._follow(client)
            if self._keeper.state is State.STOPPING:
                await asyncio.sleep(LOOK)

    async def _go(self) -> None:
        """Have an engine, and follow it to its end."""
        self._up.clear()
        try:
            adopted = await self._running()
            client = self._client = adopted or await self._start()
        except (RoomdeckError, OSError) as error:
            self._failed(f"did not start: {error}")
            return
        finally:
            self._up.set()
        self._keeper.came_up(time.monotonic())
        await self._follow(client, anew=adopted is None)
        self._client = None

    async def _follow(self, client: ControlClient, anew: bool = True) -> None:
        """Pass on what an engine tells, and take note of how that ended."""
        try:
            outcome = await self._pass_on(client, anew)
        except RoomdeckError as error:
            self._failed(f"its engine is not understood: {error}")
            return
        if outcome is None:
            self._failed("its engine is gone; what it recorded goes on")
            return
        asked = self._keeper.state is State.STOPPING
        self._keeper.ended()
        self._listener.ended(self.room.name, outcome)
        self._tell("ended" if asked else "was ended, and stays so until its next time")

    async def _pass_on(self, client: ControlClient, anew: bool) -> Outcome | None:
        """Pass on what an engine tells, until it has ended, or is gone without a word.

        Args:
            client: Of the engine.
            anew: Also what happened before its first snapshot, which others passed on otherwise.

        Raises:
            ProtocolError: It is one of another version.
        """
        outcome: Outcome | None = None
        try:
            async for update in client.updates():
                anew = anew or isinstance(update, RoomSnapshot)
                if anew:
                    self._listener.update(self.room.name, update)
                if isinstance(update, Event) and update.type == EventType.ENGINE_END:
                    outcome = msgspec.convert(update.data, Outcome)
        finally:
            await client.close()
        return outcome

    async def _running(self) -> ControlClient | None:
        """Adopt the engine that runs, if one does."""
        with contextlib.suppress(ControlError):
            client = await ControlClient.connect(self._folder)
            self._tell(f"is recorded already, and looked after from now on, {self.room.times}")
            return client
        return None

    async def _start(self) -> ControlClient:
        """Start an engine.

        Raises:
            RoomdeckError: It does not come up.
        """
        client = await launch(_until(self.room.config, self._keeper.window, time.time()))
        self._tell(f"is recorded, {self.room.times}")
        return client

    def _failed(self, text: str) -> None:
        pause = self._keeper.failed(time.monotonic())
        self._tell(text if pause is None else f"{text}; again in {pause:.0f} s")

    def _tell(self, text: str) -> None:
        self._listener.said(self.room.name, text)


def _until(config: RecordConfig, window: Window | None, now: float) -> RecordConfig:
    """Have an engine end by itself some time after its window, should nobody be left to end it."""
    if window is None or window.end == float("inf"):
        return config
    left = window.end - now + SPARE
    seconds = left if config.seconds is None else min(config.seconds, left)
    return msgspec.structs.replace(config, seconds=seconds)


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """Be the only one of this user that keeps rooms.

    Raises:
        UsageError: There is one.
    """
    base = runtime_directory()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locks.alone(base / "rooms.lock") as mine:
        if not mine:
            raise UsageError(
                "rooms are kept already: another roomdeck rooms runs, perhaps as a service"
            )
        yield

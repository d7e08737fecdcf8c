"""A client of an engine: commands out, snapshots and events in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ..errors import ControlError, ProtocolError, SilentError
from ..model import (
    STILL,
    Event,
    EventLevel,
    EventType,
    Picture,
    RoomSnapshot,
    Size,
    SoundMeter,
    UploadsSnapshot,
)
from .control_messages import (
    MAX_FRAME,
    EventUpdate,
    News,
    Reply,
    Request,
    SnapshotUpdate,
    SoundUpdate,
    Verb,
    decode_update,
    encode,
)
from .room_folder import RoomFolder, room_folders

ANSWERS = 10.0
"""Seconds after which an engine that did not answer hangs."""


class ControlClient:
    """One connection to a running engine."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._updates: asyncio.Queue[RoomSnapshot | Event | None] = asyncio.Queue()
        self._heard: Callable[[Mapping[str, SoundMeter]], None] = lambda streams: None
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, folder: RoomFolder) -> ControlClient:
        """Connect to the engine of a room.

        Raises:
            SilentError: There is one, and it does not answer.
            ControlError: There is none.
        """
        try:
            socket = await unix_connect(
                str(folder.control_socket),
                max_size=MAX_FRAME,
                proxy=None,
                compression=None,
                open_timeout=ANSWERS,
            )
        except TimeoutError:
            raise SilentError(silence(folder)) from None
        except (OSError, InvalidHandshake):
            raise ControlError("no roomdeck engine is running for this room") from None
        return cls(socket)

    async def __aenter__(self) -> ControlClient:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; the engine goes on."""
        await self.close()

    async def close(self) -> None:
        """Leave; the engine goes on."""
        await self._socket.close()
        await self._reader

    async def command(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str:
        """Ask the engine for something and return its answer in words.

        Raises:
            ControlError: It refuses, or went away before it answered.
        """
        number = next(self._numbers)
        request = Request(number=number, command=verb, streams=streams, text=text)
        return (await self._send(request)).text

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        """Return a small picture of a stream's last key frame, if there is one.

        Args:
            stream: Of which.
            size: Into which it has to fit.

        Raises:
            ControlError: There is no such stream, its key frame does not decode, or the engine
                went away.
        """
        number = next(self._numbers)
        request = Request(number=number, command="still", streams=(stream,), size=size)
        return (await self._send(request)).picture

    async def greet(self) -> None:
        """Say that an attendant is here, and hears.

        Raises:
            ControlError: The engine went away.
        """
        await self._send(News(number=next(self._numbers)))

    async def listen(self, heard: Callable[[Mapping[str, SoundMeter]], None]) -> None:
        """Be told twice a second how loud streams are, between snapshots.

        Args:
            heard: Called with what is new, by stream.

        Raises:
            ControlError: The engine went away.
        """
        self._heard = heard
        await self._send(Request(number=next(self._numbers), command="status", sound=True))

    async def tell(
        self,
        kind: EventType,
        text: str,
        stream: str = "",
        level: EventLevel = EventLevel.INFO,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Have all hear of something.

        Raises:
            ControlError: The engine does not take it, or went away.
        """
        number = next(self._numbers)
        await self._send(
            News(number=number, event=kind, text=text, stream=stream, level=level, data=data or {})
        )

    async def show(self, uploads: UploadsSnapshot) -> None:
        """Have all see how far uploads are.

        Raises:
            ControlError: The engine went away.
        """
        await self._send(News(number=next(self._numbers), uploads=uploads))

    async def _send(self, request: Request | News) -> Reply:
        """Send a request and wait for its reply.

        Raises:
            ControlError: It refuses, or went away before it answered.
        """
        number = request.number
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(encode(request))
            answer = await reply
        except ConnectionClosed:
            raise ControlError("the engine went away") from None
        finally:
            self._replies.pop(number, None)
        if not answer.ok:
            raise ControlError(answer.text)
        return answer

    async def updates(self) -> AsyncIterator[RoomSnapshot | Event]:
        """Yield snapshots and events until the engine leaves."""
        while (update := await self._updates.get()) is not None:
            yield update

    async def snapshot(self) -> RoomSnapshot:
        """Return the next snapshot.

        Raises:
            ControlError: The engine left before it sent one.
        """
        async for update in self.updates():
            if isinstance(update, RoomSnapshot):
                return update
        raise ControlError("the engine went away")

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                self._receive(frame)
        except ConnectionClosed:
            pass
        finally:
            await self._socket.close()
            self._updates.put_nowait(None)
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(ControlError("the engine went away"))

    def _receive(self, frame: str | bytes) -> None:
        match decode_update(frame):
            case Reply() as reply:
                waiting = self._replies.get(reply.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
            case SnapshotUpdate(snapshot):
                self._updates.put_nowait(snapshot)
            case EventUpdate(event):
                self._updates.put_nowait(event)
            case SoundUpdate(streams):
                self._heard(streams)


class Engines(NamedTuple):
    """Those of this user."""

    answering: list[tuple[RoomFolder, RoomSnapshot]]
    silent: list[RoomFolder]


async def look_round(room: str | None = None) -> Engines:
    """Return every engine of this user, or those of one room."""
    found = Engines([], [])
    for folder in room_folders(room):
        try:
            async with await ControlClient.connect(folder) as client:
                snapshot = await client.snapshot()
        except SilentError:
            found.silent.append(folder)
        except ControlError:
            continue
        else:
            if room is None or snapshot.room == room:
                found.answering.append((folder, snapshot))
    return found


async def running_engines() -> list[tuple[RoomFolder, RoomSnapshot]]:
    """Return every engine of this user that answers, with its snapshot."""
    return (await look_round()).answering


async def has_engine(folder: RoomFolder, *, hung: bool = False) -> bool:
    """Whether an engine answers for a room, also one of another version.

    Args:
        folder: Of the room.
        hung: What is returned of one that is there and does not answer.
    """
    try:
        async with await ControlClient.connect(folder):
            return True
    except SilentError:
        return hung
    except ControlError:
        return False
    except ProtocolError:  # of another version
        return True


async def find_engine(room: str | None) -> RoomFolder:
    """Return the folder of the running engine for a room, or of the only one.

    Raises:
        ControlError: None runs or answers, or several do and the room does not tell which.
    """
    engines, silent = await look_round(room)
    if not engines and silent:
        raise SilentError(silence(silent[0]))
    if not engines:
        name = f" for room {room}" if room else ""
        raise ControlError(
            f"no roomdeck engine is running{name}; {await others()}start one with: roomdeck record"
        )
    if len(engines) > 1:
        names = ", ".join(f"{snapshot.room} on {snapshot.server}" for _, snapshot in engines)
        raise ControlError(f"several engines are running ({names}); say which room")
    return engines[0][0]


async def others() -> str:
    """Return which rooms are recorded, for who named another one; empty: none."""
    names = ", ".join(sorted({snapshot.room for _, snapshot in await running_engines()}))
    return f"what is recorded here: {names}; " if names else ""


def silence(folder: RoomFolder) -> str:
    """Return what to say of an engine that does not answer."""
    return (
        f"the engine of room {_room(folder)} does not answer: it hangs, or is stopped. Its workers "
        "record on, but nobody who comes; another engine takes over within about a minute, or "
        "with the same roomdeck record command"
    )


def _room(folder: RoomFolder) -> str:
    card = folder.read_card()
    return card.room if card else folder.path.name

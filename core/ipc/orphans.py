"""Workers that go on recording after their engine died."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl

import msgspec
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ..errors import ProtocolError
from . import worker_messages
from .control_client import has_engine
from .room_folder import RoomFolder, room_folders

HELLO_TIMEOUT = 10.0


class Orphan(msgspec.Struct, frozen=True):
    """A worker without an engine."""

    room: str
    pid: int
    streams: tuple[str, ...]


async def orphans(room: str | None) -> list[Orphan]:
    """Return the workers of all rooms, or of one, that no engine looks after."""
    return [orphan for folder in room_folders(room) for orphan in await _visit(folder, room, None)]


async def stop_orphans(room: str | None) -> int:
    """Tell such workers to finish their files and leave; return how many there were.

    Where one is starting another engine, that is waited for: it is stopped as any other.
    """
    return sum([await stop_orphans_in(folder, room) for folder in room_folders(room)])


async def stop_orphans_in(folder: RoomFolder, room: str | None = None) -> int:
    """Do so in one room's folder."""
    with folder.heir_lock.open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        return len(await _visit(folder, room, worker_messages.Shutdown()))


async def _visit(
    folder: RoomFolder, room: str | None, message: worker_messages.ToWorker | None
) -> list[Orphan]:
    # Whoever visits workers cuts their engine off, also one that hangs.
    if await has_engine(folder, hung=True):
        return []
    found: list[Orphan] = []
    for number in folder.workers():
        with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed, ProtocolError):
            path = str(folder.worker_socket(number))
            async with unix_connect(path, proxy=None, max_size=worker_messages.MAX_NEWS) as socket:
                async with asyncio.timeout(HELLO_TIMEOUT):
                    hello = worker_messages.decode_from_worker(await socket.recv())
                orphan = _orphan(hello)
                if orphan is None or room not in (None, orphan.room):
                    continue
                found.append(orphan)
                if message is not None:
                    await socket.send(worker_messages.encode(message))
    return found


def _orphan(hello: worker_messages.FromWorker) -> Orphan | None:
    if not isinstance(hello, worker_messages.Hello) or hello.settings is None:
        return None
    streams = tuple(status.stream for status in hello.streams if status.take)
    return Orphan(hello.settings.session.room, hello.pid, streams)

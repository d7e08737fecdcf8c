"""Reaches workers at their sockets: those just started, and those of an engine that is gone."""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ...errors import ProtocolError
from ...ipc import worker_messages
from ...ipc.room_folder import RoomFolder
from .handle import Process, WorkerHandle

PATIENCE = 30.0
"""Seconds that a worker may take to import its libraries on a busy machine."""


async def find(folder: RoomFolder) -> list[WorkerHandle]:
    """Return the workers of an engine that is gone; a socket that nobody serves is removed."""
    found: list[WorkerHandle] = []
    for number in folder.workers():
        handle = await connect(folder, number)
        if handle is None:
            folder.worker_socket(number).unlink(missing_ok=True)
        elif handle.hello.settings is None:
            await handle.close()
        else:
            found.append(handle)
    return found


async def connect(
    folder: RoomFolder, number: int, process: Process | None = None
) -> WorkerHandle | None:
    """Return the worker at a socket; ``None`` where none is, or one of another version.

    Args:
        folder: Where its socket is.
        number: Its number.
        process: Its process, where this engine started it.
    """
    path = str(folder.worker_socket(number))
    try:
        socket = await unix_connect(
            path, max_size=worker_messages.MAX_NEWS, proxy=None, compression=None
        )
    except (OSError, InvalidHandshake):
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            hello = worker_messages.decode_from_worker(await socket.recv())
    except (TimeoutError, ConnectionClosed, ProtocolError):
        hello = None
    if isinstance(hello, worker_messages.Hello):
        return WorkerHandle(socket, hello, process)
    await socket.close()
    return None

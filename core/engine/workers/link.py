"""What links with workers have in common, wherever those are: one websocket, and a hello first."""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from ...errors import ProtocolError
from ...ipc import worker_messages


class Link:
    """What is said to a worker and by it, over a websocket.

    Args:
        socket: The link to it.
        hello: What it said first.
        node: As of `WorkerLink`.
    """

    def __init__(
        self, socket: ClientConnection, hello: worker_messages.Hello, node: str = ""
    ) -> None:
        self.hello = hello
        self.left = False
        """Whether it ended the link itself, with its files finished."""
        self.superseded = False
        """Whether it did because another engine has it."""
        self.node = node
        self.silent = False
        self._socket = socket

    async def send(self, frame: str) -> None:
        """Say something; a worker that is gone does not hear it."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(frame)

    async def receive(self) -> str | bytes | None:
        """Wait for what it says next; ``None``: it is gone, or cannot be reached."""
        try:
            return await self._socket.recv()
        except ConnectionClosed as error:
            self.left = isinstance(error, ConnectionClosedOK)
            self.superseded = bool(error.rcvd and error.rcvd.code == worker_messages.SUPERSEDED)
            self._closed(error)
            return None

    async def close(self) -> None:
        """Leave it to itself."""
        await self._socket.close()

    def _closed(self, error: ConnectionClosed) -> None:
        """The link is over."""


async def greeting(socket: ClientConnection, patience: float) -> worker_messages.Hello | None:
    """Return what a worker says first; ``None``, and the link is closed, where that is nothing.

    Args:
        socket: The link to it.
        patience: Seconds that it may take.
    """
    try:
        async with asyncio.timeout(patience):
            hello = worker_messages.decode_from_worker(await socket.recv())
    except (TimeoutError, ConnectionClosed, ProtocolError):
        hello = None
    except asyncio.CancelledError:
        # Who gives up does not wait for its farewell.
        socket.transport.abort()
        raise
    if isinstance(hello, worker_messages.Hello):
        return msgspec.structs.replace(hello, heard=time.monotonic())
    await socket.close()
    return None

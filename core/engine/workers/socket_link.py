"""A worker of this machine at its socket: one just started, or one of an engine that is gone."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import InvalidHandshake

from ...ipc import worker_messages
from ...ipc.spare_worker import Spare
from . import processes
from .link import Link, greeting

PATIENCE = 30.0
"""Seconds that a worker may take to import its libraries on a busy machine."""
LAST_BREATH = 0.5
"""Seconds from the end of a worker's link to that of its process."""

Process: TypeAlias = asyncio.subprocess.Process | Spare


class SocketLink(Link):
    """One worker of this machine.

    Args:
        socket: The link to it.
        hello: What it said first.
        process: Its process, where this engine started it.
    """

    def __init__(
        self,
        socket: ClientConnection,
        hello: worker_messages.Hello,
        process: Process | None = None,
    ) -> None:
        super().__init__(socket, hello)
        self._process = process

    def waits_for_disk(self) -> bool:
        """Whether it waits for the system."""
        return processes.waits_for_disk(self.hello.pid)

    def dismiss(self) -> None:
        """Have it finish its files."""
        processes.dismiss(self.hello.pid)

    def kill(self) -> None:
        """End it."""
        processes.kill(self.hello.pid)

    async def exit_status(self) -> int | None:
        """Return how it ended; nobody tells of those that another engine started."""
        process = self._process
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_BREATH):
                while process is not None and process.returncode is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        return process.returncode if process is not None else None


async def connect(path: Path, process: Process | None = None) -> SocketLink | None:
    """Return the worker at a socket; ``None`` where none is, or one of another version.

    Args:
        path: Of the socket.
        process: Its process, where this engine started it.
    """
    try:
        socket = await unix_connect(
            str(path), max_size=worker_messages.MAX_NEWS, proxy=None, compression=None
        )
    except (OSError, InvalidHandshake):
        return None
    hello = await greeting(socket, PATIENCE)
    return SocketLink(socket, hello, process) if hello else None

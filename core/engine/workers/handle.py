"""One worker as the engine sees it: what it holds, what it says, how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Set
from enum import Enum, auto
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...ipc import worker_messages
from ...ipc.spare_worker import Spare
from ..room.suspicion import EVERYBODY
from .placement import Gauge
from .processes import dismiss

_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, 0)
"""Exit statuses of workers that did not end by themselves."""
BLOATED = 400_000_000
"""Bytes with which a worker that was killed is taken to have been killed for its memory."""
LAST_BREATH = 0.5
"""Seconds from the end of a worker's link to that of its process."""

Process: TypeAlias = asyncio.subprocess.Process | Spare


class Death(Enum):
    """How a worker ended."""

    LEFT = auto()
    """It finished its files, as somebody told it."""
    KILLED = auto()
    """Somebody killed it."""
    BROKE = auto()
    """By itself, or nobody knows."""
    HUNG = auto()
    """We killed it, as it said nothing any more."""


class WorkerHandle:
    """One worker as the engine sees it.

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
        self.number = hello.worker
        self.pid = hello.pid
        self.hello = hello
        self.gauge = Gauge((info.peer for info in hello.peers), time.monotonic())
        self.group = EVERYBODY
        self.leaving = False
        """It was told to."""
        self.death: Death | None = None
        """How it ended."""
        self.unheard = 0
        """Seconds of ours without a word of it."""
        self._socket = socket
        self._process = process

    @property
    def peers(self) -> Set[str]:
        """The connections that it holds."""
        return self.gauge.peers

    async def send(self, message: worker_messages.ToWorker) -> None:
        """Say something; a worker that is gone does not hear it."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(worker_messages.encode(message))

    async def receive(self) -> worker_messages.FromWorker:
        """Wait for what it says next.

        Raises:
            ConnectionClosed: It is gone.
            ProtocolError: It is of another version.
        """
        return worker_messages.decode_from_worker(await self._socket.recv())

    def note(self, message: worker_messages.FromWorker) -> None:
        """Keep what a message says about the worker, which lives."""
        self.unheard = 0
        match message:
            case worker_messages.Closed(peer):
                self.gauge.drop(peer)
            case worker_messages.Status(load=load):
                self.gauge.report(load, time.monotonic())
            case _:
                pass

    async def end(self, in_order: bool) -> None:
        """Find out how it ended, now that its link has.

        Args:
            in_order: It closed the link itself.
        """
        if not in_order:
            dismiss(self.pid)
        self.death = self.death or (Death.LEFT if in_order else await self._cause())

    async def close(self) -> None:
        """Leave it to itself."""
        await self._socket.close()

    async def _cause(self) -> Death:
        """Find out how it died; nobody tells of those that another engine started."""
        process = self._process
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_BREATH):
                while process is not None and process.returncode is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        status = process.returncode if process is not None else None
        if status in _FROM_OUTSIDE and self.gauge.last.memory < BLOATED:
            return Death.KILLED
        return Death.BROKE

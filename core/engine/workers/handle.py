"""One worker as the engine sees it: what it holds, what it says, how it ended."""

from __future__ import annotations

import signal
import time
from collections.abc import Set
from enum import Enum, auto

from ...ipc import worker_messages
from ...model import NodeClock
from ..room.suspicion import EVERYBODY
from .abroad import Abroad, is_abroad
from .fabric import WorkerLink
from .placement import Gauge

HANGS = 6
"""Seconds without a word after which a worker hangs: it reports every second."""

_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, 0)
"""Exit statuses of workers that did not end by themselves."""
BLOATED = 400_000_000
"""Bytes with which a worker that was killed is taken to have been killed for its memory."""


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
    UNREACHABLE = auto()
    """It may live, but its machine cannot be reached."""
    SUPERSEDED = auto()
    """It lives, and goes on for a later engine."""


class WorkerHandle:
    """One worker as the engine sees it.

    Args:
        link: What reaches it.
        session: For which it works.
    """

    def __init__(self, link: WorkerLink, session: worker_messages.Session) -> None:
        hello = link.hello
        self.number = hello.worker
        self.pid = hello.pid
        self.node = link.node
        self.gauge = Gauge((info.peer for info in hello.peers), time.monotonic())
        self.group = EVERYBODY
        self.leaving = False
        """It was told to."""
        self.death: Death | None = None
        """How it ended."""
        self._unheard = 0
        """Seconds of ours without a word of it."""
        self._link = link
        self._abroad = Abroad(link, session) if is_abroad(hello) else None

    @property
    def peers(self) -> Set[str]:
        """The connections that it holds."""
        return self.gauge.peers

    @property
    def hello(self) -> worker_messages.Hello:
        """What it said first."""
        return self._abroad.hello() if self._abroad else self._link.hello

    async def meet(self) -> None:
        """Find out how its clock stands, where that is another one.

        Raises:
            ControlError: It does not say so.
        """
        if self._abroad:
            await self._abroad.meet()

    @property
    def clock(self) -> NodeClock | None:
        """How the clock of its machine stands to ours; ``None``: it has not said, or is ours."""
        machine = self.gauge.last.machine
        return self._abroad.clock(machine) if self._abroad and machine else None

    async def ask_time(self) -> None:
        """Ask for its time, where its clock is another one; to be called once a second."""
        if self._abroad:
            await self._abroad.ask()

    async def send(self, message: worker_messages.ToWorker) -> None:
        """Say something; a worker that is gone does not hear it."""
        if self._abroad:
            await self._abroad.send(message)
        else:
            await self._link.send(worker_messages.encode(message))

    async def bequeath(self, heritage: worker_messages.Heritage) -> None:
        """Have it start another engine when we are gone.

        None on another machine does: it may be cut off from an engine that lives.
        """
        if not self.node:
            await self.send(heritage)

    async def receive(self) -> worker_messages.FromWorker | None:
        """Wait for what it says next; ``None``: it is gone.

        Raises:
            ProtocolError: It is of another version.
        """
        if self._abroad:
            return await self._abroad.receive()
        frame = await self._link.receive()
        return None if frame is None else worker_messages.decode_from_worker(frame)

    def note(self, message: worker_messages.FromWorker) -> None:
        """Keep what a message says about the worker, which lives."""
        self._unheard = 0
        match message:
            case worker_messages.Closed(peer):
                self.gauge.drop(peer)
            case worker_messages.Status(load=load):
                self.gauge.report(load, time.monotonic())
            case _:
                pass

    def told(self, message: worker_messages.FromWorker) -> worker_messages.Machine | None:
        """Return what a message says of its machine, where that is a node of a cluster."""
        if not self.node or not isinstance(message, worker_messages.Status):
            return None
        return message.load.machine

    def watch(self) -> None:
        """End it where it hangs; to be called once a second.

        The seconds are counted, not measured: those of a machine that sleeps are none. A worker
        whose disk is slow goes on speaking, as its event loop waits for no disk.
        """
        self._unheard += 1
        if self._unheard > HANGS and not self._link.waits_for_disk():
            self.death = Death.UNREACHABLE if self.node else Death.HUNG
            self.kill()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._link.kill()

    async def end(self) -> None:
        """Find out how it ended, now that it is gone or not understood."""
        left = self._link.left
        if not left:
            self._link.dismiss()
        self.death = self.death or (Death.LEFT if left else await self._cause())

    async def close(self) -> None:
        """Leave it to itself."""
        await self._link.close()

    async def _cause(self) -> Death:
        if self._link.superseded:
            return Death.SUPERSEDED
        if self._link.silent:
            return Death.UNREACHABLE
        if await self._link.exit_status() in _FROM_OUTSIDE and self.gauge.last.memory < BLOATED:
            return Death.KILLED
        return Death.BROKE

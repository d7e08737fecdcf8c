"""The way to a worker whose clock is another one: asks for its time beside all else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from ...errors import ControlError, ProtocolError
from ...ipc import worker_messages
from ...ipc.clock_name import clock_name
from ...model import NodeClock
from .border import Border
from .fabric import WorkerLink
from .worker_clock import Exchange, WorkerClock

FIRST = 8
"""How often its time is asked for before anything else is said."""
MEETING = 5.0
"""Seconds that this may take."""


class Abroad:
    """Says and hears what a `WorkerLink` does, in the engine's times.

    Args:
        link: What reaches the worker.
        session: As the engine knows it.
    """

    def __init__(self, link: WorkerLink, session: worker_messages.Session) -> None:
        self._link = link
        self._began = session.began
        self._clock = WorkerClock(link.hello.moments)
        self._border = Border(session, self._clock, link.hello.began or 0.0)
        self._waiting: deque[worker_messages.FromWorker] = deque()
        """What it said while its time was asked for."""
        self._asked = False
        """Its answer is not here yet."""

    async def meet(self) -> None:
        """Find out how its clock stands.

        Raises:
            ControlError: It does not say so, and no engine before this one knew.
        """
        with contextlib.suppress(TimeoutError, ProtocolError):
            async with asyncio.timeout(MEETING):
                for _ in range(FIRST):
                    await self._ask_once()
        if not self._clock.known:
            raise ControlError(f"worker {self._link.hello.worker} does not tell its time")

    def hello(self) -> worker_messages.Hello:
        """Return what it said first."""
        return self._border.hello(self._link.hello)

    def clock(self, machine: worker_messages.Machine) -> NodeClock | None:
        """Return how its machine's clock stands to ours; ``None`` while nothing is known of it."""
        if not self._clock.known:
            return None
        read = self._clock.read(machine.monotonic)
        here = time.time() - self._now() + read.session
        return NodeClock(
            offset=machine.unix - here,
            error=read.error,
            drift=read.drift,
            round_trip=read.round_trip,
        )

    async def ask(self) -> None:
        """Ask for its time, unless it still owes us an answer; about once a second."""
        if not self._asked:
            self._asked = True
            await self._say(worker_messages.ClockAsked(self._now()))

    async def send(self, message: worker_messages.ToWorker) -> None:
        """Say something; a worker that is gone does not hear it."""
        await self._say(self._border.go(message))

    async def receive(self) -> worker_messages.FromWorker | None:
        """Wait for what it says next; ``None``: it is gone.

        Raises:
            ProtocolError: It is of another version.
        """
        if self._waiting:
            return self._border.come(self._waiting.popleft())
        message = await self._hear()
        while isinstance(message, worker_messages.ClockTold):
            message = await self._hear()
        return message and self._border.come(message)

    async def _ask_once(self) -> None:
        await self.ask()
        message = await self._hear()
        while message is not None and not isinstance(message, worker_messages.ClockTold):
            self._waiting.append(message)
            message = await self._hear()

    async def _hear(self) -> worker_messages.FromWorker | None:
        frame = await self._link.receive()
        now = self._now()
        message = None if frame is None else worker_messages.decode_from_worker(frame)
        if isinstance(message, worker_messages.ClockTold):
            await self._learn(message, now)
        return message

    async def _learn(self, told: worker_messages.ClockTold, answered: float) -> None:
        self._asked = False
        if kept := self._clock.learn(Exchange(told.sent, told.heard, told.said, answered)):
            await self._say(worker_messages.Moments(tuple(kept)))

    async def _say(self, message: worker_messages.ToWorker) -> None:
        await self._link.send(worker_messages.encode(message))

    def _now(self) -> float:
        """Return seconds of the session."""
        return time.monotonic() - self._began


def is_abroad(hello: worker_messages.Hello) -> bool:
    """Whether a worker has another clock than this process."""
    return hello.clock not in ("", clock_name())

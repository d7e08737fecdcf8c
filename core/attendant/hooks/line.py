"""The events that wait for one hook, and their way to it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from ...config import Hook
from ...signaling.backoff import Backoff
from .answers import Failure
from .deliveries import Delivery
from .program import Program
from .store import MOST_AGE, MOST_WAITING

BACKOFF = Backoff(first=1.0, limit=300.0)
ENDING_BACKOFF = Backoff(first=1.0, limit=10.0)
"""When the recording is over, and somebody may wait to switch the machine off."""
LINGER = 60.0
"""Seconds after the end of a recording in which an address is tried."""
LONGEST_LINGER = 3600.0
"""Seconds after it in which programs are begun."""

if TYPE_CHECKING:
    from .address import Address

Settle = Callable[[Delivery], Awaitable[None]]
Complain = Callable[[Hook, Delivery, str], None]


class Line:
    """One hook, what waits for it, and so many events at once on their way to it.

    Args:
        hook: Which.
        settle: Keeps on the disk that something is not to be delivered any more.
        complain: Tells people that it was not, or not yet.
    """

    def __init__(self, hook: Hook, settle: Settle, complain: Complain) -> None:
        self.hook = hook
        self._settle = settle
        self._complain = complain
        self._program = Program(hook)
        self._address = _address(hook) if hook.url else None
        self._waiting: asyncio.Queue[Delivery] = asyncio.Queue()
        self._ending = asyncio.Event()
        self._closed = False
        self._troubled = False
        """People know that it cannot be reached."""

    async def put(self, delivery: Delivery) -> None:
        """Have it wait; the oldest gives way where too many do."""
        if self._waiting.qsize() >= MOST_WAITING:
            oldest = self._waiting.get_nowait()
            await self._give_up(oldest, f"more than {MOST_WAITING} events wait for it")
            self._waiting.task_done()
        self._waiting.put_nowait(delivery)

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self.hook.at_once):
                    tasks.create_task(self._work())
        finally:
            if self._address is not None:
                await self._address.close()

    async def finish(self) -> None:
        """Deliver what waits, for a bounded time; a program that was begun ends by itself."""
        self._ending.set()
        done = asyncio.ensure_future(self._waiting.join())
        await asyncio.wait([done], timeout=LINGER if self.hook.url else LONGEST_LINGER)
        self._closed = True
        if self.hook.command:
            await done
        done.cancel()

    async def _work(self) -> None:
        while True:
            delivery = await self._waiting.get()
            try:
                if not self._closed:
                    await self._deliver(delivery)
            finally:
                self._waiting.task_done()

    async def _deliver(self, delivery: Delivery) -> None:
        attempts = 0
        while time.time() - delivery.made < MOST_AGE:
            failure = await self._tell(delivery)
            if failure is None:
                await self._settle(delivery)
                self._troubled = False
                return
            if not failure.again:
                await self._give_up(delivery, failure.error)
                return
            if not self._troubled:
                self._troubled = True
                self._complain(self.hook, delivery, f"{failure.error}; it is tried again")
            await self._pause(attempts, failure)
            attempts += 1
        await self._give_up(delivery, "it could not be told for days")

    async def _tell(self, delivery: Delivery) -> Failure | None:
        if self._address is not None:
            return await self._address.tell(delivery)
        return await self._program.tell(delivery, partial(self._settle, delivery))

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        await self._settle(delivery)
        self._complain(self.hook, delivery, why)

    async def _pause(self, attempts: int, failure: Failure) -> None:
        """Wait before another attempt; the end of the recording is worth one at once."""
        ending = self._ending.is_set()
        delay = (ENDING_BACKOFF if ending else BACKOFF).delay(attempts, random.random())
        if ending or failure.wait:
            await asyncio.sleep(max(delay, failure.wait))
            return
        try:
            async with asyncio.timeout(delay):
                await self._ending.wait()
        except TimeoutError:
            return


def _address(hook: Hook) -> Address:
    # Loads aiohttp, which programs do not need.
    from .address import Address

    return Address(hook)

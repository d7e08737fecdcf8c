"""Tasks that run beside their owner: kept until they are done, and heard of when they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what work returns; ``None`` where an event happens first, which ends it."""
    task, happens = asyncio.create_task(work), asyncio.create_task(event.wait())
    try:
        await asyncio.wait((task, happens), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, happens):
            one.cancel()
        await asyncio.gather(task, happens, return_exceptions=True)


class Tasks:
    """The tasks of one owner.

    Args:
        owner: What the log calls what failed: "serving alice".
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are not done."""
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something; whoever waits for all does so by `join`."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def cancel(self) -> None:
        """Have all end but the one that says so."""
        for task in self._others():
            task.cancel()

    async def join(self) -> None:
        """Wait until all are done, but the one that waits."""
        await asyncio.gather(*self._others(), return_exceptions=True)

    async def wait_for_one(self) -> None:
        """Wait until one is done."""
        await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    def _others(self) -> set[asyncio.Task[None]]:
        return self._running - {asyncio.current_task()}

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("%s failed", self._owner, exc_info=error)

"""Hooks, as a part of an attendant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ...config import Hook
from ...errors import ControlError
from ...ipc.control_client import ControlClient
from ...model import Event, EventLevel, EventType, RoomSnapshot
from ...tasks import Tasks
from ..orders import Orders
from .deliveries import Delivery, delivery, keys, wants
from .line import Line
from .store import Heard, Store, state_folder

logger = logging.getLogger(__name__)

T = TypeVar("T")


class HooksPart:
    """Has hooks hear of events, each once.

    Args:
        orders: Which hooks, and of what recording.
        folder: Where it keeps what they are to hear; `state_folder` by itself.
    """

    def __init__(self, orders: Orders, folder: Path | None = None) -> None:
        self._orders = orders
        self._store = Store(folder or state_folder(), orders.sidecar, orders.journal)
        hooks = orders.config.hooks
        self._lines = {
            key: Line(hook, self._settle, self._complain)
            for key, hook in zip(keys(hooks), hooks, strict=True)
        }
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._engine: ControlClient | None = None
        self._telling = Tasks("telling that a hook failed")
        # The database is waited for in a thread of its own, in order.
        self._thread = ThreadPoolExecutor(1, "hooks")

    async def run(self, engine: ControlClient) -> None:
        """Deliver, until cancelled."""
        self._engine = engine
        try:
            await self._in_thread(self._store.open)
            for one in await self._in_thread(self._store.waiting):
                # A hook that is not asked for any more may be again, before it is too late.
                if one.key in self._lines:
                    await self._lines[one.key].put(one)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep())
                for line in self._lines.values():
                    tasks.create_task(line.run())
        finally:
            self._telling.cancel()
            # What was just heard is in the session's journal for the next attendant.
            self._thread.submit(self._store.close)
            self._thread.shutdown(wait=True)

    def hear(self, event: Event) -> None:
        """Take what hooks want to hear of."""
        now = time.time()
        made = [
            delivery(event, key, self._orders, now)
            for key, line in self._lines.items()
            if wants(line.hook, event)
        ]
        if made:
            self._heard.put_nowait(Heard(event.seq, made))

    def see(self, snapshot: RoomSnapshot) -> None:
        """Nothing: hooks hear of what happens."""

    async def finish(self) -> None:
        """Deliver what is left, for a bounded time; the next recording delivers the rest."""
        await self._heard.join()
        await asyncio.gather(*(line.finish() for line in self._lines.values()))
        await self._in_thread(self._store.over)

    async def _keep(self) -> None:
        """Have what was heard on the disk first, and then on its way."""
        while True:
            heard = [await self._heard.get()]
            while not self._heard.empty():
                heard.append(self._heard.get_nowait())
            for one in await self._in_thread(partial(self._store.add, heard)):
                await self._lines[one.key].put(one)
            for _ in heard:
                self._heard.task_done()

    async def _settle(self, delivery: Delivery) -> None:
        # What was told stays so, also where the engine dies now: the next attendant would tell it.
        await asyncio.shield(self._in_thread(partial(self._store.settle, delivery)))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _complain(self, hook: Hook, delivery: Delivery, why: str) -> None:
        text = f"hook {hook.title} did not take {delivery.type}: {why}"
        logger.warning("%s", text)
        if delivery.type != EventType.HOOK_FAILED:
            # A hook that is told of failures, and fails, would be told of that for ever.
            data = {"hook": hook.title, "event": delivery.type, "error": why}
            self._telling.spawn(self._tell(text, delivery.stream, data))

    async def _tell(self, text: str, stream: str, data: dict[str, Any]) -> None:
        if self._engine is not None:
            with contextlib.suppress(ControlError):
                await self._engine.tell(
                    EventType.HOOK_FAILED, text, stream, EventLevel.WARNING, data
                )

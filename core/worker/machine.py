"""What the engine cannot see of a machine that is not its own: its disk and its clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ..ipc.worker_messages import Machine
from ..recording import disk

LOOK = 1.0
"""Seconds between two looks at the disk."""


class MachineWatch:
    """Looks at the node of a worker.

    Args:
        folder: Returns that of its files; empty while that is not known.
    """

    def __init__(self, folder: Callable[[], str]) -> None:
        self._folder = folder
        self._disk = disk.Space(0, 0)

    async def run(self) -> None:
        """Look until cancelled; a disk that does not answer keeps nothing else waiting."""
        while True:
            if folder := self._folder():
                self._disk = await asyncio.to_thread(disk.space, folder)
            await asyncio.sleep(LOOK)

    def now(self) -> Machine:
        """Return how it is."""
        return Machine(disk=self._disk, monotonic=time.monotonic(), unix=time.time())

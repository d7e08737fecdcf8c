"""What the engine cannot see of a machine that is not its own: its disk and its clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ..ipc.worker_messages import Machine
from ..recording import disk
from .usage import Counts, Usage, counts, memory_used, usage

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
        self._usage = Usage()
        self.attendant: tuple[int, int] = (0, 0)
        """As of `Machine`."""

    async def run(self) -> None:
        """Look until cancelled; a disk that does not answer keeps nothing else waiting."""
        before, at = None, 0.0
        while True:
            space, after, memory = await asyncio.to_thread(_look, self._folder())
            self._disk = space or self._disk
            now = time.monotonic()
            if before is not None:
                self._usage = usage(before, after, now - at, memory)
            before, at = after, now
            await asyncio.sleep(LOOK)

    def now(self) -> Machine:
        """Return how it is."""
        return Machine(
            disk=self._disk,
            monotonic=time.monotonic(),
            unix=time.time(),
            attendant=self.attendant,
            **self._usage._asdict(),
        )


def _look(folder: str) -> tuple[disk.Space | None, Counts, float]:
    return disk.space(folder) if folder else None, counts(folder), memory_used()

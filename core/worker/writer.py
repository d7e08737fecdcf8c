"""The one thread that touches the files of a worker, so that a slow disk stops no packet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

MEMORY_LIMIT = 128_000_000
"""Bytes of media that may wait for the disk before streams are given up."""


class Writer:
    """Runs calls one after the other, away from the event loop, and counts what waits."""

    def __init__(self, limit: int = MEMORY_LIMIT) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._limit = limit
        self.waiting = 0
        """Bytes that tapes hold until they are written."""

    @property
    def overloaded(self) -> bool:
        """Whether the disk is so far behind that memory would run out."""
        return self.waiting > self._limit

    async def run(self, call: Callable[[], None], size: int = 0) -> None:
        """Run a call in the thread after all that were handed over before it.

        Args:
            call: Must not raise; what it does to a file is its own to report.
            size: How much of `waiting` is over when it is done.
        """

        def done(_: object) -> None:
            self.waiting -= size

        loop = asyncio.get_running_loop()
        # On the call itself: who waits for it may be cancelled, and the bytes still wait.
        future = loop.run_in_executor(self._executor, call)
        future.add_done_callback(done)
        await asyncio.shield(future)

    def close(self) -> None:
        """End the thread; what was handed over is still done."""
        self._executor.shutdown(wait=True)

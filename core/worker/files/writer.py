"""The one thread that touches the files of a worker, so that a slow disk stops no packet."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol

from ...config import HELD
from ...model import TakeSummary
from ...recording.syncer import Syncer
from ...webrtc.ticker import HURRY, Ticker

FLUSH_INTERVAL = 0.3
"""Seconds between two hand-overs: few large ones cost less than many small ones. With the tick
before it, and what a container keeps back, a kill costs less than the last second."""
MEMORY_LIMIT = 128_000_000
"""Bytes of media that may wait for the disk before streams are given up."""

logger = logging.getLogger(__name__)


class Batch(NamedTuple):
    """What one stream hands over."""

    write: Callable[[], None]
    """Must not raise; what it does to a file is its own to report."""
    size: int
    """Bytes of memory that are free when it is done."""


class Source(Protocol):
    """What collects the media of one stream."""

    waiting: int
    """Bytes that it holds, as of its last `count`."""

    @property
    def held(self) -> int:
        """Bytes that it holds in case it is written later, which do not count as waiting."""
        ...

    @property
    def eager(self) -> bool:
        """Whether what arrived may begin a file, and should not wait for the others."""
        ...

    def count(self) -> None:
        """Take note of what arrived."""
        ...

    def collect(self) -> Batch | None:
        """Hand over what was counted."""
        ...

    def give_up(self) -> None:
        """Hold nothing any more: the disk is too slow."""
        ...

    def let_go(self) -> None:
        """Hold less in case it is written later."""
        ...


class Writer:
    """Runs calls one after the other, away from the event loop, and bounds what waits for them.

    All sources are asked together, a few times a second, and what they hand over is one call.
    While the thread is busy with that call they keep what they hold, so that it is known who
    holds most; past the limit that one is given up, and goes on being received.
    """

    def __init__(self, limit: int = MEMORY_LIMIT) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self.syncer = Syncer()
        """Looks after the files, in a thread of its own."""
        self.syncer.start()
        self._limit = limit
        self.held_limit = HELD
        """Bytes that may be held in case they are written later."""
        self.closed: Callable[[TakeSummary], None] = lambda take: None
        """Hears of each take that is closed and on the disk, in the thread of the syncer, before
        anybody else does."""
        self._sources: dict[Source, None] = {}
        self._ticker: Ticker | None = None
        self._due = 0.0
        self._flushing: Future[None] | None = None
        # Each is counted by one thread only: by that of the event loop, and by the writer.
        self._handed = 0
        self._written = 0

    @property
    def waiting(self) -> int:
        """Bytes that are held until they are written."""
        held = sum(source.waiting for source in self._sources)
        return self._handed - self._written + held

    def add(self, source: Source) -> None:
        """Ask a source from now on."""
        self._sources[source] = None
        if self._ticker is None:
            self._ticker = Ticker.of(asyncio.get_running_loop())
            self._ticker.add(self._tick)

    def remove(self, source: Source) -> None:
        """Ask it no more."""
        self._sources.pop(source, None)
        if not self._sources and self._ticker is not None:
            self._ticker.remove(self._tick)
            self._ticker = None

    async def run(self, write: Callable[[], None], size: int = 0) -> None:
        """Run a call in the thread after all that were handed over before it.

        Args:
            write: As in `Batch`.
            size: As in `Batch`.
        """
        # Who waits for it may be cancelled; the call is done all the same.
        await asyncio.shield(asyncio.wrap_future(self._hand_over(deque([Batch(write, size)]))))

    async def synced(self) -> None:
        """Wait until the files that were closed are on the disk, and that is reported."""
        done = Future[None]()
        self.syncer.do(lambda: done.set_result(None))
        await asyncio.shield(asyncio.wrap_future(done))

    def flush(self) -> None:
        """Hand over what all sources hold, unless the thread is still busy with the last."""
        for source in self._sources:
            source.count()
        self._keep_bound()
        if self._flushing is None or self._flushing.done():
            collected = (source.collect() for source in self._sources)
            batches = deque(batch for batch in collected if batch is not None)
            if batches:
                self._flushing = self._hand_over(batches)

    def close(self) -> None:
        """End the threads; what was handed over is still done."""
        self._executor.shutdown(wait=True)
        self.syncer.stop()

    def _tick(self, now: float) -> float:
        # After the tick the event loop rests: the thread has the interpreter to itself.
        if now >= self._due:
            # Ticks are not quite in step.
            self._due = now + FLUSH_INTERVAL - HURRY
            asyncio.get_running_loop().call_soon(self.flush)
        else:
            asyncio.get_running_loop().call_soon(self.flush_eager)
        return FLUSH_INTERVAL

    def flush_eager(self) -> None:
        """Hand over early where a file is about to begin."""
        if any(source.eager for source in self._sources):
            self.flush()

    def _keep_bound(self) -> None:
        while self.waiting > self._limit:
            biggest = max(self._sources, key=lambda source: source.waiting)
            if biggest.waiting == 0:
                return
            biggest.give_up()
        while sum(source.held for source in self._sources) > self.held_limit:
            max(self._sources, key=lambda source: source.held).let_go()

    def _hand_over(self, batches: deque[Batch]) -> Future[None]:
        self._handed += sum(batch.size for batch in batches)
        return self._executor.submit(self._write, batches)

    def _write(self, batches: deque[Batch]) -> None:
        """Runs in the thread; lets go of each batch when it is written."""
        while batches:
            write, size = batches.popleft()
            try:
                write()
            except Exception:
                logger.exception("a stream could not be written")
            self._written += size

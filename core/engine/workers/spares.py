"""Has a worker ready before a stream needs it: what it imports takes seconds."""

from __future__ import annotations

import contextlib
import logging
import math

from ...errors import ControlError
from ...tasks import Tasks
from .pool import WorkerPool

STAND_BY_AFTER = 2.0
"""Seconds of recording after which a worker stands by for when one is lost."""
REFILL_AGAIN = 5.0
"""Seconds from one attempt to start a worker that is lacking to the next."""
STAND_BY_AGAIN = 1.0
"""Seconds after a loss until another one does: those who come back go first."""

logger = logging.getLogger(__name__)


class Spares:
    """Decides when a worker is started that no stream needs yet."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._stand_by_at: float | None = None
        self._refill_at = math.inf
        self._refilling = Tasks("starting a worker in place of a lost one")

    async def prepare(self) -> None:
        """Have a worker ready before the first stream comes, on each machine that should have one.

        Raises:
            ControlError: None came up; names the log of one.
        """
        try:
            if not await self._pool.refill():
                await self.dismiss()
        except ControlError as error:
            if not self._pool.workers:
                raise
            logger.warning("%s; it is tried again while others record", error)
        self._refill_at = 0.0

    def take_began(self, now: float) -> None:
        """There is something to lose."""
        self._stand_by_at = self._stand_by_at or now + STAND_BY_AFTER

    def worker_lost(self, now: float) -> None:
        """Have another one up, or nearly, when the offers come."""
        self._stand_by_at = now + STAND_BY_AGAIN
        self._refilling.spawn(self._refill())

    def tick(self, now: float) -> None:
        """Have one stand by, or those that are lacking, where it is time for that.

        To be called about once a second.
        """
        if now >= self._refill_at and not self._refilling and self._pool.lacks():
            self._refill_at = now + REFILL_AGAIN
            self._refilling.spawn(self._refill())
        if self._stand_by_at is not None and now >= self._stand_by_at:
            self._pool.stand_by()

    async def stop(self) -> None:
        """Start none any more."""
        self._refilling.cancel()
        await self._refilling.join()
        await self._pool.stop_starting()

    async def dismiss(self) -> None:
        """Let the one that stands by go."""
        await self._pool.dismiss()

    async def _refill(self) -> None:
        with contextlib.suppress(ControlError):
            await self._pool.refill()

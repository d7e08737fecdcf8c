"""Keeps the sidecar up to date, away from the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..errors import RoomdeckError
from ..model import TakeSummary
from ..recording import sidecar
from ..version import VERSION
from ..worker.link import Session

logger = logging.getLogger(__name__)


class Ledger:
    """Writes takes into the sidecar in the order in which they are reported.

    Args:
        session: Whose sidecar.
        written: Called with the files of ended takes that are in the sidecar.
    """

    def __init__(self, session: Session, written: Callable[[tuple[str, ...]], Awaitable[None]]):
        self._path = Path(session.sidecar)
        self._info = sidecar.SessionInfo(
            room=session.room, server=session.server, started=session.started, version=VERSION
        )
        self._written = written
        self._takes: asyncio.Queue[TakeSummary] = asyncio.Queue()

    def enter(self, take: TakeSummary) -> None:
        """Have a take written, or written again."""
        self._takes.put_nowait(take)

    async def run(self) -> None:
        """Write what is entered, several at a time where they come fast; until cancelled."""
        while True:
            takes = [await self._takes.get()]
            while not self._takes.empty():
                takes.append(self._takes.get_nowait())
            await self._write(takes)
            for _ in takes:
                self._takes.task_done()

    async def finish(self) -> None:
        """Wait until everything entered is written."""
        await self._takes.join()

    async def _write(self, takes: list[TakeSummary]) -> None:
        try:
            await asyncio.to_thread(sidecar.merge, self._path, self._info, takes)
        except (OSError, RoomdeckError) as error:
            logger.error("the sidecar %s could not be written: %s", self._path, error)
            return
        await self._written(tuple(take.file for take in takes if take.reason is not None))

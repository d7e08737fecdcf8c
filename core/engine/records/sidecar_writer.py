"""Keeps the sidecar up to date, away from the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from ...errors import RecordingError, RoomdeckError
from ...ipc.worker_messages import Session
from ...model import TakeSummary
from ...recording import sidecar
from ...version import VERSION

logger = logging.getLogger(__name__)

Item: TypeAlias = TakeSummary | sidecar.Marker


class SidecarWriter:
    """Writes takes and markers into the sidecar in the order in which they are reported.

    Args:
        session: Whose sidecar.
        written: Called with the files of ended takes that are in the sidecar.
    """

    def __init__(self, session: Session, written: Callable[[tuple[str, ...]], Awaitable[None]]):
        self._path = Path(session.sidecar)
        self._place, self._output = session.place, session.output
        self._info = sidecar.SessionInfo(
            room=session.room, server=session.server, started=session.started, version=VERSION
        )
        self._written = written
        self._entries: asyncio.Queue[tuple[Item, Callable[[], None]]] = asyncio.Queue()
        self._unwritten: dict[tuple[str, float], TakeSummary] = {}
        """By `sidecar.key`: what could not be written, to be tried again with the next."""
        self._markers: list[sidecar.Marker] = []
        """Those that are not written yet."""

    def enter(self, entry: Item, then: Callable[[], None] = lambda: None) -> None:
        """Have a marker written, or a take, or a take once more.

        Args:
            entry: What is to be written.
            then: Called when it is on the disk, or could not be written; in order of entry.
        """
        self._entries.put_nowait((entry, then))

    async def run(self) -> None:
        """Write what is entered, several at a time where they come fast; until cancelled."""
        while True:
            entries = [await self._entries.get()]
            while not self._entries.empty():
                entries.append(self._entries.get_nowait())
            await self._write([entry for entry, _ in entries])
            for _, then in entries:
                then()
                self._entries.task_done()

    async def finish(self) -> None:
        """Wait until everything entered is written, or was tried for the last time."""
        await self._entries.join()
        if self._unwritten or self._markers:
            await self._write([])

    async def _write(self, new: list[Item]) -> None:
        for entry in new:
            if isinstance(entry, TakeSummary):
                self._unwritten[sidecar.key(entry)] = entry
            else:
                self._markers.append(entry)
        takes, markers = list(self._unwritten.values()), list(self._markers)
        try:
            await asyncio.to_thread(self._merge, takes, markers)
        except (OSError, RoomdeckError) as error:
            logger.error("the sidecar %s could not be written: %s", self._path, error)
            return
        self._unwritten.clear()
        self._markers.clear()
        await self._written(tuple(take.file for take in takes if take.reason is not None))

    def _merge(self, takes: list[TakeSummary], markers: list[sidecar.Marker]) -> None:
        if objection := self._place.objection(self._output):
            raise RecordingError(objection)
        sidecar.merge(self._path, self._info, takes, markers)

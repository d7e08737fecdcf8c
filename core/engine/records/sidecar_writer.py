"""Keeps the sidecar up to date, away from the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from ...errors import RecordingError, RoomdeckError
from ...ipc.worker_messages import Session
from ...model import Event, EventType, TakeSummary
from ...recording import sidecar
from ...version import VERSION

logger = logging.getLogger(__name__)

Item: TypeAlias = TakeSummary | sidecar.Marker

PAUSE = 30.0
"""Seconds after which what happened is written, where nothing else was."""

_STALLS = (EventType.STREAM_STALL, EventType.STREAM_RESUME)
_ALARMS = (EventType.ALARM_BEGIN, EventType.ALARM_END)
_TOLD = (
    *_STALLS,
    *_ALARMS,
    EventType.ENGINE_START,
    EventType.LINK_JOINED,
    EventType.LINK_LOST,
    EventType.DISK_SMALL,
    EventType.WARNING,
    EventType.ERROR,
)
"""Events that say how the recording went. What became of takes is in their summaries."""


class SidecarWriter:
    """Writes takes and markers in the order in which they are reported, and what happened.

    Args:
        session: Whose sidecar.
        written: Called with the files of ended takes that are in the sidecar.
    """

    def __init__(self, session: Session, written: Callable[[tuple[str, ...]], Awaitable[None]]):
        self._path = Path(session.sidecar)
        self._merger = sidecar.Merger(self._path)
        self._place, self._output = session.place, session.output
        self._info = sidecar.SessionInfo(
            room=session.room, server=session.server, started=session.started, version=VERSION
        )
        self._written = written
        self._entries: asyncio.Queue[tuple[Item, Callable[[], None]]] = asyncio.Queue()
        self._unwritten: dict[tuple[str, str, float], TakeSummary] = {}
        """By `sidecar.key`: what could not be written, to be tried again with the next."""
        self._markers: list[sidecar.Marker] = []
        """Those that are not written yet."""
        self._happenings: list[sidecar.Happening] = []
        """The same."""
        self._happened = 0
        """How many there were, also those for which there is no room."""

    def note(self, event: Event) -> None:
        """Have an event written that says how the recording goes.

        It waits for the next take or marker, or half a minute: a network that comes and goes costs
        no disk its rest. Where there is no file it makes none.
        """
        if event.type in _TOLD and self._happened < sidecar.HAPPENINGS_KEPT:
            self._happened += 1
            self._happenings.append(_happening(event))

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
            entries: list[tuple[Item, Callable[[], None]]] = []
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    entries.append(await self._entries.get())
            while not self._entries.empty():
                entries.append(self._entries.get_nowait())
            closed = await self._write([entry for entry, _ in entries])
            if not entries:
                # What it knows of thousands of takes is of use only while more of them come.
                self._merger = sidecar.Merger(self._path)
            for _, then in entries:
                then()
                self._entries.task_done()
            # Who forgets them now knows that they were told.
            await self._written(closed)

    async def settle(self) -> None:
        """Wait until everything entered so far is written, or could not be."""
        await self._entries.join()

    async def finish(self) -> None:
        """Wait until everything entered is written, or was tried for the last time.

        Nothing is left where there was nothing to write.
        """
        await self.settle()
        await self._written(await self._write([]))
        await asyncio.to_thread(sidecar.release, self._path)

    async def _write(self, new: list[Item]) -> tuple[str, ...]:
        """Return the files of ended takes that are in the sidecar by now."""
        for entry in new:
            if isinstance(entry, TakeSummary):
                self._unwritten[sidecar.key(entry)] = entry
            else:
                self._markers.append(entry)
        takes, markers = list(self._unwritten.values()), list(self._markers)
        happenings, self._happenings = self._happenings, []
        if not (takes or markers or happenings):
            return ()
        try:
            done = await asyncio.to_thread(self._merge, takes, markers, happenings)
        except (OSError, RoomdeckError) as error:
            logger.error("the sidecar %s could not be written: %s", self._path, error)
            done = False
        if not done:
            self._happenings[:0] = happenings
            return ()
        self._unwritten.clear()
        self._markers.clear()
        return tuple(take.file for take in takes if take.reason is not None)

    def _merge(
        self,
        takes: list[TakeSummary],
        markers: list[sidecar.Marker],
        happenings: list[sidecar.Happening],
    ) -> bool:
        """Write; return whether there is a file to write to."""
        if objection := self._place.objection(self._output):
            raise RecordingError(objection)
        if not (takes or markers or self._path.exists()):
            return False
        self._merger.merge(self._info, takes, markers, happenings)
        return True


def _happening(event: Event) -> sidecar.Happening:
    lasts = event.data if event.type in (*_STALLS, *_ALARMS) else {}
    return sidecar.Happening(
        time=event.time,
        offset=round(event.elapsed, 3),
        type=event.type,
        stream=event.stream,
        level=event.level,
        text=event.text,
        what=lasts.get("alarm") or lasts.get("what", ""),
        seconds=lasts.get("seconds", 0.0),
        guest=lasts.get("guest", ""),
    )

"""Uploads beside a recording: of its session, and of earlier ones of which something is left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...config import Uploads
from ...errors import ControlError, UploadError
from ...ipc.control_client import ControlClient
from ...model import Event, EventLevel, EventType, RoomSnapshot, UploadsSnapshot
from ...units import size
from ..takes_told import Mending
from . import ledger
from .session import Session
from .uploader import Arrival, Failure, Uploader

logger = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds between two looks at the disk, where nothing was heard."""
SHOW = 1.0
"""Seconds between two times that it is shown how far it is."""
GIVE_UP = 3600.0
"""Seconds for which every attempt may fail when the recording is over; what is left then goes up
beside the next one, or by ``roomdeck upload``."""
_ToldAs = tuple[str, ...]
_HEARD = (
    EventType.TAKE_END,
    EventType.TAKE_MENDED,
    EventType.TAKE_UNMENDED,
    EventType.TAKE_REPAIRED,
    EventType.REPORT,
    EventType.ENGINE_END,
)


class UploadPart:
    """Uploads the files of a session as they are closed.

    Args:
        config: Where to.
        sidecar: Path of the JSON file of the session.
        uploader: Sends; made where none is given.
    """

    def __init__(self, config: Uploads, sidecar: Path, uploader: Uploader | None = None) -> None:
        self._config = config
        self._sidecar = sidecar
        self._uploader = uploader or Uploader(self, config.rate)
        self._engine: ControlClient | None = None
        self._sessions: dict[Path, Session] = {}
        self._mending = Mending()
        self._over_since: float | None = None
        self._told: set[_ToldAs] = set()
        """Files of which everybody had heard before that they are there."""
        self._knows = False
        """What happened before was heard."""
        self._heard = asyncio.Event()
        self._finished = asyncio.Event()
        self._shown = UploadsSnapshot()

    async def run(self, engine: ControlClient) -> None:
        """Upload, until cancelled."""
        self._engine = engine
        showing = asyncio.create_task(self._show())
        try:
            with contextlib.ExitStack() as holds:
                while True:
                    self._heard.clear()
                    # What is heard while a step goes on, the step does not know.
                    over = self._over_since is not None
                    self._look(holds)
                    if self._knows:
                        await self._tell_left()
                    wait = await self._uploader.step()
                    if over and (wait is None or self._is_hopeless()):
                        self._finished.set()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK if wait is None else min(wait, LOOK)):
                            await self._heard.wait()
        finally:
            showing.cancel()
            self._finished.set()

    def hear(self, event: Event) -> None:
        """Take from an event which files are closed, and which are being put right."""
        self._mending.hear(event)
        if event.type == EventType.UPLOAD_DONE and not self._knows:
            self._told.add(_told_as(event.data))
        if event.type == EventType.ENGINE_END:
            self._over_since = time.monotonic()
        if event.type in _HEARD:
            self._heard.set()

    def see(self, snapshot: RoomSnapshot) -> None:
        """The room does not matter; it comes after all that happened before."""
        if not self._knows:
            self._knows = True
            self._heard.set()

    async def finish(self) -> None:
        """Upload what is left, and the JSON file."""
        await self._finished.wait()

    def _look(self, holds: contextlib.ExitStack) -> None:
        """Begin with sessions that nobody else uploads, and of which there is something."""
        found = [self._sidecar, *ledger.sidecars_with_ledger(self._sidecar.parent)]
        for path in dict.fromkeys(found):
            if path not in self._sessions and path.exists():
                self._begin(path, holds)
        if own := self._sessions.get(self._sidecar):
            own.mending, own.unmended = self._mending.files, self._mending.failed
            own.over = self._over_since is not None
        self._uploader.sessions = list(self._sessions.values())

    def _begin(self, path: Path, holds: contextlib.ExitStack) -> None:
        mine = path == self._sidecar
        try:
            with contextlib.ExitStack() as hold:
                if not hold.enter_context(ledger.held(path)):
                    return
                session = Session.begin(path, self._config.to if mine else (), over=not mine)
                if session is not None:
                    self._sessions[path] = session
                    holds.push(hold.pop_all())
        except UploadError as error:
            logger.error("%s", error)

    def _is_hopeless(self) -> bool:
        since = self._uploader.failing_since
        begin = max(since or 0.0, self._over_since or 0.0)
        return since is not None and time.monotonic() - begin > GIVE_UP

    async def done(self, arrival: Arrival) -> bool:
        """Tell that a file is there; when the recording is over nobody listens; the log has it."""
        path, entry, _ = arrival
        logger.info("%s is at %s", path, entry.to)
        text = f"{path.name} is at {entry.to}, {size(entry.size)}, and was compared"
        told = await self._tell(EventType.UPLOAD_DONE, text, EventLevel.INFO, arrival.data)
        return told or self._over_since is not None

    async def _tell_left(self) -> None:
        """Tell of files of which whoever sent them was killed before everybody knew."""
        for session in self._sessions.values():
            for name in tuple(session.ledger.untold):
                arrival = Arrival(session.path.parent / name, session.ledger.files[name], 0.0)
                if _told_as(arrival.data) in self._told or await self.done(arrival):
                    session.told(name)

    async def failed(self, failure: Failure) -> None:
        """Tell that one is not there yet."""
        path, to, error = failure
        logger.warning("%s could not be uploaded to %s: %s", path, to, error)
        text = f"{path.name} could not be uploaded to {to}, and is tried again: {error}"
        await self._tell(EventType.UPLOAD_FAILED, text, EventLevel.WARNING, failure.data)

    async def _tell(
        self, kind: EventType, text: str, level: EventLevel, data: dict[str, Any]
    ) -> bool:
        if self._engine is not None:
            with contextlib.suppress(ControlError):
                await self._engine.tell(kind, text, level=level, data=data)
                return True
        return False

    async def _show(self) -> None:
        while self._engine is not None:
            now = self._uploader.snapshot()
            if now != self._shown:
                with contextlib.suppress(ControlError):
                    await self._engine.show(now)
                    self._shown = now
            await asyncio.sleep(SHOW)


def _told_as(data: Mapping[str, Any]) -> _ToldAs:
    """Return by what an event of a file that is there is known."""
    return tuple(str(data.get(key, "")) for key in ("file", "to", "sha256"))

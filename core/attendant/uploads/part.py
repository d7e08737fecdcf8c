"""Uploads beside a recording: of its session, and of earlier ones of which something is left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ...config import Uploads
from ...errors import ControlError, UploadError
from ...model import Event, EventLevel, EventType, RoomSnapshot, UploadsSnapshot
from ...recording import sidecar as sidecars
from ...units import size
from ..part import Audience
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


class Others(Protocol):
    """Machines that upload takes of the session themselves."""

    @property
    def done(self) -> bool:
        """Whether nothing is to be heard of any of them any more, now that it is over."""
        ...

    def with_theirs(self, uploads: UploadsSnapshot) -> UploadsSnapshot:
        """Return how far all are, together with what is uploaded here."""
        ...


class UploadPart:
    """Uploads the files of a session as they are closed.

    Args:
        config: Where to.
        sidecar: Path of the JSON file of the session.
        uploader: Sends; made where none is given.
        others: Machines whose takes the JSON file has as well: it goes when they are done.
        node: This machine, where it is one of those: the JSON file is its own, and tells of its
            takes alone.
        look: Seconds between two looks at the disk, where nothing was heard.
    """

    def __init__(
        self,
        config: Uploads,
        sidecar: Path,
        uploader: Uploader | None = None,
        others: Others | None = None,
        node: str = "",
        look: float = LOOK,
    ) -> None:
        self._config = config
        self._sidecar = sidecar
        self._uploader = uploader or Uploader(self, config.rate)
        self._others = others
        self._node = node
        self._pause = look
        self._engine: Audience | None = None
        self._sessions: dict[Path, Session] = {}
        self._mending = Mending()
        self._over_since: float | None = None
        self._told: set[_ToldAs] = set()
        """Files of which everybody had heard before that they are there."""
        self._knows = bool(node)
        """What happened before was heard; who hears of a node knows it."""
        self._heard = asyncio.Event()
        self._finished = asyncio.Event()
        self._shown = UploadsSnapshot()

    async def run(self, engine: Audience) -> None:
        """Upload, until cancelled."""
        self._engine = engine
        showing = asyncio.create_task(self._show())
        try:
            with contextlib.ExitStack() as holds:
                while True:
                    self._heard.clear()
                    # What is heard while a step goes on, the step does not know.
                    over = self._over_since is not None
                    others = self._others is not None and not self._others.done
                    self._look(holds, last=over and not others)
                    if self._knows:
                        await self._tell_left()
                    wait = await self._uploader.step()
                    if over and not others and (wait is None or self._is_hopeless()):
                        self._finished.set()
                    pause = SHOW if over and others else self._pause
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause if wait is None else min(wait, pause)):
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
            self.end()
        if event.type in _HEARD:
            self._heard.set()

    def end(self) -> None:
        """Nobody records in the session any more."""
        self._over_since = time.monotonic()
        self._heard.set()

    async def heard(self) -> None:
        """Wait until somebody has heard of all that is there."""
        while any(one.ledger.untold for one in self._sessions.values()):  # noqa: ASYNC110 - as told
            await asyncio.sleep(SHOW)

    def see(self, snapshot: RoomSnapshot) -> None:
        """The room does not matter; it comes after all that happened before."""
        if not self._knows:
            self._knows = True
            self._heard.set()

    async def finish(self) -> None:
        """Upload what is left, and the JSON file."""
        await self._finished.wait()

    def _look(self, holds: contextlib.ExitStack, *, last: bool) -> None:
        """Begin with sessions that nobody else uploads, and of which there is something.

        Args:
            holds: Keeps others from them.
            last: What tells of the rest of ours may go.
        """
        earlier = ledger.sidecars_with_ledger(self._sidecar.parent, sidecars.ending(self._node))
        found = [self._sidecar, *earlier]
        for path in dict.fromkeys(found):
            if path not in self._sessions and path.exists():
                self._begin(path, holds)
        if own := self._sessions.get(self._sidecar):
            own.mending, own.unmended = self._mending.files, self._mending.failed
            own.over = self._over_since is not None
            own.last = last
        self._uploader.sessions = list(self._sessions.values())

    def _begin(self, path: Path, holds: contextlib.ExitStack) -> None:
        mine = path == self._sidecar
        try:
            with contextlib.ExitStack() as hold:
                if not hold.enter_context(ledger.held(path)):
                    return
                to = self._config.to if mine else ()
                session = Session.begin(path, to, over=not mine, node=self._node)
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
        """Tell that a file is there; when the recording is over nobody listens; the log has it.

        What is there of a node somebody hears later.
        """
        path, entry, _ = arrival
        logger.info("%s is at %s", path, entry.to)
        return await self._tell_done(arrival)

    async def _tell_done(self, arrival: Arrival) -> bool:
        path, entry, _ = arrival
        text = f"{path.name} is at {entry.to}, {size(entry.size)}, and was compared"
        data = arrival.data | self._of(path.name)
        told = await self._tell(EventType.UPLOAD_DONE, text, EventLevel.INFO, data)
        return told or (self._over_since is not None and not self._node)

    def _of(self, name: str) -> dict[str, str]:
        """Return of which session a file is, for who has its JSON file on another machine."""
        known = (path for path, one in self._sessions.items() if name in one.ledger.files)
        session = next(known, None) if self._node else None
        return {"session": session.name} if session else {}

    async def _tell_left(self) -> None:
        """Tell of files of which whoever sent them was killed before everybody knew."""
        for session in self._sessions.values():
            for name in tuple(session.ledger.untold):
                arrival = Arrival(session.path.parent / name, session.ledger.files[name], 0.0)
                if _told_as(arrival.data) in self._told or await self._tell_done(arrival):
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
            now = self._others.with_theirs(now) if self._others is not None else now
            if now != self._shown:
                with contextlib.suppress(ControlError):
                    await self._engine.show(now)
                    self._shown = now
            await asyncio.sleep(SHOW)


def _told_as(data: Mapping[str, Any]) -> _ToldAs:
    """Return by what an event of a file that is there is known."""
    return tuple(str(data.get(key, "")) for key in ("file", "to", "sha256"))

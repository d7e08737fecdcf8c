"""Retention beside a recording: of all sessions in its folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

from ...config import Retention
from ...errors import ControlError, RecordingError, UploadError
from ...model import Event, EventType, RoomSnapshot
from ...recording import sidecar
from ...recording.disk import free_bytes
from ...units import size
from ..part import Audience
from ..takes_told import Mending, closed_file, takes_of
from ..uploads import ledger
from ..uploads.ledger import Entry
from .plan import Kept, to_remove

logger = logging.getLogger(__name__)

LOOK = 10.0
"""Seconds between two looks at the folder."""


class Candidate(NamedTuple):
    """A take that may go, and where else it is."""

    take: Kept
    sidecar: Path
    entry: Entry | None

    @property
    def data(self) -> dict[str, Any]:
        """As its event has it."""
        to, sha256 = (self.entry.to, self.entry.sha256) if self.entry else ("", "")
        return {"file": self.take.file, "bytes": self.take.size, "to": to, "sha256": sha256}


class RetentionPart:
    """Removes takes that were kept long enough.

    Args:
        wish: How long that is.
        own: Path of the JSON file of the session that is being recorded.
        uploading: Only what is uploaded may go, also of sessions that never were to be.
        node: This machine, where sessions are recorded on it from another one.
    """

    def __init__(self, wish: Retention, own: Path, *, uploading: bool, node: str = "") -> None:
        self._wish = wish
        self._own = own
        self._uploading = uploading
        self._node = node
        self._untold: list[Candidate] = []
        """Removed, and nobody heard of it."""
        self._mending = Mending()

    async def run(self, engine: Audience) -> None:
        """Look now and then, until cancelled."""
        while True:
            await self._tidy()
            await self._tell(engine)
            await asyncio.sleep(LOOK)

    def hear(self, event: Event) -> None:
        """Take from an event which files are being put right."""
        self._mending.hear(event)

    def see(self, snapshot: RoomSnapshot) -> None:
        """The room does not matter."""

    async def finish(self) -> None:
        """Whatever is left stays until the next recording."""

    async def _tidy(self) -> None:
        for one in await asyncio.to_thread(self._due):
            if await asyncio.to_thread(remove, one, time.time()):
                self._untold.append(one)

    async def _tell(self, engine: Audience) -> None:
        """Tell of what was removed, the oldest first; on a node it waits until somebody hears."""
        with contextlib.suppress(ControlError):
            while self._untold:
                one = self._untold[0]
                where = f", and is at {one.entry.to}" if one.entry else ""
                text = f"{Path(one.take.file).name} was removed, {size(one.take.size)}{where}"
                session = {"session": one.sidecar.name} if self._node else {}
                await engine.tell(EventType.FILE_REMOVED, text, data=one.data | session)
                del self._untold[0]

    def _due(self) -> list[Candidate]:
        found = self.candidates()
        free = free_bytes(self._own.parent)
        gone = to_remove([one.take for one in found], self._wish, time.time(), free)
        by_file = {one.take.file: one for one in found}
        return [by_file[take.file] for take in gone]

    def candidates(self) -> list[Candidate]:
        """Return all takes of the folder that may go."""
        found: list[Candidate] = []
        for path in sorted(self._own.parent.glob(f"*{sidecar.ending(self._node)}")):
            if path != self._own or not self._wish.spare_session:
                found += self._of(path)
        return found

    def _of(self, path: Path) -> list[Candidate]:
        try:
            known = ledger.load(path)
        except UploadError as error:
            logger.error("%s", error)
            return []
        found: list[Candidate] = []
        for take in takes_of(path):
            file = closed_file(path.parent, take, self._mending.files, over=False)
            if file is None:
                continue
            entry = known.files.get(take.file) if known else None
            sure = entry if entry and entry.covers(file) else None
            if sure or (known is None and not self._uploading):
                kept = Kept(str(path.parent / take.file), file.st_size, file.st_mtime)
                found.append(Candidate(kept, path, sure))
        return found


def remove(one: Candidate, now: float) -> bool:
    """Have the JSON file say that a take is not here any more, and remove it; return whether."""
    path, entry = Path(one.take.file), one.entry
    gone = sidecar.Whereabouts(
        file=path.name,
        to=entry.to if entry else "",
        sha256=entry.sha256 if entry else "",
        removed=now,
    )
    try:
        sidecar.place(one.sidecar, [gone])
        path.unlink()
    except (OSError, RecordingError) as error:
        logger.error("%s could not be removed: %s", path, error)
        return False
    return True

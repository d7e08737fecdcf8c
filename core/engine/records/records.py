"""All that is kept of a session beside its media: events, the sidecar, its report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from ...ipc import journal_file
from ...ipc.journal_file import JournalFile
from ...ipc.worker_messages import Session
from ...model import Event
from ..room.actions import Note
from .event_log import EventLog
from .journal import Journal
from .past import Past
from .session_report import SessionReport
from .sidecar_writer import SidecarWriter


class Records:
    """Keeps what happens, for clients, for an engine after this one, and for good.

    Args:
        session: Whose.
        journal: Path of the file that keeps events for an engine after this one.
        report: A report is to be made when all is closed.
        written: As of `SidecarWriter`.
        tell: Each is called with every event, at once.
    """

    def __init__(
        self,
        session: Session,
        journal: Path,
        report: bool,
        written: Callable[[tuple[str, ...]], Awaitable[None]],
        tell: Sequence[Callable[[Event], None]],
    ) -> None:
        self._session = session
        self._kept = journal_file.read(journal, session.sidecar)
        self._file = JournalFile(journal, session.sidecar, self._kept.id)
        self._report = SessionReport(session.sidecar) if report else None
        self.journal = Journal(self._kept.events)
        """The events, for clients that come later."""
        self.sidecar = SidecarWriter(session, written)
        self._events = EventLog(session, self.journal, self._file, (*tell, self.sidecar.note))

    @property
    def id(self) -> str:
        """Of the numbers of its events."""
        return self._file.id

    def note(self, note: Note) -> None:
        """Tell something; what was told is kept."""
        self._events.note(note)

    def take_up(self) -> Past:
        """Go on with what engines before this one told; return it."""
        for event in self._kept.events:
            self.sidecar.note(event)
        return Past(self._kept, self._session.began)

    def forget_past(self) -> None:
        """What engines before this one told is not needed any more."""
        self._kept = journal_file.Kept()

    async def finish(self) -> list[Note]:
        """Write what is not written yet, and make the report; return what is to be said of it."""
        await self.sidecar.finish()
        return [] if self._report is None else await self._report.make()

    def hurry(self) -> None:
        """Do without the report, where it is not there yet."""
        if self._report is not None:
            self._report.hurry()

    def close(self) -> None:
        """Keep nothing any more for an engine after this one."""
        self._file.close()

"""What happens, as all who look on hear of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ...ipc.journal_file import JournalFile
from ...ipc.worker_messages import Session
from ...model import Event
from ..room.actions import Note
from .journal import Journal
from .session import elapsed


class EventLog:
    """Makes events of what there is to say, and tells all who look on.

    Args:
        session: From whose begin events count their time.
        journal: Keeps them for those who come later.
        file: Keeps them for those who come when this engine is gone.
        tell: Each is called with every event, at once.
    """

    def __init__(
        self,
        session: Session,
        journal: Journal,
        file: JournalFile,
        tell: Sequence[Callable[[Event], None]],
    ) -> None:
        self._session = session
        self._journal = journal
        self._file = file
        self._tell = tell

    def note(self, note: Note) -> None:
        """Tell something; what was told is kept."""
        now = elapsed(self._session)
        at = now if note.at is None else note.at - self._session.began
        event = self._journal.add(
            time.time() - (now - at),
            note.type,
            note.text,
            elapsed=at,
            stream=note.stream,
            level=note.level,
            data=note.data,
        )
        self._file.append(event, self._journal.standing)
        for tell in self._tell:
            tell(event)

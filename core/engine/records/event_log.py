"""What happens, as all who look on hear of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

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
        tell: Each is called with every event, at once.
    """

    def __init__(
        self, session: Session, journal: Journal, tell: Sequence[Callable[[Event], None]]
    ) -> None:
        self._session = session
        self._journal = journal
        self._tell = tell

    def note(self, note: Note) -> None:
        """Tell something."""
        event = self._journal.add(
            time.time(),
            note.type,
            note.text,
            elapsed=elapsed(self._session),
            stream=note.stream,
            level=note.level,
            data=note.data,
        )
        for tell in self._tell:
            tell(event)

"""An engine to attend, of a control socket alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.ipc import journal_file
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.model import EventType

JOURNAL = "one"
"""Id of its events on the disk."""


class Engine:
    """A control socket, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        path, session = folder / "events.jsonl", str(folder / "stage.json")
        self.journal = Journal(journal_file.read(path, session).events)
        self.file = journal_file.JournalFile(path, session, JOURNAL)
        self.requests: list[Request | News] = []
        self.server = ControlServer(self.journal, self._command)
        self.folder = folder
        self.came = asyncio.Event()
        """Set by each request."""
        self.on_news: Callable[[], None] = lambda: None

    async def _command(self, request: Request | News) -> str:
        self.requests.append(request)
        self.came.set()
        if isinstance(request, News):
            self.on_news()
        return "heard"

    def tell(self, kind: EventType, **data: Any) -> None:
        event = self.journal.add(time.time(), kind, data=data)
        self.file.append(event, self.journal.standing)
        self.server.report(event)

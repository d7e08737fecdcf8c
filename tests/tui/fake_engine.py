"""An engine that shows what it is told, on a real control socket: for programs in a terminal."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from roomdeck.core.config import RoomConfig
from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.core.model import Event, Picture, RoomSnapshot, Size


class FakeEngine:
    """What a test says to all clients, and what they asked."""

    def __init__(self, kept: Sequence[Event] = ()) -> None:
        self.requests: list[Request] = []
        self.journal = Journal(kept)
        self.elapsed = 0.0
        """Seconds since the session began, as the last snapshot says."""
        self.picture: Callable[[str, Size], Picture | None] = lambda stream, size: None
        """Answers who asks for a still picture."""
        self.server = ControlServer(self.journal, self._command)

    def show(self, snapshot: RoomSnapshot) -> None:
        """Show clients the room as it is now; those to come as well."""
        self.elapsed = snapshot.elapsed
        self.server.publish(snapshot)

    def report(self, type_: str, text: str, stream: str = "", **details: Any) -> None:
        """Tell clients that something happened; those to come as well."""
        now = {"elapsed": self.elapsed + 1}
        self.server.report(
            self.journal.add(time.time(), type_, text, stream=stream, **now, **details)
        )

    async def _command(self, request: Request | News) -> str | Picture:
        assert isinstance(request, Request)
        self.requests.append(request)
        if request.command == "still":
            return self.picture(request.streams[0], request.size) or "there is no key frame yet"
        return f"{request.command}: {', '.join(request.streams) or 'everything'}"


@asynccontextmanager
async def fake_engine(
    room: RoomConfig, kept: Sequence[Event] = ()
) -> AsyncGenerator[FakeEngine, None]:
    """Run an engine where ``roomdeck attach`` finds it: in ``ROOMDECK_RUNTIME_DIR``."""
    engine = FakeEngine(kept)
    folder = RoomFolder.of(room)
    folder.create()
    await engine.server.open(folder.control_socket)
    try:
        yield engine
    finally:
        await engine.server.close(1.0)

"""An engine that does what a test says, an attendant that answers for it, and who asks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from roomdeck.core.attendant.http.part import HttpPart
from roomdeck.core.attendant.orders import Orders
from roomdeck.core.attendant.process import attend
from roomdeck.core.config import AttendantConfig, Http
from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.model import Event, EventType, Picture, RoomSnapshot

from .rooms import room, stream

GIVE_UP = 10.0
LOCAL = Http("127.0.0.1", 0)


class Stage:
    """All of it; requests go to `url`."""

    def __init__(self, folder: Path, http: Http) -> None:
        self.folder = folder
        self.http = http
        self.journal = Journal()
        self.asked: list[Request] = []
        self.one_asked = asyncio.Semaphore(0)
        """Released with each."""
        self.told: asyncio.Queue[News] = asyncio.Queue()
        self.answers = asyncio.Event()
        self.answers.set()
        self.server = ControlServer(self.journal, self._command)
        self.snapshot = room(stream("alice"))
        self.part = HttpPart(http, "stage")
        self.url = ""
        self._writers: list[asyncio.StreamWriter] = []
        self.session: aiohttp.ClientSession
        self.attending: asyncio.Task[None]

    async def _command(self, request: Request | News) -> str | Picture:
        if isinstance(request, News):
            if request.event:
                self.told.put_nowait(request)
            return "heard"
        self.asked.append(request)
        self.one_asked.release()
        await self.answers.wait()
        if request.command == "status":
            self.show(self.snapshot)
        if request.command == "still":
            return self._still(request.streams[0])
        if "nobody" in request.streams:
            raise ControlError("no stream called nobody; there are: alice")
        return f"{request.command}: {', '.join(request.streams) or 'all'}"

    def _still(self, name: str) -> str | Picture:
        if name == "nobody":
            raise ControlError("no stream called nobody")
        return "there is no key frame yet" if name == "bob" else Picture(2, 1, b"abcdef", age=60.0)

    def show(self, snapshot: RoomSnapshot) -> None:
        self.snapshot = snapshot
        self.server.publish(snapshot)

    def tell(self, kind: EventType, text: str = "") -> Event:
        event = self.journal.add(time.time(), kind, text)
        self.server.report(event)
        return event

    async def news(self) -> News:
        return await asyncio.wait_for(self.told.get(), GIVE_UP)

    async def opened(self) -> None:
        """Wait until it listens."""
        news = await self.news()
        assert news.event == EventType.HTTP_OPEN, news
        self.url = news.data["address"]

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(self.url + path, headers=named) as answer:
            return answer.status, await answer.read()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=body) as answer:
            return answer.status, await answer.json(content_type=None)

    async def raw(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, and send something."""
        port = int(self.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(writer)
        writer.write(data)
        return reader, writer

    async def hang_up(self) -> None:
        """Close what was connected."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def stage(folder: Path, http: Http = LOCAL, **headers: str) -> AsyncGenerator[Stage]:
    """Have an engine and its attendant."""
    made = Stage(folder, http)
    await made.server.open(folder / "engine.sock")
    made.show(made.snapshot)
    orders = Orders(
        folder=str(folder),
        room="stage",
        output=str(folder),
        sidecar=str(folder / "stage.json"),
        config=AttendantConfig(http=http),
    )
    made.attending = asyncio.create_task(attend(orders, [made.part]))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession(headers=named) as made.session:
        try:
            yield made
        finally:
            await made.hang_up()
            made.attending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await made.attending
            await made.server.close(0)

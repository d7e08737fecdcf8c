"""The engine's end of the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from ...errors import ProtocolError, RoomdeckError
from ...ipc.control_messages import (
    MAX_FRAME,
    EventUpdate,
    News,
    Reply,
    Request,
    SnapshotUpdate,
    SoundUpdate,
    decode_request,
    encode,
)
from ...model import Event, Picture, RoomSnapshot, SoundMeter
from ...tasks import Tasks
from ..records.journal import KEPT, Journal

CLOSE_TIMEOUT = 1.0
"""Seconds that a client has to answer our goodbye."""
Command = Callable[[Request | News], Awaitable[str | Picture]]
"""Carries out a request and says what was done, or shows what was asked for; raises
`RoomdeckError` where it cannot."""

_AT_ONCE = 32
"""Requests of one client that may wait for their answer at the same time."""


class _Client:
    """One client: what it has not been sent yet, bounded whatever the client does."""

    def __init__(self, socket: ServerConnection, missed: list[Event]) -> None:
        self.socket = socket
        self.events: deque[Event] = deque(missed, maxlen=KEPT)
        self.replies: deque[Reply] = deque(maxlen=KEPT)
        self.snapshot: RoomSnapshot | None = None
        self.listens = False
        self.sound: dict[str, SoundMeter] = {}
        self.wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.answers = Tasks("answering a client")

    async def send_all(self) -> None:
        """Send what there is, at the client's pace; a snapshot that waits is replaced."""
        while True:
            self.wake.clear()
            while self.events:
                await self.socket.send(encode(EventUpdate(self.events.popleft())))
            while self.replies:
                await self.socket.send(encode(self.replies.popleft()))
            snapshot, self.snapshot = self.snapshot, None
            if snapshot is not None:
                await self.socket.send(encode(SnapshotUpdate(snapshot)))
            sound, self.sound = self.sound, {}
            if sound:
                await self.socket.send(encode(SoundUpdate(sound)))
            if snapshot is None and not sound and not self.wake.is_set():
                self.idle.set()
                await self.wake.wait()

    def nudge(self) -> None:
        """There is something to send."""
        self.idle.clear()
        self.wake.set()


class ControlServer:
    """Sends snapshots and events to every client and takes commands from any."""

    def __init__(self, journal: Journal, command: Command) -> None:
        self._journal = journal
        self._command = command
        self._clients: set[_Client] = set()
        self._server: Server | None = None
        self._snapshot: RoomSnapshot | None = None

    async def open(self, path: Path) -> None:
        """Listen; only this user may connect."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._server = await unix_serve(
            self._serve,
            str(path),
            max_size=MAX_FRAME,
            compression=None,
            close_timeout=CLOSE_TIMEOUT,
        )
        os.chmod(path, 0o600)

    async def close(self, patience: float) -> None:
        """Send what is left, for so many seconds at most, and stop listening."""
        idle = [client.idle.wait() for client in self._clients]
        if idle:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await asyncio.gather(*idle)
        if self._server is not None:
            self._server.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._server.wait_closed()
            for client in self._clients:
                # It does not read: what waits for it would keep its socket open for ever.
                client.socket.transport.abort()
            await self._server.wait_closed()

    def publish(self, snapshot: RoomSnapshot) -> None:
        """Show clients the room as it is now."""
        self._snapshot = snapshot
        for client in self._clients:
            client.snapshot = snapshot
            client.nudge()

    def report(self, event: Event) -> None:
        """Tell clients what happened."""
        for client in self._clients:
            client.events.append(event)
            client.nudge()

    def hear(self, streams: Mapping[str, SoundMeter]) -> None:
        """Tell those clients that asked for it how loud streams are."""
        for client in self._clients:
            if client.listens:
                client.sound.update(streams)
                client.nudge()

    async def _serve(self, socket: ServerConnection) -> None:
        client = _Client(socket, self._journal.since(0))
        client.snapshot = self._snapshot
        self._clients.add(client)
        sender = asyncio.create_task(client.send_all())
        try:
            async for frame in socket:
                await self._receive(client, decode_request(frame))
        except (ConnectionClosed, ProtocolError):
            pass
        finally:
            self._clients.discard(client)
            client.idle.set()
            sender.cancel()
            client.answers.cancel()
            await asyncio.gather(sender, client.answers.join(), return_exceptions=True)

    async def _receive(self, client: _Client, request: Request | News) -> None:
        # A picture takes its time; what is asked after it must not wait for it.
        if len(client.answers) >= _AT_ONCE:
            await client.answers.wait_for_one()
        if isinstance(request, Request):
            client.listens = client.listens or request.sound
        client.answers.spawn(self._answer(client, request))

    async def _answer(self, client: _Client, request: Request | News) -> None:
        try:
            answer = await self._command(request)
            picture = answer if isinstance(answer, Picture) else None
            text = answer if isinstance(answer, str) else ""
            reply = Reply(number=request.number, ok=True, text=text, picture=picture)
        except RoomdeckError as error:
            reply = Reply(number=request.number, ok=False, text=str(error))
        client.replies.append(reply)
        client.nudge()

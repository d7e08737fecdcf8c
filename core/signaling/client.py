"""The one websocket to the handshake server."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from types import TracebackType

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from ..config import Family, RoomConfig
from ..errors import ProtocolError
from .backoff import Backoff, Patience
from .membership import Connected, Disconnected, Happening, Membership
from .network import explain, is_local, tls_context, websocket_url
from .peer import Message
from .secrets import Secrets

__all__ = ["Connected", "Disconnected", "Happening", "SignalingClient"]

AWAY_LIMIT = 30
"""Messages kept while there is no connection; the oldest go first (protocol.md §1.1)."""

_OUTBOX_LIMIT = 500
_INBOX_LIMIT = 200
# Beyond our own limit of a message, since the library answers an oversized frame by
# closing the connection: a stranger must not be able to cut us off.
_READ_LIMIT = 1024 * 1024
_CLOSE_TIMEOUT = 1.0
_FOR_ANOTHER = "left to come back under another address"

_log = logging.getLogger(__name__)


class SignalingClient:
    """Joins a room, or stays outside rooms, whatever happens to the connection.

    ::

        async with SignalingClient(config, secrets) as client:
            async for happening in client:
                match happening:
                    case Connected(): ...
                    case Listing(members): client.send(play(members[0].wire_stream))
                    case Disconnected(reason, retry_in): ...

    The iteration ends when the client is closed. One task may iterate.
    """

    def __init__(
        self,
        config: RoomConfig,
        secrets: Secrets,
        *,
        stream: str | None = None,
        backoff: Backoff = Backoff(),  # noqa: B008  frozen
        patience: Patience = Patience(),  # noqa: B008  frozen
    ) -> None:
        """Prepare; nothing is sent before the client is entered.

        Args:
            config: Server, room and family.
            secrets: Of the same room.
            stream: What we publish, without suffix; a recorder has none.
            backoff: Delays between attempts.
            patience: How long to wait for the server.

        Raises:
            UsageError: The server is no websocket URL, or what should vouch for it is no
                certificate.
        """
        self._url = websocket_url(config.server)
        self._tls = tls_context(self._url, config.tls_ca)
        self._membership = Membership(
            secrets.room_id(config.room) if config.room else None,
            family=config.family,
            wire_stream=None if stream is None else secrets.stream_on_wire(stream),
            patience=patience,
        )
        self._backoff = backoff
        self._patience = patience
        self._inbox: asyncio.Queue[Happening | None] = asyncio.Queue(_INBOX_LIMIT)
        self._outbox: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._rejoining: asyncio.Task[None] | None = None
        """Ends a websocket that is to be followed by another one at once."""

    @property
    def connected(self) -> bool:
        """Whether we are in the room."""
        return self._membership.joined

    @property
    def family(self) -> Family:
        """What the server is known to be."""
        return self._membership.family

    @property
    def me(self) -> str:
        """Our own id; meaningful on fan-out servers only."""
        return self._membership.me

    def send(self, message: Message) -> None:
        """Queue a message; it goes out once we are in the room, addressed as the server needs.

        Raises:
            TypeError: It holds something that JSON cannot.
        """
        msgspec.json.encode(message)  # here, where the caller sees it, not in the writer
        limit = _OUTBOX_LIMIT if self.connected else AWAY_LIMIT
        while len(self._outbox) >= limit:
            self._outbox.popleft()
        self._outbox.append(message)
        self._wake.set()

    def rejoin(self) -> None:
        """Come back at once under another address; whoever is away gets another one anyway."""
        if self._socket is not None:
            self._membership.rename()
            self._rejoining = self._rejoining or asyncio.create_task(self._socket.close())

    async def __aenter__(self) -> SignalingClient:
        """Begin to connect."""
        self._task = asyncio.create_task(self._run(), name="signaling")
        self._task.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave: closing the websocket is all that servers know of leaving."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def __aiter__(self) -> SignalingClient:
        """Iterate over what happens."""
        return self

    async def __anext__(self) -> Happening:
        """Wait for the next happening."""
        happening = await self._inbox.get()
        if happening is not None:
            return happening
        self._inbox.put_nowait(None)
        if self._task is not None and not self._task.cancelled():
            self._task.result()
        raise StopAsyncIteration

    def _ended(self, _task: asyncio.Task[None]) -> None:
        """End the iteration, even one that was far behind."""
        while self._inbox.full():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)

    async def _run(self) -> None:
        failures = 0
        while True:
            reason = await self._visit()
            failures = 0 if self.connected else failures
            delay = self._backoff.delay(failures, random.random())
            if self._membership.refusal:
                delay = max(delay, self._backoff.refused)
            elif self._rejoining is not None:
                reason, delay = _FOR_ANOTHER, 0.0
            self._rejoining = None
            self._membership.closed()
            await self._inbox.put(Disconnected(reason, delay))
            await asyncio.sleep(delay)
            failures += 1

    async def _visit(self) -> str:
        """Open one websocket and stay until it ends; return why it did."""
        try:
            async with connect(
                self._url,
                ssl=self._tls,
                open_timeout=self._patience.connect,
                close_timeout=_CLOSE_TIMEOUT,
                max_size=_READ_LIMIT,
                proxy=None if is_local(self._url) else True,
            ) as socket:
                self._socket = socket
                try:
                    return await self._converse(socket)
                finally:
                    self._socket = None
        except (OSError, WebSocketException, UnicodeError, ImportError) as error:
            # the last two: a host name beyond DNS, a proxy beyond what is installed
            return explain(error, self._url)

    async def _converse(self, socket: ClientConnection) -> str:
        writer = asyncio.create_task(self._write(socket), name="signaling writer")
        try:
            await self._deliver(self._membership.opened(_now()))
            while not self._membership.refusal:
                await self._deliver(await self._read(socket))
                await self._deliver(self._membership.poll(_now()))
            return self._membership.refusal
        finally:
            writer.cancel()
            await asyncio.wait([writer])

    async def _read(self, socket: ClientConnection) -> list[Happening]:
        """Wait for a frame or for the membership's deadline."""
        deadline = self._membership.deadline
        try:
            async with asyncio.timeout_at(deadline):
                frame = await socket.recv()
        except TimeoutError:
            return []
        try:
            if isinstance(frame, bytes):
                raise ProtocolError("a binary frame")
            return self._membership.receive(frame, _now())
        except ProtocolError as error:
            _log.debug("ignored a message: %s", error)
            return []

    async def _deliver(self, happenings: list[Happening]) -> None:
        self._wake.set()
        for happening in happenings:
            await self._inbox.put(happening)

    async def _write(self, socket: ClientConnection) -> None:
        """Send what is queued: first the membership's own words, the rest once we are in."""
        own = self._membership.outgoing
        while True:
            await self._wake.wait()
            self._wake.clear()
            while own or (self._outbox and self.connected):
                if own:
                    await socket.send(_encode(own.pop(0)))
                else:
                    await self._write_one(socket)

    async def _write_one(self, socket: ClientConnection) -> None:
        message = self._outbox.popleft()
        try:
            await socket.send(_encode(self._membership.address(message)))
        except ConnectionClosed:
            self._outbox.appendleft(message)
            raise


def _now() -> float:
    return asyncio.get_running_loop().time()


def _encode(message: Message) -> str:
    return msgspec.json.encode(message).decode()

"""The handshake server on a websocket port: ``wss://`` with a certificate, else ``ws://``.

Pages use ``wss://`` only: without a certificate they need a proxy that has one (protocol.md §1.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ..tasks import Tasks
from .bridge import Action, Closing, Delivery, Probe
from .front import front_page
from .handshake import HandshakeServer
from .limits import Limits

_PROBE_TIMEOUT = 3.0
"""Seconds; a page repeats a refused ``seed`` after 5 s (protocol.md §1.5)."""
_CLOSE_TIMEOUT = 2.0
_TLS_TIMEOUT = 10.0
"""Seconds for the TLS handshake; as many as the library gives the one of the websocket."""
_TICK = 1.0

_logger = logging.getLogger(__name__)
# What strangers do to the port is no news for the terminal.
_logger.addHandler(logging.NullHandler())
_logger.propagate = False


class _Peer:
    """One websocket and what waits to be written to it."""

    def __init__(self, connection: ServerConnection, backlog: int) -> None:
        self.connection = connection
        self.probing = False
        self._backlog = backlog
        self._queue: deque[Delivery | Closing] = deque()
        self._queued = 0
        self._filled = asyncio.Event()

    def put(self, action: Delivery | Closing) -> None:
        """Queue something to be written; a reader that is too slow is cut off."""
        self._queue.append(action)
        self._queued += len(action.text) if isinstance(action, Delivery) else 0
        self._filled.set()
        if self._queued > self._backlog:
            self.connection.transport.abort()

    async def write(self) -> None:
        """Write what is queued, until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._filled.wait()
                while self._queue:
                    await self._write_one(self._queue.popleft())
                self._filled.clear()

    async def _write_one(self, action: Delivery | Closing) -> None:
        if isinstance(action, Closing):
            await self.connection.close(action.code, action.reason)
        else:
            self._queued -= len(action.text)
            await self.connection.send(action.text)

    async def probe(self) -> None:
        """Cut the connection unless it answers a ping soon."""
        self.probing = True
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT):
                await (await self.connection.ping())
        except (TimeoutError, ConnectionClosed):
            self.connection.transport.abort()
        finally:
            self.probing = False


class _App:
    """Carries messages between the sockets and the `HandshakeServer`."""

    def __init__(self, limits: Limits, secure: bool) -> None:
        self._limits = limits
        self._secure = secure
        self._server = HandshakeServer(limits)
        self._peers: dict[int, _Peer] = {}
        self._numbers = itertools.count()
        self._probes = Tasks("a probe")

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse the upgrade with 503 at too many connections (protocol.md §1.1).

        A browser that comes without one gets a page.
        """
        if self._server.admits(_address(connection)):
            return front_page(request, self._secure)
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections\n")

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one connection until it ends."""
        number = next(self._numbers)
        if not self._server.connect(number, _address(connection)):
            await connection.close(1013, "too many connections")
            return
        peer = self._peers[number] = _Peer(connection, self._limits.backlog)
        writer = asyncio.create_task(peer.write())
        try:
            async for message in connection:
                self._perform(self._server.receive(number, message, _now()))
        except ConnectionClosed:
            pass
        finally:
            del self._peers[number]
            self._server.disconnect(number, _now())
            writer.cancel()
            await asyncio.wait([writer])

    async def tick(self) -> None:
        """Pass the time to the server for ever."""
        while True:
            await asyncio.sleep(_TICK)
            self._perform(self._server.tick(_now()))

    async def close(self) -> None:
        """End the probes that are under way."""
        self._probes.cancel()
        await self._probes.join()

    def _perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            peer = self._peers.get(action.connection)
            if peer is None:
                continue
            if not isinstance(action, Probe):
                peer.put(action)
            elif not peer.probing:
                self._probes.spawn(peer.probe())


class RunningServer:
    """A handshake server that accepts connections."""

    def __init__(self, server: Server, host: str, scheme: str) -> None:
        """Wraps a listening websocket server."""
        self._server = server
        self._scheme = scheme
        self.port: int = next(iter(server.sockets)).getsockname()[1]
        """The TCP port, also where 0 was asked for."""
        self._host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)

    @property
    def url(self) -> str:
        """Where a client on this machine connects to."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{self._scheme}://{host}:{self.port}"

    async def close(self) -> None:
        """Close every connection with 1001 and the port; harmless if done before."""
        self._server.close()
        await self._server.wait_closed()


@contextlib.asynccontextmanager
async def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[RunningServer, None]:
    """Run a handshake server; port 0 takes a free one, and without ``tls`` it is a plain one.

    Raises:
        OSError: the port cannot be opened.
    """
    limits = limits or Limits()
    app = _App(limits, tls is not None)
    server = await listen(
        app.handle,
        host,
        port,
        process_request=app.admit,
        max_size=limits.frame,
        compression=None,
        ping_interval=limits.ping,
        ping_timeout=limits.ping,
        close_timeout=_CLOSE_TIMEOUT,
        server_header=None,
        logger=_logger,
        ssl=tls,
        ssl_handshake_timeout=_TLS_TIMEOUT if tls else None,
    )
    running = RunningServer(server, host, "wss" if tls else "ws")
    ticker = asyncio.create_task(app.tick())
    try:
        yield running
    finally:
        ticker.cancel()
        await app.close()
        await running.close()
        await asyncio.wait([ticker])


def _now() -> float:
    return asyncio.get_running_loop().time()


def _address(connection: ServerConnection) -> str:
    """The IP address at the other end; empty if it is gone already."""
    remote = connection.remote_address
    return str(remote[0]) if remote else ""

"""Listens for HTTP, and lets nobody take more than a little of anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

CONNECTIONS = 64
"""At once; those beyond are ended as they come."""
IDLE = 20.0
"""Seconds that a client may take for a request line and headers, and between requests."""
READ = 5.0
"""Seconds that a client may take to send a body."""
WRITE = 10.0
"""Seconds that a client may take to read what is sent to it."""
LONGEST_BODY = 1 << 16
"""Bytes."""
LONGEST_LINE = 4096
"""Bytes of the request line, or of a header."""
HEADERS = 64
_CLOSE = 1.0
"""Seconds that requests have when it closes."""
_BUFFER = 1 << 16
_quiet = logging.getLogger(f"{__name__}.quiet")
"""For what aiohttp says of malformed requests, of which anybody may send any number."""
_quiet.disabled = True

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class _Server(web.Server):
    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        # Whoever is waited for has read all: nothing of it is left when its time is over.
        transport.set_write_buffer_limits(high=0)
        if len(self.connections) > CONNECTIONS:
            transport.abort()


class Listener:
    """One address at which requests are taken."""

    def __init__(self, runner: web.ServerRunner) -> None:
        self._runner = runner

    @classmethod
    async def open(cls, host: str, port: int, handler: Handler) -> Listener:
        """Listen.

        Raises:
            OSError: It is taken, or none of this machine.
        """
        server = _Server(
            handler,
            handler_cancellation=True,
            logger=_quiet,
            access_log=None,
            keepalive_timeout=IDLE,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=HEADERS,
            lingering_time=0,
            read_bufsize=_BUFFER,
            auto_decompress=False,
        )
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=_CLOSE)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except BaseException:
            await runner.cleanup()
            raise
        return cls(runner)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._runner.addresses[0][1]

    async def close(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()


async def read(request: web.BaseRequest) -> bytes | None:
    """Return the body of a request; ``None`` where it is too long.

    Raises:
        TimeoutError: It does not come.
    """
    if (request.content_length or 0) > LONGEST_BODY:
        return None
    body = b""
    async with asyncio.timeout(READ):
        while chunk := await request.content.readany():
            body += chunk
            if len(body) > LONGEST_BODY:
                return None
    return body


async def send(request: web.BaseRequest, response: web.Response) -> None:
    """Send an answer, and drop the client if it does not read it.

    Raises:
        ConnectionError: It is gone.
    """
    async with writing(request):
        await response.prepare(request)
        await response.write_eof()


@contextlib.asynccontextmanager
async def writing(request: web.BaseRequest) -> AsyncGenerator[None]:
    """Send what is sent within, and drop the client if it does not read it.

    Raises:
        ConnectionError: It is gone.
    """
    try:
        async with asyncio.timeout(WRITE):
            yield
            # All is read then, but what the system keeps for it.
            with contextlib.suppress(RuntimeError):
                await request.writer.drain()
    except TimeoutError:
        drop(request)
        raise ConnectionResetError("the client does not read") from None


def drop(request: web.BaseRequest) -> None:
    """End a connection without a word."""
    if request.transport is not None:
        request.transport.abort()

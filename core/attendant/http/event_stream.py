"""Events as a stream: Server-Sent Events, as browsers read them (HTML, 9.2)."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from ...errors import RefusedError
from ...model import Event
from .listener import writing
from .routes import EVENTS
from .seen import Seen

STREAMS = 16
"""At once."""
HEARTBEAT = 15.0
"""Seconds without an event after which a comment keeps the connection open, and tells whether it
is."""
RETRY = 2000
"""Milliseconds after which a client comes back that lost its connection."""


class EventStreams:
    """All who hear events.

    Args:
        seen: Has them.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._bell = asyncio.Event()
        self._open: set[asyncio.Task[Any]] = set()
        self._over = False

    def ring(self) -> None:
        """There is another one."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def finish(self, patience: float) -> None:
        """Have all hear the last one, and end."""
        self._over = True
        self.ring()
        if self._open:
            await asyncio.wait(self._open, timeout=patience)

    def check(self) -> None:
        """Let one more client in, or not.

        Raises:
            RefusedError: There are too many.
        """
        if len(self._open) >= STREAMS:
            raise RefusedError(503, f"{STREAMS} clients hear events already")

    async def serve(self, request: web.BaseRequest, headers: dict[str, str]) -> web.StreamResponse:
        """Tell one client of events, until it goes or there are no more.

        Raises:
            ConnectionError: It is gone.
        """
        response = web.StreamResponse(headers=headers | {"Content-Type": EVENTS})
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._tell(request, response)
        finally:
            self._open.discard(task)
        return response

    async def _tell(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        last = _last_heard(request)
        await response.prepare(request)
        await _write(request, response, f"retry: {RETRY}\n\n".encode())
        while True:
            bell = self._bell
            for event in self._seen.since(last):
                await _write(request, response, _frame(event))
                last = event.seq
            if self._over:
                break
            if bell is self._bell:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await bell.wait()
                except TimeoutError:
                    await _write(request, response, b":\n\n")
        await response.write_eof()


async def _write(request: web.BaseRequest, response: web.StreamResponse, data: bytes) -> None:
    async with writing(request):
        await response.write(data)


def _frame(event: Event) -> bytes:
    # JSON has no line ends.
    return b"id: %d\ndata: %b\n\n" % (event.seq, msgspec.json.encode(event))


def _last_heard(request: web.BaseRequest) -> int:
    """Return the number that the client says, or 0 where it is none."""
    text = request.headers.get("Last-Event-ID", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

"""The part of an attendant that answers over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import time

from ...config import Http
from ...errors import ControlError, UsageError
from ...ipc.control_client import ControlClient
from ...model import Event, EventLevel, EventType, RoomSnapshot
from .api import Api
from .event_stream import EventStreams
from .guard import Guard
from .listener import Listener
from .seen import Seen
from .token_file import read_token

RETRY = 5.0
"""Seconds after which an address that was taken is tried again."""
_LAST = 2.0
"""Seconds that clients have to hear of the end."""


class HttpPart:
    """Tells how a recording is to whoever may ask, and has the engine do what they want.

    Args:
        http: Where, and who may ask.
        room: What the recording is called.
    """

    def __init__(self, http: Http, room: str) -> None:
        self._http = http
        self._room = room
        self._seen = Seen()
        self._events = EventStreams(self._seen)
        self._api: Api | None = None
        self._over = asyncio.Event()
        self._closed = asyncio.Event()

    async def run(self, engine: ControlClient) -> None:
        """Answer until cancelled, or until all is over."""
        listener = await self._open(engine)
        try:
            await self._over.wait()
        finally:
            await listener.close()
            self._closed.set()

    def hear(self, event: Event) -> None:
        """Take an event."""
        self._seen.hear(event)
        self._events.ring()

    def see(self, snapshot: RoomSnapshot) -> None:
        """Take the room as it is now."""
        self._seen.see(snapshot, time.monotonic())
        if self._api is not None:
            self._api.look()

    async def finish(self) -> None:
        """Have clients hear of the end, and leave the address to who comes next."""
        await self._events.finish(_LAST)
        self._over.set()
        if self._api is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST):
                    await self._closed.wait()

    async def _open(self, engine: ControlClient) -> Listener:
        """Listen as soon as that can be; one that another attendant has is free before long."""
        told = ""
        while True:
            try:
                listener = await self._listen(engine)
            except (OSError, UsageError) as error:
                why = str(error.strerror if isinstance(error, OSError) else error)
                if why != told:
                    told = why
                    text = f"no metrics and no remote control at {self._http.address}: {why}"
                    await _tell(engine, EventType.WARNING, f"{text}; it is tried again", "")
                await asyncio.sleep(RETRY)
                continue
            address = f"http://{Http(self._http.host, listener.port).address}"
            text = f"metrics and remote control at {address}"
            await _tell(engine, EventType.HTTP_OPEN, text, address)
            return listener

    async def _listen(self, engine: ControlClient) -> Listener:
        guard = Guard(read_token(self._http), self._http.is_local)
        api = Api(self._room, self._seen, engine, guard, self._events)
        listener = await Listener.open(self._http.host, self._http.port, api.handle)
        self._api = api
        return listener


async def _tell(engine: ControlClient, kind: EventType, text: str, address: str) -> None:
    level = EventLevel.WARNING if kind is EventType.WARNING else EventLevel.INFO
    data = {"address": address} if address else {}
    with contextlib.suppress(ControlError):
        await engine.tell(kind, text, level=level, data=data)

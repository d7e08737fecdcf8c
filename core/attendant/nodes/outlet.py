"""Tells whoever comes to hear it what goes on on a node."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from ...errors import ControlError, ProtocolError
from ...ipc.control_messages import News, Reply, decode_update, encode
from ...model import EventLevel, EventType, UploadsSnapshot

DONE = 4000
"""How a connection is closed when nothing is left to be told, as of RFC 6455, 7.4.2."""
PATIENCE = 30.0
"""Seconds that who hears may take to say so."""
MOST = 40
"""Files that are told of at a time: each second's news is to be small."""


class Outlet:
    """Is told by parts, as an engine is, and passes it on; one hears it at a time, the last."""

    def __init__(self) -> None:
        self._hearer: ServerConnection | None = None
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._uploads: UploadsSnapshot | None = None

    async def serve(self, hearer: ServerConnection) -> None:
        """Have one hear who was admitted, until they go."""
        previous, self._hearer = self._hearer, hearer
        if previous is not None:
            await previous.close()
        with contextlib.suppress(ConnectionClosed, ProtocolError):
            if self._uploads is not None:
                await hearer.send(encode(News(number=0, uploads=self._uploads)))
            async for frame in hearer:
                reply = decode_update(frame)
                if isinstance(reply, Reply) and reply.number in self._replies:
                    self._replies.pop(reply.number).set_result(reply)
        if self._hearer is hearer:
            self._hearer = None

    async def tell(
        self,
        kind: EventType,
        text: str,
        stream: str = "",
        level: EventLevel = EventLevel.INFO,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Have all hear of something; as of `Audience`."""
        await self._send(
            News(
                number=next(self._numbers),
                event=kind,
                text=text,
                stream=stream,
                level=level,
                data=data or {},
            )
        )

    async def show(self, uploads: UploadsSnapshot) -> None:
        """Have all see how far uploads are; as of `Audience`."""
        self._uploads = msgspec.structs.replace(uploads, files=uploads.files[:MOST])
        await self._send(News(number=next(self._numbers), uploads=self._uploads))

    async def farewell(self) -> None:
        """Say that nothing is left to be told."""
        if self._hearer is not None:
            await self._hearer.close(DONE)

    async def _send(self, news: News) -> None:
        """Have something heard.

        Raises:
            ControlError: Nobody does, or they do not say so.
        """
        if self._hearer is None:
            raise ControlError("nobody hears what goes on here")
        reply = self._replies[news.number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._hearer.send(encode(news))
                told = await self._answer(self._hearer, reply)
        except (ConnectionClosed, TimeoutError):
            raise ControlError("who heard what goes on here is gone") from None
        finally:
            self._replies.pop(news.number, None)
        if not told.ok:
            raise ControlError(told.text)

    @staticmethod
    async def _answer(hearer: ServerConnection, reply: asyncio.Future[Reply]) -> Reply:
        """Return a reply, or find out that none will come.

        Raises:
            ControlError: They went.
        """
        going = asyncio.ensure_future(hearer.wait_closed())
        try:
            await asyncio.wait((going, reply), return_when=asyncio.FIRST_COMPLETED)
        finally:
            going.cancel()
        if not reply.done():
            raise ControlError("who heard what goes on here went")
        return reply.result()

"""A handshake server that does no more than the simplest one: it passes on what clients say.

protocol.md §1.4, rules 1 to 5. What has no sender is dropped without a word, and nobody is told
who is there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import ServerConnection, serve


@dataclass
class _Member:
    name: str = ""
    room: str | None = None
    stream: str | None = None


class FanoutServer:
    """Who is connected, and what they said in words that a fan-out server drops."""

    def __init__(self) -> None:
        self.url = ""
        self.dropped: list[dict[str, Any]] = []
        self._members: dict[ServerConnection, _Member] = {}

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one connection."""
        me = self._members[connection] = _Member()
        try:
            async for text in connection:
                await self._take(me, str(text), json.loads(text))
        finally:
            del self._members[connection]

    async def _take(self, me: _Member, text: str, message: dict[str, Any]) -> None:
        if "from" not in message:
            self.dropped.append(message)
            return
        me.name = me.name or message["from"]
        request = message.get("request")
        if request == "joinroom":
            me.room = message["roomid"]
        if request in ("joinroom", "seed"):
            me.stream = message.get("streamID") or me.stream
        for connection, other in list(self._members.items()):
            addressed = message.get("UUID") in (None, other.name)
            asked = request != "play" or other.stream == message.get("streamID")
            if other is not me and other.room == me.room and addressed and asked:
                with contextlib.suppress(OSError):
                    await connection.send(text)


@contextlib.asynccontextmanager
async def fanout_server() -> AsyncGenerator[FanoutServer, None]:
    """Open one at a free port."""
    server = FanoutServer()
    async with serve(server.handle, "127.0.0.1", 0) as listening:
        server.url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}"
        yield server

"""A worker on a node of a cluster, spoken with over the network and not through Ray."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...cluster.cards import WorkerCard
from ...cluster.door import PING, PONG, knock
from ...errors import ProtocolError
from ...ipc import worker_messages
from .link import Link, greeting


class End(Enum):
    """How a link ended."""

    LEFT = auto()
    """Its worker did."""
    CUT = auto()
    """Its worker is gone, or the connection alone."""
    SILENT = auto()
    """Nothing came over it any more."""
    SUPERSEDED = auto()
    """Its worker has a later engine."""


Ended: TypeAlias = Callable[[WorkerCard, End], None]
"""Called when a link is over, with where its worker is."""
HELLO = 10.0
"""Seconds that a worker may take to say what it holds."""


class NodeLink(Link):
    """One worker on a node.

    Args:
        socket: The link to it.
        hello: What it said first.
        card: Where it is.
        ended: Hears of its end.
    """

    def __init__(
        self,
        socket: ClientConnection,
        hello: worker_messages.Hello,
        card: WorkerCard,
        ended: Ended,
    ) -> None:
        super().__init__(socket, hello, card.node)
        self.card = card
        self._ended = ended
        self._beating = asyncio.create_task(self._beat())

    def waits_for_disk(self) -> bool:
        """Whether it waits for its system: that is not seen from here."""
        return False

    def dismiss(self) -> None:
        """It may well go on recording: who heard of the end of its link sees to it."""

    def kill(self) -> None:
        """Give it up. It is not ended: who hears nothing of it cannot know that it is of no use."""
        self.silent = True
        self._socket.transport.abort()

    async def exit_status(self) -> int | None:
        """Return ``None``: nobody on this machine knows."""
        return None

    async def _beat(self) -> None:
        """Give it up as soon as it does not answer: `websockets` would wait for its farewell."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(PING)
                answer = asyncio.ensure_future(await self._socket.ping())
                # Where it was us who stood still, the answer is there by then.
                await asyncio.wait((answer,), timeout=PONG)
                if not answer.done():
                    return self.kill()
                await answer

    def _closed(self, error: ConnectionClosed) -> None:
        self._beating.cancel()
        self._ended(self.card, self._end())

    def _end(self) -> End:
        if self.superseded:
            return End.SUPERSEDED
        return End.LEFT if self.left else End.SILENT if self.silent else End.CUT


class SupersededError(ProtocolError):
    """Another engine of the room, which began later, has the worker."""


async def reach(card: WorkerCard, token: str, term: float, ended: Ended) -> NodeLink | None:
    """Return a worker; ``None``: nobody is there, or one of another version.

    Raises:
        OSError: Its machine does not answer.
        SupersededError: It has a later engine.
        ProtocolError: Somebody is there who does not know the token, or says we do not.
    """
    try:
        socket = await knock(card, token, term, ping=None)
    except (ConnectionError, EOFError):
        return None
    hello = await greeting(socket, HELLO)
    if hello is None and socket.close_code == worker_messages.SUPERSEDED:
        raise SupersededError(f"worker {card.number} on {card.node} has a later engine")
    return NodeLink(socket, hello, card, ended) if hello else None

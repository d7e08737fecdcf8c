"""The files of a node, for who knows the token: an actor of Ray that carries none of them itself.

It opens a door as workers have one (`core/cluster/door.py`). What is asked there is JSON; what is
answered is JSON, or the bytes of a file as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec
from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed

from ..cluster.cards import WorkerCard
from ..cluster.door import Doorkeeper, listen, port_of
from ..cluster.here import Orders, here_of
from ..cluster.token import read_token
from ..errors import UNDECODABLE, RecordingError
from ..recording.naming import is_held
from .sources import Folder, FoundFile

PIECE = 1 << 19
"""Bytes that are sent at once at most: signs of life wait behind them."""


class Asked(msgspec.Struct, frozen=True):
    """A question about a file."""

    path: str
    """Absolute; empty: where are recordings?"""
    stamp: str = ""
    """As of `Told`, to read of it; empty: is it there?"""
    offset: int = 0
    count: int = 0


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a file."""

    size: int = 0
    stamp: str = ""
    """Empty: it is not there."""
    over: bool = False
    """Nobody writes it."""
    folder: str = ""
    """Of recordings; empty: the same path as on the engine's machine."""
    error: str = ""


class Shelf:
    """Serves the files of takes of this node.

    Args:
        orders: `Orders` as JSON.
    """

    def __init__(self, orders: str) -> None:
        self._here = here_of(msgspec.json.decode(orders, type=Orders))
        self._server: Server | None = None

    async def open(self) -> str:
        """Begin to serve; return where, as JSON."""
        keeper = Doorkeeper(read_token(Path(self._here.token_file)))
        self._server = await listen(self._here, keeper, self._serve)
        port = port_of(self._server)
        card = WorkerCard(self._here.node, 0, os.getpid(), self._here.host, port)
        return msgspec.json.encode(card).decode()

    async def close(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, asker: ServerConnection) -> None:
        """Answer one who was admitted, until they go."""
        with contextlib.suppress(ConnectionClosed, *UNDECODABLE):
            async for text in asker:
                asked = msgspec.json.decode(text, type=Asked)
                await asker.send(await asyncio.to_thread(answer, asked, self._here.output))


def answer(asked: Asked, folder: str = "") -> bytes | str:
    """Return what is known of a file as JSON, or bytes of it; blocks as its disk does.

    Args:
        asked: What is to be known.
        folder: As of `Told`.
    """
    if not asked.path:
        return _json(Told(folder=folder))
    file = Folder().find(asked.path)
    if not asked.stamp:
        return _json(Told(file.size, file.stamp, _over(file)) if file else Told())
    if file is None or file.stamp != asked.stamp:
        return _json(Told(error=f"{asked.path} is another file by now, or gone"))
    try:
        return file.read(max(0, asked.offset), max(0, min(asked.count, PIECE)))
    except RecordingError as error:
        return _json(Told(error=str(error)))


def _over(file: FoundFile) -> bool:
    try:
        return not is_held(file.path)
    except OSError:
        return False


def _json(told: Told) -> str:
    return msgspec.json.encode(told).decode()

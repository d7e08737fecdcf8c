"""The files of all nodes of a cluster, by the shelf that each opens."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Generator, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ..cluster.cards import WorkerCard
from ..cluster.door import knock
from ..cluster.token import read_token
from ..cluster.waiting import first_line, no_answer
from ..config import ClusterConfig
from ..errors import UNDECODABLE, ControlError, ProtocolError, RecordingError
from .opening import Opened
from .shelf import PIECE, Asked, Told
from .sources import Silent, Source

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a disk may take to answer."""
_OPENING = "roomdeck.core.collection.opening"


@contextlib.contextmanager
def shelves(
    cluster: ClusterConfig, waits: Callable[[str], None] = lambda text: None
) -> Generator[dict[str, Source]]:
    """Have all nodes of a cluster open their shelves meanwhile; yields one for each, by name.

    Those that do not say why when they are asked for a file.

    Args:
        cluster: That.
        waits: Told what is waited for, where that takes long.

    Raises:
        UsageError: There is no token, or others can read it.
        ControlError: The cluster cannot be used.
    """
    token = read_token(Path(cluster.token_file))
    with _opened(cluster, waits) as opened, reach(opened.shelves, token) as known:
        yield known | {node: Silent(node, why) for node, why in opened.silent.items()}


@contextlib.contextmanager
def reach(cards: Iterable[WorkerCard], token: str) -> Generator[dict[str, Source]]:
    """Have links to shelves that are open, as they are needed; yields one for each, by its node.

    Args:
        cards: Where they are.
        token: Of the cluster.
    """
    with _Loop() as loop:
        known = {card.node: Shelf(card, token, loop) for card in cards}
        try:
            yield dict(known)
        finally:
            for shelf in known.values():
                shelf.close()


class Shelf:
    """The files of one node, as `Source` has them.

    Args:
        card: Where it is.
        token: Of the cluster.
        loop: Carries what is said.
    """

    def __init__(self, card: WorkerCard, token: str, loop: _Loop) -> None:
        self._card, self._token, self._loop = card, token, loop
        self._socket: ClientConnection | None = None
        self._turn = asyncio.Lock()
        """Of who asks: files are brought several at a time, and an answer says not whose it is."""

    def find(self, path: str) -> ShelfFile | None:
        """Return the file that has a path there; ``None`` where it is not to be had.

        Raises:
            RecordingError: The node does not answer.
        """
        told = self.ask(Asked(path))
        if isinstance(told, bytes) or not told.stamp:
            return None
        return ShelfFile(self, path, told)

    def folder(self) -> str:
        """Return where its recordings are; as of `Source`."""
        told = self.ask(Asked(""))
        return "" if isinstance(told, bytes) else told.folder

    def ask(self, asked: Asked) -> Told | bytes:
        """Return the answer to a question.

        Raises:
            RecordingError: There is none.
        """
        try:
            answer = self._loop.run(self._asked(asked))
            return answer if isinstance(answer, bytes) else msgspec.json.decode(answer, type=Told)
        except (OSError, TimeoutError, ProtocolError, ConnectionClosed, *UNDECODABLE) as error:
            self.close()
            why = str(error) or "it does not answer"
            raise RecordingError(f"cannot read from {self._card.node}: {why}") from None

    def close(self) -> None:
        """End the link, if there is one; another question begins another one."""
        self._loop.run(self._leave())

    async def _asked(self, asked: Asked) -> bytes | str:
        async with self._turn:
            try:
                if self._socket is None:
                    self._socket = await knock(self._card, self._token)
                async with asyncio.timeout(PATIENCE):
                    await self._socket.send(msgspec.json.encode(asked).decode())
                    return await self._socket.recv()
            except BaseException:
                # What comes late would be taken for the answer to the next question.
                await self._leave()
                raise

    async def _leave(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


class ShelfFile:
    """A file of a node, as `Found` has it."""

    def __init__(self, shelf: Shelf, path: str, told: Told) -> None:
        self._shelf, self._path = shelf, path
        self.size, self.stamp, self.over = told.size, told.stamp, told.over

    def read(self, offset: int, count: int) -> bytes:
        """Return so many bytes; as of `Found`."""
        pieces: list[bytes] = []
        while count > 0:
            asked = Asked(self._path, self.stamp, offset, min(count, PIECE))
            piece = self._shelf.ask(asked)
            if isinstance(piece, Told):
                raise RecordingError(piece.error or "it is not understood")
            if not piece or len(piece) > count:
                break
            pieces.append(piece)
            offset, count = offset + len(piece), count - len(piece)
        return b"".join(pieces)


class _Loop:
    """An event loop in a thread of its own: links stay alive while disks are waited for."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> _Loop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, asked: Coroutine[Any, Any, T]) -> T:
        """Return what becomes of it."""
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    @staticmethod
    async def _leave() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def _opened(cluster: ClusterConfig, waits: Callable[[str], None]) -> Generator[Opened]:
    process = subprocess.Popen(
        [sys.executable, "-m", _OPENING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(cluster) + b"\n")
        process.stdin.flush()
        opened = _read(first_line(process.stdout, cluster, waits))
        if opened.error:
            raise ControlError(f"the cluster at {cluster.address} cannot be used: {opened.error}")
        yield opened
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


def _read(said: bytes) -> Opened:
    try:
        return msgspec.json.decode(said, type=Opened)
    except UNDECODABLE:
        return Opened(error=no_answer())

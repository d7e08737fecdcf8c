"""Hears on the engine's machine what goes on beside recordings on nodes, and has all hear it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...cluster.cards import WorkerCard
from ...cluster.door import knock
from ...cluster.token import read_token
from ...errors import UNDECODABLE, ControlError, ProtocolError, RecordingError, UsageError
from ...ipc.control_messages import News, Reply, decode_request, encode
from ...model import Event, EventType, RoomSnapshot, UploadsSnapshot
from ...recording import sidecar
from ...tasks import Tasks
from ..part import Audience
from .outlet import DONE
from .sums import Sums

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at where nodes can be heard."""
GONE = 60.0
"""Seconds after the end of the recording in which one that cannot be reached may come back."""
_OF_NODES = (EventType.UPLOAD_DONE, EventType.UPLOAD_FAILED, EventType.FILE_REMOVED)
_ToldAs = tuple[str, ...]


class NodesPart:
    """Follows the attendants of nodes.

    Args:
        cards: Path of the file that says where they are, which the engine writes.
        token_file: That of the cluster.
        path: Of the session's JSON file, which says where files are.
    """

    def __init__(self, cards: Path, token_file: str, path: Path) -> None:
        self._path = path
        self._file = cards
        self._token_file = token_file
        self._engine: Audience | None = None
        self._cards: dict[str, WorkerCard] = {}
        """Where each was last, by node."""
        self._done: set[WorkerCard] = set()
        """Those that have nothing left to tell."""
        self._lost: dict[str, float] = {}
        """Since when nodes are not heard; monotonic. Those that are heard have none."""
        self._told: set[_ToldAs] = set()
        self._over_since: float | None = None
        self._sums = Sums()
        self._tasks = Tasks("following a node")

    async def run(self, engine: Audience) -> None:
        """Follow them until cancelled."""
        self._engine = engine
        try:
            while True:
                for node in self._look():
                    self._tasks.spawn(self._follow(node))
                await asyncio.sleep(LOOK)
        finally:
            self._tasks.cancel()
            await self._tasks.join()

    def hear(self, event: Event) -> None:
        """Take from an event what all have heard, and that it is over."""
        if event.type in _OF_NODES:
            self._told.add(_told_as(event.type, event.data))
        if event.type == EventType.ENGINE_END:
            self._over_since = time.monotonic()

    def see(self, snapshot: RoomSnapshot) -> None:
        """The room does not matter."""

    async def finish(self) -> None:
        """Hear the rest."""
        while not self.done:  # noqa: ASYNC110 - what is in files sets no event
            await asyncio.sleep(LOOK)

    @property
    def done(self) -> bool:
        """Whether nothing is to be heard of any of them any more, now that it is over."""
        if self._over_since is None:
            return False
        known = _read(self._file)
        return all(card in self._done or self._is_gone(card.node) for card in known)

    def with_theirs(self, uploads: UploadsSnapshot) -> UploadsSnapshot:
        """Return how far all are, together with what is uploaded here."""
        return self._sums.total(uploads)

    def _is_gone(self, node: str) -> bool:
        since = max(self._lost.get(node, time.monotonic()), self._over_since or 0.0)
        return time.monotonic() - since > GONE

    def _look(self) -> list[str]:
        """Return the nodes that were not known."""
        found = {card.node: card for card in _read(self._file)}
        new = [node for node in found if node not in self._cards]
        self._cards |= found
        return new

    async def _follow(self, node: str) -> None:
        self._lost[node] = time.monotonic()
        while True:
            card = self._cards[node]
            if card not in self._done:
                try:
                    socket = await knock(card, read_token(Path(self._token_file)))
                    await self._listen(card, socket)
                except (OSError, UsageError, ProtocolError) as error:
                    logger.info("%s is not heard: %s", node, error)
            await asyncio.sleep(LOOK)

    async def _listen(self, card: WorkerCard, socket: ClientConnection) -> None:
        """Hear one until it is gone, or has nothing left to tell."""
        since = self._lost.pop(card.node, None)
        logger.info("%s is heard%s", card.node, " again" if since is None else "")
        try:
            async for frame in socket:
                news = decode_request(frame)
                if isinstance(news, News):
                    ok = await self._take(card.node, news)
                    await socket.send(encode(Reply(number=news.number, ok=ok, text="heard")))
        except ConnectionClosed:
            if socket.close_code == DONE:
                self._done.add(card)
        finally:
            self._lost[card.node] = time.monotonic()
            await socket.close()

    async def _take(self, node: str, news: News) -> bool:
        """Take what a node tells; returns whether all have heard it."""
        if news.uploads is not None:
            self._sums.see(node, news.uploads)
        if news.event not in _OF_NODES:
            return True
        kind, data = EventType(news.event), {**news.data, "node": node}
        session = str(data.pop("session", ""))
        if kind is EventType.UPLOAD_FAILED:
            return await self._tell(kind, news, data)
        if _told_as(kind, data) in self._told:
            return True
        await asyncio.to_thread(self._place, kind, session, data)
        return await self._tell(kind, news, data)

    async def _tell(self, kind: EventType, news: News, data: dict[str, Any]) -> bool:
        text = f"{data['node']}: {news.text}"
        logger.info("%s", text)
        if self._engine is not None:
            with contextlib.suppress(ControlError):
                await self._engine.tell(kind, text, news.stream, news.level, data)
                self._told.add(_told_as(kind, data))
                return True
        # When the recording is over nobody listens; the log has it.
        return self._over_since is not None

    def _place(self, kind: EventType, session: str, data: Mapping[str, Any]) -> None:
        """Have the JSON file say where a file is, or that it went."""
        path = self._path.with_name(sidecar.of_session(Path(session).name))
        found = sidecar.Whereabouts(
            file=str(data.get("file", "")),
            on=str(data.get("node", "")),
            to=str(data.get("to", "")),
            sha256=str(data.get("sha256", "")),
            removed=time.time() if kind is EventType.FILE_REMOVED else 0.0,
        )
        try:
            sidecar.place(path, [found])
        except RecordingError as error:
            logger.error("the sidecar does not say where files are: %s", error)


def _told_as(kind: str, data: Mapping[str, Any]) -> _ToldAs:
    """Return by what an event of a file is known."""
    return (kind, *(str(data.get(key, "")) for key in ("node", "file", "to", "sha256")))


def _read(path: Path) -> list[WorkerCard]:
    """Return where attendants of nodes are; none where there is no such file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[WorkerCard])
    except (OSError, *UNDECODABLE):
        return []

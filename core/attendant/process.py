"""An attendant, from the first event that it hears to the last thing that it has to do."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import locks
from ..errors import ControlError
from ..ipc import journal_file
from ..ipc.control_client import ControlClient
from ..ipc.room_folder import RoomFolder
from ..model import Event, EventType, RoomSnapshot
from ..tasks import Tasks
from .orders import Orders
from .part import Part

if TYPE_CHECKING:
    from .nodes.part import NodesPart

logger = logging.getLogger(__name__)


def parts(orders: Orders) -> list[Part]:
    """Return what there is to do; each part loads what it needs, and only where it is wanted."""
    made: list[Part] = []
    if orders.config.http is not None:
        from .http.part import HttpPart

        made.append(HttpPart(orders.config.http, orders.room))
    nodes = _nodes(orders)
    if nodes is not None:
        made.append(nodes)
    if orders.config.uploads is not None:
        from .uploads.part import UploadPart

        made.append(UploadPart(orders.config.uploads, Path(orders.sidecar), others=nodes))
    if orders.config.retention is not None:
        from .retention.part import RetentionPart

        uploading = orders.config.uploads is not None
        wish = orders.config.retention
        made.append(RetentionPart(wish, Path(orders.sidecar), uploading=uploading))
    if orders.config.hooks:
        from .hooks.part import HooksPart

        made.append(HooksPart(orders))
    return made


def _nodes(orders: Orders) -> NodesPart | None:
    """Return what hears of nodes, where files are sent or removed on any."""
    config = orders.config
    if not orders.token_file or (config.uploads is None and config.retention is None):
        return None
    from .nodes.part import NodesPart

    cards = RoomFolder(Path(orders.folder)).attendants
    return NodesPart(cards, orders.token_file, Path(orders.sidecar))


async def attend(orders: Orders, parts: Sequence[Part]) -> None:
    """Have parts hear an engine until it leaves, and finish if it did so in order.

    Raises:
        ControlError: The engine is gone.
    """
    folder = RoomFolder(Path(orders.folder))
    async with await ControlClient.connect(folder) as engine:
        await engine.greet()
        tasks = Tasks("an attendant's part")
        running = [tasks.spawn(part.run(engine)) for part in parts]
        try:
            events = Events(folder.journal, orders)
            if await _follow(engine, events, parts):
                # One that does not run any more cannot finish.
                finishing = [tasks.spawn(part.finish()) for part in parts]
                await asyncio.gather(*map(_first_of, finishing, running))
        finally:
            tasks.cancel()
            await tasks.join()


async def _first_of(*tasks: asyncio.Task[None]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _follow(engine: ControlClient, events: Events, parts: Sequence[Part]) -> bool:
    """Pass on what the engine says; return whether it was heard to the end."""
    over = False
    async for update in engine.updates():
        updates = await events.before(update) if isinstance(update, Event) else ()
        for one in (*updates, update):
            for part in parts:
                _pass_on(one, part)
        over = over or (isinstance(update, Event) and update.type == EventType.ENGINE_END)
    return over


class Events:
    """Knows which events were heard, and gets those that the engine does not tell any more.

    Args:
        journal: Has them.
        orders: Of which session.
    """

    def __init__(self, journal: Path, orders: Orders) -> None:
        self._journal = journal
        self._orders = orders
        self._heard = 0

    async def before(self, event: Event) -> list[Event]:
        """Return what happened before an event that is heard now, and after the last one."""
        last, self._heard = self._heard, event.seq
        if event.seq == last + 1:
            return []
        kept = await asyncio.to_thread(journal_file.read, self._journal, self._orders.sidecar)
        found = kept.events if kept.id == self._orders.journal else ()
        return [one for one in found if last < one.seq < event.seq]


def _pass_on(update: Event | RoomSnapshot, part: Part) -> None:
    try:
        if isinstance(update, Event):
            part.hear(update)
        else:
            part.see(update)
    except Exception:
        # A fault of one part costs neither the others nor what comes after.
        logger.exception("%s failed", type(part).__name__)


@contextlib.contextmanager
def alone(orders: Orders) -> Generator[None]:
    """Wait until no other attendant of the session is left; the system tells if one dies."""
    name = hashlib.sha256(orders.sidecar.encode()).hexdigest()[:12]
    with locks.turn(Path(orders.folder) / f"attendant-{name}.lock"):
        yield


async def main(orders: Orders) -> None:
    """Attend a session."""
    with alone(orders), contextlib.suppress(ControlError):
        await attend(orders, parts(orders))

"""``roomdeck cluster drain`` and ``undrain``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from ...core.errors import ControlError
from ...core.ipc.control_client import ControlClient, running_engines
from ...core.ipc.control_messages import Verb
from ...core.ipc.room_folder import RoomFolder
from ...core.model import RoomSnapshot
from ...core.signaling.invite_links import parse_room
from ..exits import Exit
from ..lines.printer import narrate
from ..text.words import count

PATIENCE = 30.0
"""Seconds without a stream less after which it is said what is still there."""


async def drain(node: str, room: str | None, *, wait: bool) -> Exit:
    """Have a node emptied, in all rooms or in one."""
    folders = await _tell("drain", node, room)
    if wait:
        await asyncio.gather(*(_until_empty(folder, node) for folder in folders))
        narrate(f"{node} is empty")
    return Exit.OK


async def undrain(node: str, room: str | None) -> Exit:
    """Have a node filled again, in all rooms or in one."""
    await _tell("undrain", node, room)
    return Exit.OK


async def _tell(verb: Verb, node: str, room: str | None) -> list[RoomFolder]:
    folders, said = await _clusters(room), ""
    for folder in folders:
        async with await ControlClient.connect(folder) as client:
            said = await client.command(verb, (), node)
    narrate(said)
    return folders


async def _clusters(room: str | None) -> list[RoomFolder]:
    """Return the folders of the rooms that are recorded on a cluster.

    Raises:
        ControlError: There is none.
    """
    name = None if room is None else parse_room(room).name
    found = [
        folder
        for folder, snapshot in await running_engines()
        if snapshot.cluster is not None and name in (None, snapshot.room)
    ]
    if not found:
        raise ControlError("no room is recorded on a cluster here")
    return found


async def _until_empty(folder: RoomFolder, node: str) -> None:
    """Wait until nothing of a room is on a node, or the room is over."""
    async with await ControlClient.connect(folder) as client:
        least, since = -1, time.monotonic()
        async for update in client.updates():
            if not isinstance(update, RoomSnapshot):
                continue
            left = streams_on(node, update)
            if left is None:
                return
            if least < 0 or len(left) < least:
                least, since = len(left), time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                since = time.monotonic()
                there = f": {', '.join(left)}" if left else ""
                narrate(f"{node} still has {count(len(left), 'stream')}{there}")


def streams_on(node: str, snapshot: RoomSnapshot) -> Sequence[str] | None:
    """Return the streams that a node has; ``None``: not even a worker."""
    numbers = {worker.number for worker in snapshot.workers if worker.node == node}
    if not numbers:
        return None
    return [one.stream for one in snapshot.streams if one.worker in numbers]

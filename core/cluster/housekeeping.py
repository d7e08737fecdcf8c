"""What the supervisor of a room does on its node about the room's engine."""

from __future__ import annotations

import asyncio
import time

import msgspec

from ..config import RecordConfig
from ..errors import ControlError
from ..ipc.control_client import ControlClient, has_engine
from ..ipc.launch import CLUSTER_TIMEOUT
from ..ipc.processes import lives
from ..ipc.room_folder import RoomFolder
from ..ipc.runtime_folder import runtime_directory
from . import detach
from .engines import EngineCard, EngineState
from .token import token_path

LEAVING = 600.0
"""Seconds that an engine may take to finish its files."""
_LOOK = 0.2
_ENGINE = "roomdeck.core.engine"


def engine(room: str) -> EngineCard:
    """Return how the engine of a room is on this machine; one that ended in order left no card."""
    card = RoomFolder(runtime_directory() / room).read_card()
    if card is None:
        return EngineCard(state=EngineState.ENDED)
    alive = lives(card.pid)
    return EngineCard(state=EngineState.UP if alive else EngineState.AWAY, pid=card.pid)


async def start_engine(config: RecordConfig) -> EngineCard:
    """Start one as nobody's child, and wait until it is up; one that is there is had instead."""
    folder = RoomFolder.of(config.room)
    folder.create()
    begin = folder.engine_log.stat().st_size if folder.engine_log.exists() else 0
    said = msgspec.json.encode(_at_home(config))
    pid = await asyncio.to_thread(detach.start, folder.engine_log, _ENGINE, said=said)
    until = time.monotonic() + CLUSTER_TIMEOUT
    while lives(pid) and time.monotonic() < until:
        if await has_engine(folder):
            break
        await asyncio.sleep(_LOOK)
    card = engine(folder.path.name)
    if card.state is EngineState.UP:
        return card
    return EngineCard(state=EngineState.AWAY, said=_said(folder, begin))


async def end_engine(room: str) -> None:
    """Have one finish its files and leave, and wait until it has; or until there is none."""
    folder = RoomFolder(runtime_directory() / room)
    until = time.monotonic() + LEAVING
    while engine(room).state is EngineState.UP and time.monotonic() < until:
        try:
            async with await ControlClient.connect(folder) as client:
                await client.command("shutdown")
                async for _ in client.updates():
                    pass
        except ControlError:
            await asyncio.sleep(_LOOK)


def _at_home(config: RecordConfig) -> RecordConfig:
    """Return it with the token where it is on this machine."""
    if config.cluster is None:
        return config
    cluster = msgspec.structs.replace(config.cluster, token_file=str(token_path()))
    return msgspec.structs.replace(config, cluster=cluster)


def _said(folder: RoomFolder, begin: int) -> str:
    """Return the last line of what one complained about."""
    text = folder.engine_log.read_bytes()[begin:].decode(errors="replace").strip()
    return text.rpartition("\n")[2][-300:] or "it did not come up in time"

"""Has another engine where one died, and its bridge with it.

The bridge does so at once, unless it ends together with its engine. So the supervisor on the
engine's machine, which is an actor of Ray and no child of either, keeps what another engine needs.
Only there: an engine that cannot be reached may live, and the room's lock, which is what keeps two
from recording one room, is on its machine, as are the session's clock and its JSON file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

from ..config import RecordConfig
from ..ipc.processes import lives
from ..ipc.room_folder import RoomFolder
from ..ipc.runtime_folder import RUNTIME_VARIABLE
from . import detach

LOOK = 1.0
"""Seconds between two looks at the engine."""
_SUCCESSOR = "roomdeck.core.cluster.successor"


class Kept(msgspec.Struct, frozen=True):
    """An engine, and what another one in its place needs to know."""

    folder: str
    """The room's runtime folder."""
    engine: int
    """Its process."""
    config: RecordConfig


class Watchman:
    """Looks at one engine; another one, should it die, is started once and tells of itself.

    Args:
        succeed: Has another one.
    """

    def __init__(self, succeed: Callable[[Kept], None]) -> None:
        self._succeed = succeed
        self._kept: Kept | None = None
        self._looking: asyncio.Task[None] | None = None

    def inherit(self, kept: Kept) -> None:
        """Look at this engine from now on."""
        self._kept = kept
        self._looking = self._looking or asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            if self._kept is not None and died(self._kept):
                gone, self._kept = self._kept, None
                with contextlib.suppress(OSError, subprocess.SubprocessError):
                    await asyncio.to_thread(self._succeed, gone)
            await asyncio.sleep(LOOK)


def died(kept: Kept) -> bool:
    """Whether an engine is gone, and not in order: then it takes its card with it."""
    if lives(kept.engine):
        return False
    card = RoomFolder(Path(kept.folder)).read_card()
    return card is not None and card.pid == kept.engine


def leave_behind(kept: Kept) -> None:
    """Start what has another engine, as nobody's child; a password shows in no process list."""
    folder = Path(kept.folder)
    detach.start(
        RoomFolder(folder).engine_log,
        _SUCCESSOR,
        folder.name,
        said=msgspec.json.encode(kept.config),
        within=os.environ | {RUNTIME_VARIABLE: str(folder.parent)},
    )

"""What is done for one room on one node: a detached actor of Ray, which may end at any time.

It only starts workers and looks for those that are there. They are no children of its own: each has
a session of its own and init for a parent, so that no end of an actor, a raylet, a head, nor `ray
stop` reaches it (each was tried: tests/e2e/test_cluster.py). What comes in and goes out is JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from ..config import RecordConfig
from ..errors import RoomdeckError
from ..model import TakeSummary
from ..recording import sidecar
from . import detach, housekeeping, raylib
from .cards import NodeCard, WorkerCard, card_path, cards_in, node_folder
from .engines import EngineCard, EngineState
from .here import Orders, here_of
from .messages import Completion, Leftovers
from .watchman import Kept, Watchman, leave_behind

PATIENCE = 30.0
"""Seconds that a worker may take to come up."""
_LOOK = 0.05
_REPAIR = "roomdeck.core.recording.repair"
_WORKER = "roomdeck.core.worker"


class Supervisor:
    """Starts workers of one room on this node, and finds them.

    Args:
        orders: `Orders` as JSON.
    """

    def __init__(self, orders: str) -> None:
        said = msgspec.json.decode(orders, type=Orders)
        self._room = said.room
        self._here = here_of(said)
        self._folder = node_folder(said.room, said.node)
        self._watchman = Watchman(leave_behind)

    async def workers(self) -> str:
        """Return the cards of those that live, as JSON."""
        return msgspec.json.encode(cards_in(self._folder)).decode()

    async def start(self, number: int) -> str:
        """Start one; return its card as JSON, or what is wrong as text that does not begin so."""
        try:
            card = await asyncio.to_thread(self._start, number)
        except (OSError, subprocess.SubprocessError) as error:
            return f"cannot start a worker: {error}"
        return msgspec.json.encode(card).decode() if card else f"it says: {self._said(number)}"

    async def dismiss(self, number: int) -> None:
        """Have one finish its files and leave."""
        for card in cards_in(self._folder):
            if card.number == number:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(card.pid, signal.SIGTERM)

    async def inherit(self, kept: str) -> None:
        """Have another engine, should the one on this machine die; what is told is `Kept`."""
        self._watchman.inherit(msgspec.json.decode(kept, type=Kept))

    async def engine(self) -> str:
        """Return how the engine of the room is on this node; `EngineCard` as JSON."""
        return msgspec.json.encode(housekeeping.engine(self._room)).decode()

    async def start_engine(self, config: str) -> str:
        """Have one here; `RecordConfig` in, `EngineCard` out."""
        try:
            wish = msgspec.json.decode(config, type=RecordConfig)
            card = await housekeeping.start_engine(wish)
        except (OSError, RoomdeckError, subprocess.SubprocessError) as error:
            card = EngineCard(state=EngineState.AWAY, said=str(error))
        return msgspec.json.encode(card).decode()

    async def end_engine(self) -> None:
        """Have the one here finish its files and leave."""
        await housekeeping.end_engine(self._room)

    async def complete(self, leftovers: str) -> str:
        """Complete what a worker left without its end; `Leftovers` in, `Completion`s out."""
        done = await asyncio.to_thread(_complete, msgspec.json.decode(leftovers, type=Leftovers))
        return msgspec.json.encode(done).decode()

    def _start(self, number: int) -> WorkerCard | None:
        for folder in (self._folder.parent.parent, self._folder.parent, self._folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket, log = self._folder / f"worker-{number}.sock", self._log(number)
        here = msgspec.json.encode(self._here).decode()
        detach.start(log, _WORKER, "--node", here, str(socket), str(number))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if card_path(socket).exists():
                mine = (one for one in cards_in(self._folder) if one.number == number)
                return next(mine, None)
            time.sleep(_LOOK)
        return None

    def _log(self, number: int) -> Path:
        return self._folder / f"worker-{number}.log"

    def _said(self, number: int) -> str:
        with contextlib.suppress(OSError):
            return self._log(number).read_text(errors="replace")[-500:].strip()
        return "nothing"


def supervisor(node: NodeCard, orders: Orders) -> Any:
    """Return the supervisor of a room on a node: the one that is there, or a new one."""
    said = msgspec.json.encode(orders).decode()
    name = f"{orders.room}-{node.id}"
    return raylib.actor(Supervisor, node, said, name=name, lifetime="detached", get_if_exists=True)


def _complete(left: Leftovers) -> list[Completion]:
    folder = Path(left.takes[0].file).parent
    sidecar.merge(folder / left.sidecar, left.session, left.takes)
    told = subprocess.run(
        [sys.executable, "-m", _REPAIR, str(folder), left.node],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    done = [msgspec.json.decode(line, type=Completion) for line in told.stdout.splitlines()]
    with contextlib.suppress(OSError, RoomdeckError):
        _close(folder, left, [one.take for one in done if one.take is not None])
    return done


def _close(folder: Path, left: Leftovers, takes: list[TakeSummary]) -> None:
    """Have it said that takes are closed, where somebody here does something with such files."""
    path = sidecar.of_node(folder / left.sidecar, left.node)
    if path.exists():
        ours = (take for take in takes if take.node == left.node)
        sidecar.merge(path, left.session, [msgspec.structs.replace(it, node="") for it in ours])

"""On a node, what is done with files once they are closed: by a process that outlives workers.

A worker says on the disk which takes are closed, and sees to it that an attendant is there
(`core/attendant/nodes/`). It is nobody's child, as workers are, and all workers of a room on a node
have one together.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import subprocess
import time
from pathlib import Path

import msgspec

from ..attendant.nodes.orders import NodeOrders, encode
from ..cluster import detach
from ..cluster.cards import Here, WorkerCard, card_path
from ..errors import UNDECODABLE, RoomdeckError
from ..ipc.worker_messages import Session, Settings
from ..model import TakeSummary
from ..recording import sidecar
from ..recording.naming import is_held
from ..signaling.backoff import Backoff
from .machine import MachineWatch

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at whether there is one, and at what could not be written."""
LONG = 60.0
"""Seconds after which one that died is not taken for one that cannot run."""
UP = 5.0
"""Seconds at the end for one that was just started to be up: it has to be heard of."""
_ATTENDANT = "roomdeck.core.attendant.nodes"
_BACKOFF = Backoff(first=1.0, limit=60.0)


class Beside:
    """Keeps an attendant on this node, and tells it which takes are closed.

    Args:
        here: This node.
        folder: The room's runtime folder on it.
        settings: As of `hear`.
        machine: Tells the engine where the attendant is heard.
    """

    def __init__(self, here: Here, folder: Path, settings: Settings, machine: MachineWatch) -> None:
        self._here, self._folder = here, folder
        self.hear(settings)
        self._machine = machine
        self._unwritten: dict[tuple[str, str, float], TakeSummary] = {}
        self._begun: Session | None = None
        """Whose file says it is there, for whoever completes what we leave."""
        self._up = asyncio.Event()
        self._started, self._again, self._failures = 0.0, 0.0, 0

    def hear(self, settings: Settings) -> None:
        """Go on by what an engine says, the next one as well; what is unwritten goes with it.

        Args:
            settings: As they hold here.
        """
        self._session = settings.session
        self._orders = NodeOrders(
            here=self._here,
            folder=str(self._folder),
            takes=str(self._path(settings.session)),
            beside=settings.beside,
        )

    def _path(self, session: Session) -> Path:
        return sidecar.of_node(Path(session.sidecar), self._here.node)

    def closed(self, take: TakeSummary) -> None:
        """Say that a take is closed; blocks as the disk does, and is called in any thread.

        Nobody hears of the end before: of what an engine takes to be open when a worker dies it
        has the node find out and say this, of what it takes to be closed it has not.
        """
        mine = msgspec.structs.replace(take, node="")
        if not self._said([mine]):
            self._later(mine)

    def mended(self, take: TakeSummary, error: str) -> None:
        """Have it said that one was put right; one that could not be stays as it is."""
        mine = msgspec.structs.replace(take, node="")
        self._later(msgspec.structs.replace(mine, misplaced={}) if error else mine)

    async def run(self) -> None:
        """See to both until cancelled."""
        while True:
            await self._write()
            try:
                await asyncio.to_thread(self._keep, time.monotonic())
            except (OSError, subprocess.SubprocessError) as error:
                logger.error("what goes on beside recording cannot be started: %s", error)
            if self._machine.attendant[1]:
                self._up.set()
            await asyncio.sleep(LOOK)

    async def finish(self) -> None:
        """Say the rest, and see that somebody is there to do it."""
        await self._write()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(UP):
                await self._up.wait()

    async def _write(self) -> None:
        takes, session = dict(self._unwritten), self._session
        if self._begun is session and not takes:
            return
        if not await asyncio.to_thread(self._said, list(takes.values())):
            return
        self._begun = session
        for key, take in takes.items():
            if self._unwritten.get(key) is take:
                del self._unwritten[key]

    def _later(self, take: TakeSummary) -> None:
        self._unwritten[sidecar.key(take)] = take

    def _said(self, takes: list[TakeSummary]) -> bool:
        """Say that takes are closed; returns whether that could be."""
        try:
            self._merge(takes)
        except (OSError, RoomdeckError) as error:
            logger.error("it is not said which takes are closed: %s", error)
            return False
        return True

    def _merge(self, takes: list[TakeSummary]) -> None:
        session = self._session
        if session.place.objection(session.output):
            raise OSError("the disk is not mounted any more")
        info = sidecar.SessionInfo(
            room=session.room, server=session.server, started=session.started
        )
        sidecar.merge(self._path(session), info, takes)

    def _keep(self, now: float) -> None:
        """Start an attendant where there is none."""
        if _is_held(self._orders.lock):
            self._machine.attendant = _where(self._orders.socket)
            return
        if now < self._again:
            return
        self._failures = 0 if now - self._started > LONG else self._failures + 1
        self._started = now
        self._again = now + _BACKOFF.delay(self._failures, random.random())
        detach.start(self._orders.log, _ATTENDANT, said=encode(self._orders))


def _is_held(lock: Path) -> bool:
    try:
        return is_held(lock)
    except OSError:
        return False


def _where(socket: Path) -> tuple[int, int]:
    """Return process and port of the attendant with this socket; 0 while it is not up."""
    try:
        card = msgspec.json.decode(card_path(socket).read_bytes(), type=WorkerCard)
    except (OSError, *UNDECODABLE):
        return 0, 0
    return card.pid, card.port

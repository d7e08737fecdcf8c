"""On a node, what a worker says of closed files, and who does something with them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomdeck.core.attendant.nodes.orders import NodeOrders, decode
from roomdeck.core.cluster.cards import Here, WorkerCard, card_path
from roomdeck.core.config import AttendantConfig, Uploads
from roomdeck.core.ipc.worker_messages import Settings
from roomdeck.core.model import EndReason, Kind, Misplaced, TakeSummary
from roomdeck.core.recording import sidecar
from roomdeck.core.worker import beside as module
from roomdeck.core.worker.beside import Beside
from roomdeck.core.worker.machine import MachineWatch

from ..sessions import session

BESIDE = AttendantConfig(uploads=Uploads(to=("s3://takes",)))


class Stage:
    """A worker's part of it; who is started is kept, and starts nothing."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: list[NodeOrders] = []
        monkeypatch.setattr(module, "LOOK", 0.01)
        monkeypatch.setattr(subprocess, "run", self._run)
        here = Here(node="n1", host="127.0.0.1", output=str(folder), token_file="t")
        here_session = here.session(session())
        self.takes = sidecar.of_node(Path(here_session.sidecar), "n1")
        self.machine = MachineWatch(lambda: "")
        settings = Settings(session=here_session, beside=BESIDE)
        self.beside = Beside(here, folder, settings, self.machine)
        self.folder = folder

    def _run(self, command: list[str], **options: Any) -> None:
        self.started.append(decode(options["input"]))

    def take(self, *, misplaced: bool = False) -> TakeSummary:
        parts = {Kind.AUDIO: [Misplaced(begin=0.0, end=1.0, late=0.1)]} if misplaced else {}
        return TakeSummary(
            stream="s",
            raw_id="s",
            node="n1",
            file=str(self.folder / "lab_s_20261128-170000.ts"),
            started=1.0,
            offset=0.0,
            reason=EndReason.BYE,
            misplaced=parts,
        )

    def told(self) -> list[TakeSummary]:
        known = sidecar.load(self.takes)
        assert known is not None
        return [*known.takes]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


async def test_it_is_said_which_takes_are_closed_and_when_nobody_touches_them(
    stage: Stage,
) -> None:
    stage.machine.attendant = (1, 2)
    stage.beside.closed(stage.take(misplaced=True))
    await stage.beside.finish()
    (told,) = stage.told()
    assert (told.node, told.file) == ("", "lab_s_20261128-170000.ts")
    assert told.misplaced, "it is being put right"
    stage.beside.mended(stage.take(misplaced=True), "it cannot be")
    await stage.beside.finish()
    assert not stage.told()[0].misplaced


async def test_the_file_is_there_before_any_take_for_who_completes_what_a_worker_left(
    stage: Stage,
) -> None:
    running = asyncio.create_task(stage.beside.run())
    async with asyncio.timeout(20):
        while not stage.started:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)
    running.cancel()
    assert stage.told() == []
    assert stage.started[0].takes == str(stage.takes)
    assert stage.started[0].beside == BESIDE


async def test_one_that_is_there_is_left_alone_and_told_of(stage: Stage) -> None:
    orders = NodeOrders(
        here=Here(node="n1", host="h", token_file="t"),
        folder=str(stage.folder),
        takes=str(stage.takes),
        beside=BESIDE,
    )
    card = WorkerCard("n1", 0, os.getpid(), "127.0.0.1", 47101)
    card_path(orders.socket).write_bytes(msgspec.json.encode(card))
    with orders.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = asyncio.create_task(stage.beside.run())
        await stage.beside.finish()
        async with asyncio.timeout(20):
            while not stage.machine.attendant[1]:  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0.01)
        running.cancel()
    assert stage.machine.attendant == (os.getpid(), 47101)
    assert stage.started == []

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
from roomdeck.core.errors import DiskFullError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.worker_messages import Settings
from roomdeck.core.model import EndReason, Kind, Misplaced, TakeSummary
from roomdeck.core.recording import sidecar
from roomdeck.core.worker import beside as module
from roomdeck.core.worker.beside import Beside
from roomdeck.core.worker.machine import MachineWatch
from roomdeck.core.worker.process import Worker

from ..sessions import session
from .serving import Served, session_settings

BESIDE = AttendantConfig(uploads=Uploads(to=("s3://takes",)))


def started(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
    """Start nothing, and say that something was."""
    return subprocess.CompletedProcess(command, 0, stdout=b"1")


class Stage:
    """A worker's part of it; who is started is kept, and starts nothing."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: list[NodeOrders] = []
        monkeypatch.setattr(module, "LOOK", 0.01)
        monkeypatch.setattr(module, "UP", 0.01)
        monkeypatch.setattr(subprocess, "run", self._run)
        here = Here(node="n1", host="127.0.0.1", output=str(folder), token_file="t")
        here_session = here.session(session())
        self.takes = sidecar.of_node(Path(here_session.sidecar), "n1")
        self.machine = MachineWatch(lambda: "")
        settings = Settings(session=here_session, beside=BESIDE)
        self.beside = Beside(here, folder, settings, self.machine)
        self.folder = folder

    def _run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        self.started.append(decode(options["input"]))
        return started(command)

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


async def test_it_is_said_at_once_and_later_where_that_could_not_be(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.machine.attendant = (1, 2)
    stage.beside.closed(stage.take())
    assert [take.file for take in stage.told()] == ["lab_s_20261128-170000.ts"]
    stage.takes.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(sidecar, "merge", _full)
        stage.beside.closed(stage.take())
    assert not stage.takes.exists()
    await stage.beside.finish()
    assert [take.file for take in stage.told()] == ["lab_s_20261128-170000.ts"]


def _full(*_: object) -> None:
    raise DiskFullError("the disk is full")


async def test_an_engine_hears_of_an_end_only_when_the_node_knows_that_the_take_is_closed(
    served: Served, stage: Stage
) -> None:
    told_before: list[int] = []

    def closed(take: TakeSummary) -> None:
        stage.beside.closed(take)
        told_before.append(len(served.told.all(worker_messages.TakeEnd)))

    served.writer.closed = closed
    start = await served.recording()
    await served.peer.close(EndReason.BYE)
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert told_before == [0]
    assert [take.file for take in stage.told()] == [Path(start.take.file).name]
    assert stage.told()[0].bytes == end.take.bytes


async def test_a_worker_on_a_node_where_something_is_done_with_files_has_it_know_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", started)
    made = Worker(1, Here(node="n1", host="127.0.0.1", output=str(tmp_path), token_file="t"))
    settings = msgspec.structs.replace(session_settings(tmp_path), beside=BESIDE)
    vars(Worker)["_obey"](made, worker_messages.Setup(settings))
    known = vars(made)
    assert known["_writer"].closed == known["_beside"].closed
    known["_tasks"].cancel()


async def test_a_worker_that_is_told_again_goes_on_with_what_is_not_written_in_one_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    made = Worker(1, Here(node="n1", host="127.0.0.1", output=str(tmp_path), token_file="t"))
    settings = msgspec.structs.replace(session_settings(tmp_path), beside=BESIDE)
    known = vars(made)
    vars(Worker)["_obey"](made, worker_messages.Setup(settings))
    monkeypatch.setattr(subprocess, "run", started)
    with monkeypatch.context() as patch:
        patch.setattr(sidecar, "merge", _full)
        known["_writer"].closed(stage.take())
    other = msgspec.structs.replace(settings.session, sidecar=str(tmp_path / "other.json"))
    vars(Worker)["_obey"](
        made, worker_messages.Setup(msgspec.structs.replace(settings, session=other))
    )
    assert len(known["_tasks"]) == 1
    await known["_beside"].finish()
    known["_tasks"].cancel()
    told = sidecar.load(tmp_path / "other.n1.takes")
    assert told is not None
    assert [take.file for take in told.takes] == [Path(stage.take().file).name]


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

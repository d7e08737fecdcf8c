"""Worker processes: started, used evenly, found again, missed when they are gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import unix_connect

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.engine.workers.handle import BLOATED, HANGS, Death, WorkerHandle
from roomdeck.core.engine.workers.local import LocalFabric
from roomdeck.core.engine.workers.pool import IDLE, WorkerPool
from roomdeck.core.engine.workers.processes import waits_for_disk
from roomdeck.core.engine.workers.spares import Spares
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import spare_worker, worker_messages
from roomdeck.core.ipc.orphans import orphans, stop_orphans
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import EndReason, ReceivePath, WorkerSnapshot

from ...sessions import session

FAKE = Path(__file__).with_name("fake_worker.py")
SETTINGS = worker_messages.Settings(session=session())
HERITAGE = worker_messages.Heritage(
    RecordConfig(room=RoomConfig(room="lab", server="ws://x"), output="/out", prefix="lab")
)


def offer(peer: str, sdp: str = "sdp") -> worker_messages.Offer:
    return worker_messages.Offer(peer=peer, stream="s", raw_id="s", uuid="u", session=None, sdp=sdp)


class Pools:
    """Pools over one folder, one engine's after the other."""

    def __init__(self, folder: RoomFolder) -> None:
        self.folder = folder
        self.heard: asyncio.Queue[worker_messages.FromWorker] = asyncio.Queue()
        self.lost: asyncio.Queue[WorkerHandle] = asyncio.Queue()
        self.processes: list[asyncio.subprocess.Process] = []
        self.started = asyncio.Event()
        self._made: list[WorkerPool] = []

    def new(self, limit: int = 2) -> WorkerPool:
        fabric = LocalFabric(self.folder, limit)
        pool = WorkerPool(fabric, SETTINGS, HERITAGE, self.heard.put_nowait, self.lost.put_nowait)
        self._made.append(pool)
        return pool

    async def end(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        for pool in self._made:
            await asyncio.wait_for(pool.join(), 10)

    async def next(self) -> worker_messages.FromWorker:
        return await asyncio.wait_for(self.heard.get(), 10)

    async def load(self, worker: WorkerHandle, load: worker_messages.Load) -> None:
        """Have a worker report a load."""
        status = worker_messages.Status((), load)
        await worker.send(offer("none", worker_messages.encode(status)))
        assert await self.next() == status

    async def missing(self) -> WorkerHandle:
        return await asyncio.wait_for(self.lost.get(), 10)


@pytest.fixture
async def pools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Pools, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    # The fakes do not report by themselves, and are not hanging.
    monkeypatch.setattr("roomdeck.core.engine.workers.placement.SILENT", float("inf"))
    folder = RoomFolder(tmp_path / "room")
    folder.create()
    pools = Pools(folder)
    real = asyncio.create_subprocess_exec

    async def start(program: str, *words: str, **options: Any) -> asyncio.subprocess.Process:
        assert words[:2] == ("-m", "roomdeck.core.worker")
        process = await real(sys.executable, str(FAKE), *words[2:], **options)
        pools.processes.append(process)
        pools.started.set()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    yield pools
    await pools.end()


async def test_streams_share_a_worker_that_has_room(pools: Pools) -> None:
    pool = pools.new(limit=2)
    await Spares(pool).prepare()
    await Spares(pool).prepare()
    assert len(pool.workers) == 1
    assert [(await pool.place(f"p{number}")).number for number in range(4)] == [1, 1, 1, 1]
    assert pool.holders() == {f"p{number}": 1 for number in range(4)}
    assert pool.holder("nobody") is None
    await pool.tell_all(worker_messages.Shutdown())
    await asyncio.wait_for(pool.join(), 10)


async def test_the_first_worker_is_the_one_that_was_started_before(pools: Pools) -> None:
    spare_worker.start()
    pool = pools.new()
    await Spares(pool).prepare()
    assert [worker.number for worker in pool.workers.values()] == [1]
    assert pools.processes == [], "none was started"
    await pool.tell_all(worker_messages.Shutdown())
    await asyncio.wait_for(pool.join(), 10)


async def test_a_worker_that_died_before_it_was_needed_is_replaced(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = spare_worker.Spare()
    dead.kill()
    await dead.wait()
    monkeypatch.setattr(spare_worker, "claim", lambda: dead)
    pool = pools.new()
    await Spares(pool).prepare()
    assert len(pools.processes) == len(pool.workers) == 1
    await pool.tell_all(worker_messages.Shutdown())
    await asyncio.wait_for(pool.join(), 10)


async def test_workers_are_added_by_measured_load_up_to_the_limit(pools: Pools) -> None:
    pool = pools.new(limit=2)
    one = await pool.place("p1")
    await pools.load(one, worker_messages.Load(cpu=0.9))
    two = await pool.place("p2")
    assert two.number == 2
    holder = pool.holder("p2")
    assert holder is two
    await pools.load(two, worker_messages.Load(cpu=1.5))
    assert (await pool.place("p3")) is one
    await pools.load(one, worker_messages.Load(late=9.0))
    assert (await pool.place("p4")) is two


async def test_many_at_once_are_spread_before_anything_is_measured(pools: Pools) -> None:
    pool = pools.new(limit=2)
    await asyncio.gather(*(pool.place(f"p{number}") for number in range(50)))
    assert [len(worker.peers) for worker in pool.workers.values()] == [25, 25]


async def test_what_a_worker_uses_is_in_the_snapshot(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    assert pool.snapshot() == (WorkerSnapshot(number=1, pid=worker.pid, streams=1),)
    load: dict[str, Any] = {"cpu": 0.25, "late": 0.01, "memory": 80_000_000, "waiting": 12}
    await pools.load(worker, worker_messages.Load(path=ReceivePath.FAST, **load))
    (snapshot,) = pool.snapshot()
    assert snapshot == WorkerSnapshot(
        number=1, pid=worker.pid, streams=1, path=ReceivePath.FAST, **load
    )


async def test_what_workers_say_is_passed_on_and_their_connections_forgotten(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    await worker.send(offer("p1"))
    assert await pools.next() == worker_messages.Answer("p1", "answer")
    await worker.send(worker_messages.Close("p1", EndReason.STOPPED))
    assert await pools.next() == worker_messages.Closed("p1", EndReason.STOPPED)
    assert pool.holder("p1") is None


async def test_the_last_words_are_heard_before_the_end(pools: Pools) -> None:
    pool = pools.new()
    await Spares(pool).prepare()
    await pool.tell_all(worker_messages.Shutdown())
    await asyncio.wait_for(pool.join(), 10)
    assert await pools.next() == worker_messages.Closed("last", EndReason.SHUTDOWN)
    assert pool.workers == {}


async def test_a_killed_worker_is_missed_with_what_it_held(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    os.kill(worker.pid, signal.SIGKILL)
    lost = await pools.missing()
    assert lost.peers == {"p1"}
    await worker.send(offer("p2"))
    again = await pool.place("p1")
    assert again.pid != worker.pid


async def test_a_worker_that_says_nothing_is_ended_and_one_that_speaks_is_not(
    pools: Pools,
) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    for _ in range(HANGS):
        pool.watch()
    await pools.load(worker, worker_messages.Load())
    for _ in range(HANGS):
        pool.watch()
    assert pool.workers == {worker.number: worker}
    os.kill(worker.pid, signal.SIGSTOP)
    pool.watch()
    lost = await pools.missing()
    assert (lost, lost.death) == (worker, Death.HUNG)


async def test_a_worker_that_waits_for_the_disk_is_left_alone(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []

    def waits(pid: int) -> bool:
        waiting.append(pid)
        return len(waiting) < 4

    monkeypatch.setattr("roomdeck.core.engine.workers.processes.waits_for_disk", waits)
    pool = pools.new()
    worker = await pool.place("p1")
    for _ in range(HANGS + 3):
        pool.watch()
    assert worker.death is None
    pool.watch()
    assert (await pools.missing()).death is Death.HUNG


def test_a_running_process_does_not_wait_for_the_disk() -> None:
    assert not waits_for_disk(os.getpid())
    assert not waits_for_disk(0)


@pytest.mark.parametrize(
    ("number", "death"), [(signal.SIGKILL, Death.KILLED), (signal.SIGSEGV, Death.BROKE)]
)
async def test_a_worker_that_was_killed_is_told_from_one_that_broke(
    pools: Pools, number: signal.Signals, death: Death
) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    os.kill(worker.pid, number)
    assert (await pools.missing()).death is death


async def test_one_that_is_killed_with_much_memory_broke(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    await pools.load(worker, worker_messages.Load(memory=2 * BLOATED))
    os.kill(worker.pid, signal.SIGKILL)
    assert (await pools.missing()).death is Death.BROKE


async def test_groups_have_workers_of_their_own_and_leave_them_when_idle(pools: Pools) -> None:
    pool = pools.new(limit=1)
    shared = await pool.place("p1")
    apart = [await pool.place(f"q{number}", number) for number in (1, 1, 2)]
    assert [one.number for one in apart] == [2, 2, 3]
    assert await pool.place("p2") is shared
    now = time.monotonic()
    apart[2].gauge.drop("q2")
    await pool.tidy(now + IDLE - 1)
    assert not any(one.leaving for one in apart)
    await pool.tidy(now + IDLE + 1)
    lost = await pools.missing()
    assert (lost, lost.death, apart[0].leaving) == (apart[2], Death.LEFT, False)


async def test_what_a_lost_worker_held_goes_to_those_that_are_left(pools: Pools) -> None:
    pool = pools.new()
    one = await pool.place("p1")
    await pools.load(one, worker_messages.Load(cpu=0.9))
    two = await pool.place("p2")
    os.kill(one.pid, signal.SIGKILL)
    assert (await pools.missing()) is one
    assert (await pool.place("p1")) is two
    assert pool.holders() == {"p1": two.number, "p2": two.number}


async def test_a_worker_that_talks_nonsense_is_told_to_finish(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    await worker.send(worker_messages.Split("s"))
    assert (await pools.missing()).number == worker.number
    await asyncio.wait_for(pool.join(), 10)
    assert not pools.folder.worker_socket(worker.number).exists()


async def test_a_worker_that_does_not_start_is_an_error_that_names_its_log(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pool = pools.new()
    with pytest.raises(ControlError, match=r"see .*worker-1\.log"):
        await Spares(pool).prepare()
    await asyncio.wait_for(pool.join(), 10)


async def test_a_cancelled_start_leaves_no_process(pools: Pools) -> None:
    pool = pools.new()
    starting = asyncio.create_task(Spares(pool).prepare())
    await pools.started.wait()
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await asyncio.wait_for(pool.join(), 10)


async def test_a_second_engine_finds_the_workers_of_the_first(pools: Pools) -> None:
    first = pools.new()
    worker = await first.place("p1")
    pools.folder.worker_socket(7).touch()
    # The first engine dies: its links end, its workers stay.
    (found,) = await LocalFabric(pools.folder).find()
    assert (found.hello.pid, found.hello.settings) == (worker.pid, SETTINGS)
    assert not pools.folder.worker_socket(7).exists()
    second = pools.new()
    await second.adopt(await second.meet([found]))
    assert (await second.place("p2")).pid == worker.pid
    await second.tell_all(offer("p9"))
    assert await pools.next() == worker_messages.Answer("p9", "answer")


async def test_hurry_ends_what_hangs(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    os.kill(worker.pid, signal.SIGSTOP)
    await pool.tell_all(worker_messages.Shutdown())
    assert pool.hurry()
    await asyncio.wait_for(pool.join(), 10)
    assert not pool.hurry()


async def test_workers_without_an_engine_are_listed_and_stopped(pools: Pools) -> None:
    pool = pools.new()
    worker = await pool.place("p1")
    (orphan,) = await orphans("lab")
    assert (orphan.room, orphan.pid, orphan.streams) == ("lab", worker.pid, ())
    assert await orphans("other") == []
    assert await stop_orphans("other") == 0
    assert await stop_orphans(None) == 1
    await asyncio.wait_for(pool.join(), 10)


async def test_a_socket_of_something_else_is_no_orphan(pools: Pools) -> None:
    path = pools.folder.worker_socket(3)
    server = await asyncio.start_unix_server(lambda reader, writer: writer.close(), str(path))
    assert await orphans(None) == []
    with pytest.raises(Exception, match=r".*"):
        async with unix_connect(str(path)):
            pass
    server.close()
    await server.wait_closed()

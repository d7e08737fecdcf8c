"""The pool, where workers are no processes of this machine: it knows only what a fabric says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set

import pytest

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.engine.workers import pool as pool_module
from roomdeck.core.engine.workers.fabric import OneMachine
from roomdeck.core.engine.workers.handle import HANGS, Death, WorkerHandle
from roomdeck.core.engine.workers.nodes import Choice
from roomdeck.core.engine.workers.pool import LEFT, WorkerPool
from roomdeck.core.engine.workers.spares import Spares
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason
from roomdeck.core.recording.disk import Space

from ...sessions import session

SETTINGS = worker_messages.Settings(session=session())
HERITAGE = worker_messages.Heritage(
    RecordConfig(room=RoomConfig(room="lab", server="ws://x"), output="/out", prefix="lab")
)


class Elsewhere:
    """A worker somewhere: what it was told, and what it says."""

    def __init__(self, number: int, node: str = "") -> None:
        self.node = node
        self.silent = False
        self.hello = worker_messages.Hello(worker=number, pid=1)
        self.left = self.superseded = False
        self.told: list[worker_messages.ToWorker] = []
        self.done: list[str] = []
        self._says: asyncio.Queue[str | None] = asyncio.Queue()

    def say(self, message: worker_messages.FromWorker | None) -> None:
        self._says.put_nowait(None if message is None else worker_messages.encode(message))

    async def send(self, frame: str) -> None:
        self.told.append(worker_messages.decode_to_worker(frame))

    async def receive(self) -> str | None:
        return await self._says.get()

    async def close(self) -> None:
        self.done.append("close")

    def waits_for_disk(self) -> bool:
        return False

    def dismiss(self) -> None:
        self.done.append("dismiss")

    def kill(self) -> None:
        self.done.append("kill")
        self.say(None)

    async def exit_status(self) -> int | None:
        return None


class Somewhere(OneMachine):
    """A fabric in memory, whose room for workers may change."""

    def __init__(self, limit: int, *nodes: str) -> None:
        self.limit = limit
        self.nodes = nodes or ("",)
        self.busy: set[str] = set()
        self.left: Set[str] = set()
        self.back: list[Elsewhere] = []
        self.full: set[str] = set()
        self.broken: set[str] = set()
        """Nodes on which no worker comes up."""
        self.slow: dict[str, asyncio.Event] = {}
        """Nodes on which it does when that is set."""
        self.places: dict[str, str] = {}
        """On which node streams are to be, by name."""
        self.machines: dict[str, worker_messages.Machine] = {}
        self.links: list[Elsewhere] = []
        self.heritage: RecordConfig | None = None
        self.starts: asyncio.Event | None = None

    @property
    def bases(self) -> Set[str]:
        return set(self.nodes)

    def choice(self, names: Sequence[str] = ()) -> Choice:
        meant = [self.places[name] for name in names if name in self.places] or self.nodes
        found = {node: node in self.busy for node in meant if node not in self.full}
        return Choice(found, self.limit, full=self.full)

    def measured(self, node: str, machine: worker_messages.Machine) -> None:
        self.machines[node] = machine

    @property
    def drained(self) -> Set[str]:
        return self.left

    def leaving(self) -> Mapping[str, EndReason]:
        return dict.fromkeys(self.left, EndReason.RELOCATED)

    def drain(self, node: str, leave: bool) -> str:
        self.left = {node} if leave else set()
        return "done"

    def numbers(self) -> Set[int]:
        return {1}

    async def find(self) -> Sequence[Elsewhere]:
        return ()

    def returned(self) -> Sequence[Elsewhere]:
        back, self.back = self.back, []
        return back

    async def start(self, number: int, among: Collection[str] | None = None) -> Elsewhere:
        if self.starts is not None:
            await self.starts.wait()
        able = [node for node in self.nodes if among is None or node in among]
        for node in self.slow.keys() & able:
            await self.slow[node].wait()
        if not self.broken.isdisjoint(able):
            raise ControlError("it does not come up")
        if not able:
            raise ControlError("no node")
        have = Counter(link.node for link in self.links)
        node = min(able, key=lambda name: have[name])
        self.links.append(Elsewhere(number, node))
        return self.links[-1]

    def stand_by(self) -> None:
        pass

    async def dismiss(self) -> None:
        pass

    def hurry(self) -> bool:
        return False

    async def join(self) -> None:
        pass

    async def bequeath(self, config: RecordConfig) -> None:
        self.heritage = config

    async def close(self) -> None:
        pass


def pool_in(fabric: Somewhere) -> tuple[WorkerPool, list[WorkerHandle]]:
    lost: list[WorkerHandle] = []
    return WorkerPool(fabric, SETTINGS, HERITAGE, lambda message: None, lost.append), lost


async def test_a_worker_anywhere_is_told_what_it_must_know() -> None:
    fabric = Somewhere(1)
    pool, _ = pool_in(fabric)
    await Spares(pool).prepare()
    (link,) = fabric.links
    assert (link.hello.worker, link.told) == (2, [worker_messages.Setup(SETTINGS), HERITAGE])


async def test_there_are_more_workers_once_there_is_more_room() -> None:
    fabric = Somewhere(1)
    pool, _ = pool_in(fabric)
    for number in range(40):
        await pool.place(f"p{number}")
    assert len(pool.workers) == 1
    fabric.limit = 2
    assert (await pool.place("one more")).number == 3


async def test_each_machine_has_a_worker_before_streams_come_and_none_inherits() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    await Spares(pool).prepare()
    assert [(link.node, link.told) for link in fabric.links] == [
        ("a", [worker_messages.Setup(SETTINGS)]),
        ("b", [worker_messages.Setup(SETTINGS)]),
    ]
    assert {one.node for one in pool.snapshot()} == {"a", "b"}


async def test_a_machine_on_which_no_worker_comes_up_keeps_no_other_from_recording() -> None:
    fabric = Somewhere(4, "a", "b", "c")
    pool, _ = pool_in(fabric)
    spares = Spares(pool)
    fabric.broken = {"a"}
    await spares.prepare()
    assert {one.node for one in pool.snapshot()} == {"b", "c"}
    fabric.broken = set()
    assert await pool.refill()
    assert {one.node for one in pool.snapshot()} == {"a", "b", "c"}


async def test_a_machine_that_takes_long_keeps_no_other_waiting() -> None:
    fabric = Somewhere(4, "a", "b", "c")
    pool, _ = pool_in(fabric)
    slow = fabric.slow["a"] = asyncio.Event()
    preparing = asyncio.create_task(Spares(pool).prepare())
    async with asyncio.timeout(10):
        while len(pool.snapshot()) < 2:  # noqa: ASYNC110 - a pool sets no event
            await asyncio.sleep(0)
    assert {one.node for one in pool.snapshot()} == {"b", "c"}
    slow.set()
    await asyncio.wait_for(preparing, 10)
    assert len({one.number for one in pool.snapshot()}) == 3


async def test_who_has_no_worker_anywhere_says_why() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    fabric.broken = {"a", "b"}
    with pytest.raises(ControlError, match="does not come up"):
        await Spares(pool).prepare()


async def test_a_machine_that_comes_later_gets_a_worker() -> None:
    fabric = Somewhere(4, "a")
    pool, _ = pool_in(fabric)
    spares = Spares(pool)
    spares.tick(0.0)
    await spares.prepare()
    fabric.nodes = ("a", "b")
    spares.tick(1.0)
    await spares.stop()
    assert [link.hello.worker for link in fabric.links] == [2]
    spares = Spares(pool)
    await spares.prepare()
    assert [link.hello.worker for link in fabric.links] == [2, 3]


async def test_who_finds_room_does_not_wait_for_a_worker_that_is_being_started() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    await pool.place("p1")
    fabric.starts = asyncio.Event()
    refilling = asyncio.create_task(pool.refill())
    await asyncio.sleep(0)
    assert (await asyncio.wait_for(pool.place("p2"), 5)).number == 2
    fabric.starts.set()
    assert await refilling


async def test_who_is_out_of_reach_is_not_blamed() -> None:
    fabric = Somewhere(1, "a")
    pool, lost = pool_in(fabric)
    await pool.place("p1")
    fabric.links[0].silent = True
    fabric.links[0].say(None)
    await pool.join()
    assert [handle.death for handle in lost] == [Death.UNREACHABLE]


async def test_who_has_another_engine_is_not_gone() -> None:
    fabric = Somewhere(1, "a")
    pool, lost = pool_in(fabric)
    await pool.place("p1")
    fabric.links[0].superseded = True
    fabric.links[0].say(None)
    await pool.join()
    assert [(handle.death, set(handle.peers)) for handle in lost] == [(Death.SUPERSEDED, {"p1"})]


async def test_who_left_is_told_from_who_is_gone_for_reasons_that_nobody_knows() -> None:
    fabric = Somewhere(2)
    pool, lost = pool_in(fabric)
    await pool.place("p1")
    await pool.place("q1", group=1)
    one, two = fabric.links
    one.left = True
    one.say(None)
    two.say(worker_messages.Closed("q1", EndReason.VANISHED))
    two.say(None)
    await pool.join()
    assert [(handle.death, set(handle.peers)) for handle in lost] == [
        (Death.LEFT, {"p1"}),
        (Death.BROKE, set()),
    ]
    assert (one.done, two.done) == (["close"], ["dismiss", "close"])


async def test_who_hangs_is_ended_where_it_is() -> None:
    fabric = Somewhere(1)
    pool, lost = pool_in(fabric)
    await pool.place("p1")
    for _ in range(HANGS + 1):
        pool.watch()
    await pool.join()
    assert [handle.death for handle in lost] == [Death.HUNG]
    assert fabric.links[0].done[0] == "kill"


async def test_a_stream_goes_where_it_is_to_go_and_elsewhere_where_nobody_can_start_one() -> None:
    fabric = Somewhere(4, "a", "b")
    fabric.places = {"stage": "b"}
    pool, _ = pool_in(fabric)
    assert (await pool.place("p1")).node == "a"
    assert (await pool.place("p2", names=("stage", "Stage"))).node == "b"
    fabric.places["stage"] = "gone"
    # Somebody has it in any case: where it is to be none can be started.
    assert (await pool.place("p3", names=("stage",))).node in ("a", "b")
    fabric.limit = 0
    assert (await pool.place("p4", names=("stage",))).node in ("a", "b")


async def test_a_busy_machine_gets_no_more_as_long_as_another_has_less_to_do() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    await Spares(pool).prepare()
    fabric.busy = {"a"}
    assert {(await pool.place(f"p{n}")).node for n in range(6)} == {"b"}


async def test_nothing_goes_to_a_machine_whose_disk_is_full() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    await Spares(pool).prepare()
    fabric.full = {"a"}
    assert {(await pool.place(f"p{n}")).node for n in range(6)} == {"b"}
    fabric.full = {"a", "b"}
    with pytest.raises(ControlError):
        await pool.place("q")


async def test_what_a_worker_tells_of_its_machine_is_brought_to_who_places() -> None:
    fabric = Somewhere(1, "a")
    pool, _ = pool_in(fabric)
    await pool.place("p1")
    machine = worker_messages.Machine(disk=Space(1, 2), monotonic=0.0, unix=0.0, cpu=0.5)
    fabric.links[0].say(worker_messages.Status((), worker_messages.Load(machine=machine)))
    fabric.links[0].say(None)
    await pool.join()
    assert fabric.machines == {"a": machine}


async def test_who_could_be_elsewhere_does_not_wait_for_a_machine_that_starts_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "SOON", 0.0)
    fabric = Somewhere(4, "a", "b")
    fabric.places = {"stage": "b"}
    pool, _ = pool_in(fabric)
    await pool.place("p1")
    fabric.starts = asyncio.Event()
    placed = await asyncio.wait_for(pool.place("p2", names=("stage",)), 10)
    assert placed.node == "a"
    # It is there for the next one, when it comes.
    fabric.starts.set()
    assert (await asyncio.wait_for(pool.place("p3", names=("stage",)), 10)).node in ("a", "b")
    await Spares(pool).stop()
    assert [link.node for link in fabric.links] == ["a", "b"]


async def test_a_worker_leaves_a_machine_that_is_drained_when_nothing_is_on_it_any_more() -> None:
    fabric = Somewhere(4, "a", "b")
    pool, _ = pool_in(fabric)
    await Spares(pool).prepare()
    held = await pool.place("p1", names=())
    assert pool.drain(held.node, True) == "done"
    assert pool.to_move() == {"p1": EndReason.RELOCATED}
    now = time.monotonic()
    await pool.tidy(now + LEFT + 1)
    one, two = fabric.links
    assert not any(isinstance(message, worker_messages.Shutdown) for message in one.told)
    held.note(worker_messages.Closed("p1", EndReason.RELOCATED))
    await pool.tidy(now + 2 * (LEFT + 1))
    assert one.told[-1] == worker_messages.Shutdown()
    assert not any(isinstance(message, worker_messages.Shutdown) for message in two.told)


async def test_a_worker_that_comes_back_is_one_of_ours_again_and_who_was_never_is_let_go() -> None:
    fabric = Somewhere(1, "a")
    back: list[WorkerHandle] = []
    lost: list[WorkerHandle] = []

    def is_needed(handle: WorkerHandle) -> bool:
        back.append(handle)
        return handle.number == 7

    pool = WorkerPool(fabric, SETTINGS, HERITAGE, lambda message: None, lost.append, is_needed)
    mine, other, followed = (Elsewhere(number, "a") for number in (7, 8, 9))
    for link in (mine, followed):
        number = link.hello.worker
        link.hello = worker_messages.Hello(worker=number, pid=1, settings=SETTINGS)
    fabric.back = [mine, other, followed]
    pool.take_back()
    async with asyncio.timeout(10):
        while not (len(back) == 2 and other.done and followed.told):  # noqa: ASYNC110 - nothing else is told
            await asyncio.sleep(0)
    assert [handle.number for handle in back] == [7, 9]
    assert mine.told == []
    assert other.told == [worker_messages.Shutdown()]
    assert followed.told == [worker_messages.Shutdown(EndReason.RELOCATED)]
    assert (await pool.place("p1")).number == 7
    for link in (mine, followed):
        link.say(None)
    await pool.join()
    assert lost == back

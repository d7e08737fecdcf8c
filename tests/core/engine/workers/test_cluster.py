"""Workers on nodes, without Ray: what the bridge says is made up here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection

from roomdeck.core.cluster import door as door_module
from roomdeck.core.cluster import messages
from roomdeck.core.cluster.cards import Here, NodeCard, WorkerCard
from roomdeck.core.cluster.door import door
from roomdeck.core.config import FLOOR, ClusterConfig, PlaceRule
from roomdeck.core.engine.workers import bridge_link, cluster, node_link
from roomdeck.core.engine.workers.bridge_link import BridgeLink
from roomdeck.core.engine.workers.cluster import ClusterFabric
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.core.model import EndReason, NodeState, TakeSummary
from roomdeck.core.recording.disk import Space

from ...sessions import session
from .test_fabric import HERITAGE

_SAYS = """\
import pathlib, sys
for line in sys.stdin:
    with open({heard!r}, "a") as heard:
        heard.write(line)
    answer = pathlib.Path({folder!r}, line.split('"')[3])
    if answer.exists():
        print(answer.read_text(), flush=True)
"""
"""A bridge that answers what is asked with what is in a file of that name."""
SETTINGS = worker_messages.Settings(session=session())


class Stage:
    """A fabric, a bridge that is made up, and workers that are nothing but a door."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.heard = folder / "heard"
        self.heard.touch()
        token = folder / "token"
        token.write_text("t" * 40)
        token.chmod(0o600)
        self.token_file = str(token)
        self.room = RoomFolder(folder)
        said = _SAYS.format(heard=str(self.heard), folder=str(folder))
        (folder / "pretended.py").write_text(said)
        monkeypatch.setenv("PYTHONPATH", str(folder))
        monkeypatch.setattr(bridge_link, "MODULE", "pretended")
        self.told: list[worker_messages.ToWorker] = []
        self.fabrics: list[ClusterFabric] = []

    def fabric(self, *place: PlaceRule) -> ClusterFabric:
        config = ClusterConfig(address="box1:6379", token_file=self.token_file, place=place)
        self.fabrics.append(ClusterFabric(self.room, config))
        return self.fabrics[-1]

    def says(self, asked: str, message: messages.FromBridge) -> None:
        """Have the bridge say something when it is asked for something."""
        (self.folder / asked).write_bytes(msgspec.json.encode(message))

    async def until_heard(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.heard.read_text():  # noqa: ASYNC110 - a file sets no event
                await asyncio.sleep(0.02)

    async def serve(self, engine: ServerConnection) -> None:
        hello = worker_messages.Hello(worker=5, pid=os.getpid(), settings=SETTINGS)
        await engine.send(worker_messages.encode(hello))
        async for frame in engine:
            self.told.append(worker_messages.decode_to_worker(frame))

    def door(self, number: int = 5) -> AbstractAsyncContextManager[WorkerCard]:
        here = Here(node="n1", host="127.0.0.1", token_file=self.token_file)
        socket = self.folder / f"worker-{number}.sock"
        return door(here, socket, number, os.getpid(), self.serve)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Stage]:
    stage = Stage(tmp_path, monkeypatch)
    yield stage
    for fabric in stage.fabrics:
        await fabric.close()


def nodes(*cards: WorkerCard) -> messages.Nodes:
    return messages.Nodes(
        (NodeCard("n1", "127.0.0.1", 2, "id", cards), NodeCard("n2", "h", 0, "i"))
    )


async def test_a_worker_is_started_where_there_is_room_and_found_when_ray_is_gone(
    stage: Stage,
) -> None:
    async with stage.door() as card:
        stage.says("join", nodes())
        stage.says("start", messages.Started(card))
        fabric = stage.fabric()
        assert await fabric.find() == []
        assert (fabric.choice().limit, fabric.bases) == (2, {"n1"})
        link = await fabric.start(5)
        assert (link.node, link.hello.worker) == ("n1", 5)
        assert '"node":"n1","number":5' in stage.heard.read_text()
        await link.close()
        await fabric.close()

        (stage.folder / "join").unlink()
        again = stage.fabric()
        (found,) = await again.find()
        assert found.hello.settings == SETTINGS
        assert again.numbers() == {5}
        assert again.bases == {"n1"}, "an engine that follows needs no other one to begin with"
        await found.close()


async def test_where_nothing_is_kept_ray_tells_who_is_there(stage: Stage) -> None:
    async with stage.door() as card:
        stage.says("join", nodes(card))
        (found,) = await stage.fabric().find()
        assert found.card == card
        await found.close()


async def test_who_does_not_start_is_told(stage: Stage) -> None:
    stage.says("join", nodes())
    stage.says("start", messages.Failed("n1", 5, "no port"))
    fabric = stage.fabric()
    await fabric.find()
    with pytest.raises(ControlError, match="n1 did not start: no port"):
        await fabric.start(5)


async def test_while_ray_is_in_trouble_there_is_no_room_for_more(stage: Stage) -> None:
    stage.says("join", messages.Trouble("Ray does not answer"))
    fabric = stage.fabric()
    with pytest.raises(ControlError, match=r"box1:6379 cannot be used: Ray does not answer"):
        await fabric.find()
    assert (fabric.choice().limit, len(fabric.bases)) == (0, 1)
    assert fabric.cluster.trouble == "Ray does not answer"


async def test_who_cannot_be_reached_any_more_is_to_leave(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "OTHERS_TAKE_OVER", 0.0)
    monkeypatch.setattr(cluster, "AGAIN", 0.0)

    async def nobody(*_: object) -> None:
        return None

    async with stage.door() as card:
        stage.says("join", nodes(card))
        stage.says("start", messages.Started(card))
        fabric = stage.fabric()
        (link,) = await fabric.find()
        monkeypatch.setattr(cluster, "reach", nobody)
        link.kill()
        assert await link.receive() is None
        assert (link.left, link.silent) == (False, True)
        assert fabric.choice().limit == 0
        with pytest.raises(ControlError, match="no node"):
            await fabric.start(6)
        await stage.until_heard('"dismiss","node":"n1","number":5')


async def test_a_node_counts_as_away_for_as_long_as_its_machine_does_not_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "AGAIN", 0.0)
    tried = asyncio.Semaphore(0)

    async def silence(*_: object) -> None:
        # What a link's end began is over long ago.
        fabric_knows = vars(fabric)["_shunned"]
        fabric_knows.clear()
        tried.release()
        raise TimeoutError

    async with stage.door() as card:
        stage.says("join", nodes(card))
        fabric = stage.fabric()
        (link,) = await fabric.find()
        monkeypatch.setattr(cluster, "reach", silence)
        link.kill()
        assert await link.receive() is None
        async with asyncio.timeout(20):
            await tried.acquire()
            await tried.acquire()
        assert fabric.cluster.nodes[0].state is NodeState.UNREACHABLE


async def test_a_worker_that_does_not_answer_is_given_up_without_a_farewell(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_link, "PING", 0.01)
    monkeypatch.setattr(node_link, "PONG", 0.2)
    monkeypatch.setattr(door_module, "REACH", 600.0)
    frozen = asyncio.Event()

    async def serve(engine: ServerConnection) -> None:
        hello = worker_messages.Hello(worker=5, pid=os.getpid(), settings=SETTINGS)
        await engine.send(worker_messages.encode(hello))
        engine.transport.pause_reading()
        await frozen.wait()

    monkeypatch.setattr(stage, "serve", serve)
    async with stage.door() as card:
        stage.says("join", nodes(card))
        (link,) = await stage.fabric().find()
        async with asyncio.timeout(20):
            assert await link.receive() is None
        assert (link.left, link.silent) == (False, True)
        frozen.set()


async def test_a_bridge_that_ends_is_started_anew(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_link, "PAUSE", 0.0)
    with_count = f"print('up', file=open({str(stage.heard)!r}, 'a'))"
    (tmp_path / "pretended.py").write_text(with_count)
    link = BridgeLink(messages.Join("auto", "room", stage.token_file), lambda: None)
    link.open()
    await stage.until_heard("up\nup\nup\n")
    assert "ended" in link.trouble
    await link.close()


def a_machine(free: int = 900_000_000_000, **used: float) -> worker_messages.Machine:
    disk = Space(free, 1_000_000_000_000)
    return worker_messages.Machine(disk=disk, monotonic=0.0, unix=0.0, attendant=(0, 0), **used)


def two_racks() -> messages.Nodes:
    return messages.Nodes(
        (
            NodeCard("n1", "127.0.0.1", 2, "id", labels={"rack": "r1"}),
            NodeCard("n2", "h", 2, "i", resources={"ssd": 1.0, "network_mbit": 100.0}),
        )
    )


async def test_streams_go_where_rules_say_and_elsewhere_when_that_node_is_gone(
    stage: Stage,
) -> None:
    stage.says("join", two_racks())
    fabric = stage.fabric(PlaceRule("stage-*", "rack=r1"))
    await fabric.find()
    assert fabric.choice(("stage-1",)).nodes.keys() == {"n1"}
    assert fabric.choice(("cam",)).nodes.keys() == {"n1", "n2"}
    assert fabric.bases == {"n1", "n2"}
    stage.says("inherit", messages.Nodes(two_racks().nodes[1:]))
    await fabric.bequeath(HERITAGE.config)
    async with asyncio.timeout(20):
        while not (missed := fabric.choice(("stage-1",)).missed):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    assert fabric.choice(("stage-1",)).nodes.keys() == {"n2"}
    assert "rack=r1" in missed


async def test_a_label_that_no_node_has_is_an_error_when_it_begins(stage: Stage) -> None:
    stage.says("join", two_racks())
    with pytest.raises(ControlError, match=r"no node of the cluster has r9 \(n1 has r1, rack=r1; "):
        await stage.fabric(PlaceRule("stage-*", "r9")).find()


async def test_what_is_measured_counts_against_what_a_node_says_that_it_has(stage: Stage) -> None:
    stage.says("join", two_racks())
    fabric = stage.fabric()
    await fabric.find()
    machine = a_machine(network=95e6)
    fabric.measured("n2", machine)
    assert fabric.choice().nodes == {"n1": False, "n2": True}


async def test_no_more_workers_than_asked_for_are_needed(stage: Stage) -> None:
    stage.says("join", two_racks())
    fabric = ClusterFabric(stage.room, ClusterConfig(address="a", token_file=stage.token_file), 1)
    stage.fabrics.append(fabric)
    await fabric.find()
    assert fabric.bases == {"n1"}


async def test_a_node_that_is_drained_is_left_and_an_engine_that_follows_knows_it(
    stage: Stage,
) -> None:
    stage.says("join", two_racks())
    fabric = stage.fabric()
    await fabric.find()
    assert fabric.leaving() == {}
    with pytest.raises(ControlError, match="no node called n9; there are: n1, n2"):
        fabric.drain("n9", True)
    fabric.drain("n1", True)
    for one in (fabric, stage.fabric()):
        await one.find()
        assert one.leaving() == {"n1": EndReason.RELOCATED}
        assert one.choice().nodes.keys() == {"n2"}
        assert one.bases == {"n2"}
        assert one.cluster.nodes[0].state is NodeState.DRAINED
    # There is nowhere to go.
    fabric.drain("n2", True)
    assert fabric.leaving() == {}
    assert fabric.choice().nodes.keys() == {"n1", "n2"}
    fabric.drain("n1", False)
    assert fabric.leaving() == {"n2": EndReason.RELOCATED}


async def test_a_node_whose_disk_goes_is_left_before_it_is_full_and_named(stage: Stage) -> None:
    stage.says("join", two_racks())
    fabric = stage.fabric()
    await fabric.find()
    fabric.measured("n1", a_machine(free=2 * FLOOR - 1))
    assert fabric.leaving() == {"n1": EndReason.RELOCATED}
    assert fabric.choice().nodes.keys() == {"n2"}
    fabric.measured("n1", a_machine(free=FLOOR - 1))
    assert fabric.leaving() == {"n1": EndReason.DISK_FULL}
    assert fabric.choice().full == {"n1"}
    state = fabric.cluster.nodes[0]
    assert (state.state, state.disk and state.disk.full) == (NodeState.FULL, True)
    assert fabric.unwritable() == ""
    fabric.measured("n2", a_machine(free=0))
    assert fabric.unwritable().startswith("the disk is full, on every node (n1, n2)")
    assert fabric.leaving() == {"n1": EndReason.DISK_FULL, "n2": EndReason.DISK_FULL}
    fabric.measured("n1", a_machine(free=4 * FLOOR))
    assert fabric.choice().nodes.keys() == {"n1"}


async def test_who_can_be_reached_again_is_had_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "AGAIN", 0.0)
    async with stage.door() as card:
        stage.says("join", nodes(card))
        fabric = stage.fabric()
        (link,) = await fabric.find()
        link.kill()
        assert await link.receive() is None
        async with asyncio.timeout(20):
            while not (back := fabric.returned()):  # noqa: ASYNC110 - it is asked once a second
                await asyncio.sleep(0.02)
        assert [one.card for one in back] == [card]
        assert fabric.returned() == []
        assert fabric.choice().limit == 2
        await back[0].close()


async def test_what_a_worker_left_is_completed_once_its_node_says_that_it_is_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "AGAIN", 0.2)
    take = TakeSummary(stream="s", raw_id="s", file="/f/s.ts", node="n1", started=1.0, offset=0.0)
    whole = msgspec.structs.replace(take, seconds=5.0)
    done = messages.Completion("/f/s.ts", "s.ts is complete", whole)
    stage.says("leftovers", messages.Completed("n1", (done,)))

    async def nobody(*_: object) -> None:
        return None

    async with stage.door() as card:
        stage.says("join", nodes(card))
        # Its node does not know it any more when it is told of another engine.
        stage.says("inherit", nodes())
        fabric = stage.fabric()
        (link,) = await fabric.find()
        monkeypatch.setattr(cluster, "reach", nobody)
        link.kill()
        assert await link.receive() is None
        fabric.leave(5, SETTINGS.session, [take])
        await fabric.bequeath(HERITAGE.config)
        await stage.until_heard('"type":"leftovers","node":"n1"')
        async with asyncio.timeout(20):
            while not (completed := fabric.completed()):  # noqa: ASYNC110 - once a second
                await asyncio.sleep(0.02)
    assert completed == [("s.ts is complete", whole)]
    assert fabric.completed() == []


async def test_where_attendants_of_nodes_are_heard_is_kept_for_who_follows_them(
    stage: Stage,
) -> None:
    async with stage.door() as card:
        stage.says("join", nodes(card))
        fabric = stage.fabric()
        (found,) = await fabric.find()
        fabric.measured("n1", a_machine())
        assert not stage.room.attendants.exists(), "none is up yet"
        machine = msgspec.structs.replace(a_machine(), attendant=(7, 47101))
        for _ in range(2):
            fabric.measured("n1", machine)
        kept = msgspec.json.decode(stage.room.attendants.read_bytes(), type=list[WorkerCard])
        assert kept == [WorkerCard("n1", 0, 7, "127.0.0.1", 47101)]
        await found.close()
        await fabric.close()

        # An engine that goes on with it knows it, one that begins anew knows of none.
        again = stage.fabric()
        (found,) = await again.find()
        assert stage.room.attendants.exists()
        await found.close()
        stage.room.nodes.unlink()
        stage.says("join", nodes())
        assert await stage.fabric().find() == []
        assert not stage.room.attendants.exists()


async def test_a_worker_that_refuses_us_for_a_later_engine_tells_that_there_is_one(
    stage: Stage,
) -> None:
    async def refuse(engine: ServerConnection) -> None:
        assert engine.request is not None
        assert float(engine.request.headers[worker_messages.TERM]) > 1_700_000_000
        await engine.close(worker_messages.SUPERSEDED)

    here = Here(node="n1", host="127.0.0.1", token_file=stage.token_file)
    async with door(here, stage.folder / "worker-5.sock", 5, os.getpid(), refuse) as card:
        stage.says("join", nodes(card))
        fabric = stage.fabric()
        assert not fabric.superseded
        assert await fabric.find() == []
        assert fabric.superseded


async def test_a_worker_that_a_later_engine_has_is_left_to_that_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "AGAIN", 0.02)
    monkeypatch.setattr(cluster, "OTHERS_TAKE_OVER", 0.0)
    taken, asked = asyncio.Event(), list[float]()

    async def serve(engine: ServerConnection) -> None:
        asked.append(0.0)
        hello = worker_messages.Hello(worker=5, pid=os.getpid(), settings=SETTINGS)
        await engine.send(worker_messages.encode(hello))
        await taken.wait()
        await engine.close(worker_messages.SUPERSEDED)

    here = Here(node="n1", host="127.0.0.1", token_file=stage.token_file)
    async with door(here, stage.folder / "worker-5.sock", 5, os.getpid(), serve) as card:
        stage.says("join", nodes(card))
        fabric = stage.fabric()
        (found,) = await fabric.find()
        assert not fabric.superseded
        taken.set()
        assert await asyncio.wait_for(found.receive(), 20) is None
        assert (found.superseded, found.left, fabric.superseded) == (True, False, True)
        # Ray tells of it all the time: nobody reaches for it, and above all nobody ends it.
        stage.says("inherit", nodes(card))
        await fabric.bequeath(HERITAGE.config)
        await stage.until_heard('"type":"inherit"')
        await asyncio.sleep(0.2)
    assert asked == [0.0]
    assert '"type":"dismiss"' not in stage.heard.read_text()

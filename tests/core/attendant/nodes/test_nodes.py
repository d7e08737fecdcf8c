"""What goes on beside recordings on nodes: done there, and heard here once, sooner or later."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomdeck.core.attendant.nodes import part, process
from roomdeck.core.attendant.nodes.orders import NodeOrders
from roomdeck.core.attendant.nodes.outlet import Outlet
from roomdeck.core.attendant.nodes.part import NodesPart
from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.cluster.cards import Here, WorkerCard, card_path
from roomdeck.core.cluster.door import door
from roomdeck.core.config import AttendantConfig, Retention, Uploads
from roomdeck.core.errors import ControlError
from roomdeck.core.model import (
    EndReason,
    Event,
    EventLevel,
    EventType,
    TakeSummary,
    UploadsSnapshot,
)
from roomdeck.core.recording import sidecar

GIVE_UP = 20.0
BEGAN = 1_700_000_000.0
INFO = sidecar.SessionInfo(room="stage", server="ws://host", started=BEGAN)
TAKE = "stage_alice_20261128-170000.mkv"
END = Event(seq=9, time=0.0, type=EventType.ENGINE_END)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in [
        (process, "LOOK", 0.02),
        (process, "OVER", 0.1),
        (part, "LOOK", 0.02),
    ]:
        monkeypatch.setattr(module, name, seconds)
    monkeypatch.setattr("roomdeck.core.attendant.retention.part.LOOK", 0.02)


class Everybody:
    """Who hears all."""

    def __init__(self) -> None:
        self.heard: list[tuple[EventType, dict[str, Any]]] = []
        self.gone = False
        self.came = asyncio.Event()

    async def tell(
        self,
        kind: EventType,
        text: str,
        stream: str = "",
        level: EventLevel = EventLevel.INFO,
        data: dict[str, Any] | None = None,
    ) -> None:
        if self.gone:
            raise ControlError("gone")
        self.heard.append((kind, data or {}))
        self.came.set()

    async def show(self, uploads: UploadsSnapshot) -> None:
        pass

    async def until(self, kind: EventType) -> dict[str, Any]:
        async with asyncio.timeout(GIVE_UP):
            while not (found := [data for known, data in self.heard if known == kind]):
                self.came.clear()
                await self.came.wait()
        return found[-1]


class Node:
    """A node with a take that is closed, and a worker."""

    def __init__(self, folder: Path, name: str = "a", take: str = TAKE) -> None:
        token = folder / "token"
        token.write_text("t" * 40)
        token.chmod(0o600)
        self.token = str(token)
        self.session = folder / "engine" / "stage_20261128-170000.json"
        self.here = Here(node=name, host="127.0.0.1", token_file=self.token)
        self.folder = folder / f"run-{name}"
        self.folder.mkdir()
        self.output = folder / name
        self.output.mkdir()
        self.file = self.output / take
        self.file.write_bytes(b"media of " + name.encode())
        summary = TakeSummary(
            stream="alice",
            raw_id="alice",
            node=name,
            file=str(self.file),
            started=BEGAN,
            offset=0.0,
            bytes=self.file.stat().st_size,
            reason=EndReason.BYE,
        )
        sidecar.merge(self.session, INFO, [summary])
        self.takes = sidecar.of_node(self.output / self.session.name, name)
        sidecar.merge(self.takes, INFO, [msgspec.structs.replace(summary, node="")])
        self.worker = self.folder / "worker-1.json"
        card = WorkerCard(name, 1, os.getpid(), "127.0.0.1", 1)
        self.worker.write_bytes(msgspec.json.encode(card))
        self.attendants = folder / "attendants.json"

    def orders(self, place: Path, keep: float | None = None) -> NodeOrders:
        retention = None if keep is None else Retention(keep=keep)
        return NodeOrders(
            here=self.here,
            folder=str(self.folder),
            takes=str(self.takes),
            beside=AttendantConfig(uploads=Uploads(to=(place.as_uri(),)), retention=retention),
        )

    async def known(self, orders: NodeOrders) -> None:
        """Wait until it is up, and say where it is, as an engine does."""
        path = card_path(orders.socket)
        async with asyncio.timeout(GIVE_UP):
            while not path.exists():  # noqa: ASYNC110 - files set no event
                await asyncio.sleep(0.02)
        self.attendants.write_bytes(b"[" + path.read_bytes() + b"]")

    def told(self) -> list[sidecar.Whereabouts]:
        known = sidecar.load(self.session)
        assert known is not None
        return [*known.whereabouts]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    there = tmp_path / "there"
    there.mkdir()
    return there


@contextlib.asynccontextmanager
async def following(node: Node, everybody: Everybody) -> AsyncGenerator[NodesPart]:
    made = NodesPart(node.attendants, node.token, node.session)
    task = asyncio.create_task(made.run(everybody))
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_there(path: Path) -> None:
    async with asyncio.timeout(GIVE_UP):
        while not os.path.exists(path):  # noqa: ASYNC110, ASYNC240 - files set no event
            await asyncio.sleep(0.02)


async def test_a_take_goes_from_its_node_and_all_hear_of_it_when_they_can(
    tmp_path: Path, place: Path
) -> None:
    node, everybody = Node(tmp_path), Everybody()
    content = node.file.read_bytes()
    orders = node.orders(place, keep=0.0)
    attending = asyncio.create_task(process.main(orders))
    # Nobody follows; it is sent all the same, and removed.
    await until_there(place / TAKE)
    async with asyncio.timeout(GIVE_UP):
        while node.file.exists():  # noqa: ASYNC110 - files set no event
            await asyncio.sleep(0.02)
    await node.known(orders)
    async with following(node, everybody) as follower:
        done = await everybody.until(EventType.UPLOAD_DONE)
        gone = await everybody.until(EventType.FILE_REMOVED)
        assert not follower.done, "the recording goes on"
        follower.hear(END)
        node.worker.unlink()
        await asyncio.wait_for(attending, GIVE_UP)
        await asyncio.wait_for(follower.finish(), GIVE_UP)
    assert (place / TAKE).read_bytes() == content
    assert (done["node"], done["file"], done["to"]) == (
        "a",
        str(node.file),
        (place / TAKE).as_uri(),
    )
    assert (gone["node"], gone["file"]) == ("a", str(node.file))
    (where,) = node.told()
    assert (where.on, where.file, where.to) == ("a", str(node.file), done["to"])
    assert where.removed
    assert os.listdir(place) == [TAKE], "the node's own file tells nobody but the node"
    known = ledger.load(node.takes)
    assert known is not None
    assert known.untold == []


async def test_an_engine_that_is_gone_is_told_when_it_is_back(tmp_path: Path, place: Path) -> None:
    node, everybody = Node(tmp_path), Everybody()
    everybody.gone = True
    orders = node.orders(place)
    attending = asyncio.create_task(process.main(orders))
    await until_there(place / TAKE)
    await node.known(orders)
    async with following(node, everybody):
        async with asyncio.timeout(GIVE_UP):
            while not node.told():  # noqa: ASYNC110 - files set no event
                await asyncio.sleep(0.02)
        known = ledger.load(node.takes)
        assert known is not None
        assert known.untold == [TAKE]
    everybody.gone = False
    async with following(node, everybody):
        await everybody.until(EventType.UPLOAD_DONE)
        node.worker.unlink()
        await asyncio.wait_for(attending, GIVE_UP)
    assert len(everybody.heard) == 1


async def test_one_name_on_two_nodes_is_two_names_in_the_one_place(
    tmp_path: Path, place: Path
) -> None:
    nodes = [Node(tmp_path, name) for name in "ab"]
    attending = [asyncio.create_task(process.main(node.orders(place))) for node in nodes]
    other = place / f"{Path(TAKE).stem}-2.mkv"
    for path in (place / TAKE, other):
        await until_there(path)
    for one in attending:
        one.cancel()
    await asyncio.gather(*attending, return_exceptions=True)
    there = {(place / TAKE).read_bytes(), other.read_bytes()}
    assert there == {b"media of a", b"media of b"}


async def test_a_second_one_leaves_a_session_to_the_first(tmp_path: Path, place: Path) -> None:
    node = Node(tmp_path)
    orders = node.orders(place)
    attending = asyncio.create_task(process.main(orders))
    await until_there(card_path(orders.socket))
    await asyncio.wait_for(process.main(orders), GIVE_UP)
    assert not attending.done()
    node.worker.unlink()
    attending.cancel()
    await asyncio.gather(attending, return_exceptions=True)


async def test_what_was_told_before_is_not_told_again(tmp_path: Path) -> None:
    node, everybody, outlet = Node(tmp_path), Everybody(), Outlet()
    data = {"file": str(node.file), "to": "s3://b/x", "sha256": "1", "session": node.takes.name}
    with pytest.raises(ControlError):
        await outlet.tell(EventType.UPLOAD_DONE, "there", data=data)
    async with door(node.here, node.folder / "x.sock", 0, os.getpid(), outlet.serve) as card:
        node.attendants.write_bytes(msgspec.json.encode([card]))
        async with following(node, everybody) as follower:
            follower.hear(
                Event(seq=1, time=0.0, type=EventType.UPLOAD_DONE, data={**data, "node": "a"})
            )
            while True:
                with contextlib.suppress(ControlError):
                    await outlet.tell(EventType.UPLOAD_DONE, "there", data=data)
                    break
                await asyncio.sleep(0.02)
            await outlet.tell(EventType.UPLOAD_DONE, "there", data=data | {"file": "other"})
            await outlet.farewell()
            follower.hear(END)
            await asyncio.wait_for(follower.finish(), GIVE_UP)
    assert [told["file"] for _, told in everybody.heard] == ["other"]


async def test_only_what_nodes_may_tell_is_passed_on(tmp_path: Path) -> None:
    node, everybody, outlet = Node(tmp_path), Everybody(), Outlet()
    async with door(node.here, node.folder / "x.sock", 0, os.getpid(), outlet.serve) as card:
        node.attendants.write_bytes(msgspec.json.encode([card]))
        async with following(node, everybody):
            while True:
                with contextlib.suppress(ControlError):
                    await outlet.tell(EventType.ENGINE_END, "it is over")
                    break
                await asyncio.sleep(0.02)
            await outlet.tell(EventType.UPLOAD_FAILED, "no", data={"file": "x"})
    assert [kind for kind, _ in everybody.heard] == [EventType.UPLOAD_FAILED]

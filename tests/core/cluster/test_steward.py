"""Who keeps the engine of a room in a cluster, without Ray: nodes are made up."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from roomdeck.core.cluster import raylib
from roomdeck.core.cluster import steward as module
from roomdeck.core.cluster.cards import NodeCard
from roomdeck.core.cluster.engines import (
    PAUSES,
    EngineCard,
    EngineState,
    StewardOrders,
    Told,
    as_placed,
    pause,
)
from roomdeck.core.cluster.here import Orders
from roomdeck.core.cluster.steward import Steward
from roomdeck.core.config import ClusterConfig, RecordConfig, RoomConfig

GIVE_UP = 20.0
CONFIG = RecordConfig(
    room=RoomConfig(room="lab", server="ws://x"),
    output="/out",
    prefix="lab",
    cluster=ClusterConfig(address="auto", token_file="/t"),
)


class Nodes:
    """Nodes, the engine that each has, and whether one can be started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = {name: NodeCard(name, "h", 2, f"id-{name}") for name in ("a", "b")}
        self.engines: dict[str, EngineCard] = {}
        self.started: list[tuple[str, RecordConfig]] = []
        self.broken = ""
        """Why none comes up."""
        self.placed = "a"
        monkeypatch.setattr(module, "LOOK", 0.01)
        monkeypatch.setattr(module, "GONE", 0.05)
        monkeypatch.setattr(module, "supervisor", self._supervisor)
        monkeypatch.setattr(raylib, "nodes", lambda: list(self.there.values()))
        monkeypatch.setattr(raylib, "somewhere", lambda: f"id-{self.placed}")
        monkeypatch.setattr(raylib, "was_here", lambda: False)
        monkeypatch.setattr(raylib, "address", lambda: "10.0.0.1:6379")

    def ask(self, node: str, what: str, *words: str) -> str:
        if node not in self.there:
            raise RuntimeError("the node is gone")
        if what == "start_engine":
            self.started.append((node, msgspec.json.decode(words[0], type=RecordConfig)))
            up = EngineCard(state=EngineState.UP, pid=len(self.started))
            away = EngineCard(state=EngineState.AWAY, said=self.broken)
            self.engines[node] = away if self.broken else up
        if what == "end_engine":
            del self.engines[node]
        found = self.engines.get(node, EngineCard(state=EngineState.ENDED))
        return msgspec.json.encode(found).decode()

    def dies(self, node: str) -> None:
        self.engines[node] = EngineCard(state=EngineState.AWAY)

    def _supervisor(self, node: NodeCard, orders: Orders) -> Any:
        assert orders == Orders("key", node.name, node.host)
        return _Actor(self, node.name)


class _Actor:
    def __init__(self, nodes: Nodes, node: str) -> None:
        self._nodes, self._node = nodes, node

    def __getattr__(self, what: str) -> Any:
        nodes, node = self._nodes, self._node

        class Method:
            def remote(self, *words: str) -> Any:
                self.words = words
                return self

            def future(self) -> concurrent.futures.Future[str]:
                done: concurrent.futures.Future[str] = concurrent.futures.Future()
                try:
                    done.set_result(nodes.ask(node, what, *self.words))
                except RuntimeError as error:
                    done.set_exception(error)
                return done

        return Method()


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Nodes:
    return Nodes(monkeypatch)


def keep(node: str = "") -> Steward:
    orders = StewardOrders(key="key", config=CONFIG, node=node)
    return Steward(msgspec.json.encode(orders).decode())


async def until(steward: Steward, where: Callable[[Told], bool]) -> Told:
    async with asyncio.timeout(GIVE_UP):
        while True:
            told = msgspec.json.decode(await steward.status(), type=Told)
            if where(told):
                return told
            await asyncio.sleep(0.01)


def up(told: Told) -> bool:
    return told.state is EngineState.UP


async def end(steward: Steward) -> None:
    await steward.stop()
    await until(steward, lambda told: told.state is EngineState.ENDED)


async def test_an_engine_is_where_ray_places_it_or_where_somebody_wants_it(nodes: Nodes) -> None:
    nodes.placed = "b"
    steward = keep()
    told = await until(steward, up)
    assert (told.room, told.node, told.starts) == ("lab", "b", 1)
    ((_, config),) = nodes.started
    assert config.cluster is not None
    assert config.cluster.address == "10.0.0.1:6379", "auto means another one on another machine"
    await end(steward)
    steward = keep("a")
    assert (await until(steward, up)).node == "a"
    await end(steward)
    assert nodes.engines == {}


async def test_one_that_runs_is_found_wherever_the_steward_is(nodes: Nodes) -> None:
    nodes.engines["b"] = EngineCard(state=EngineState.UP, pid=77)
    steward = keep()
    told = await until(steward, up)
    assert (told.node, told.pid, told.starts) == ("b", 77, 0)
    assert nodes.started == []
    await end(steward)


async def test_one_that_died_is_started_again_there_and_one_that_ended_is_not(
    nodes: Nodes,
) -> None:
    nodes.placed = "b"
    steward = keep("a")
    await until(steward, up)
    nodes.dies("a")
    await until(steward, lambda told: up(told) and told.starts == 2)
    assert [node for node, _ in nodes.started] == ["a", "a"]
    await until(steward, lambda told: up(told) and not told.said)
    del nodes.engines["a"]
    told = await until(steward, lambda told: told.state is EngineState.ENDED)
    assert told.said == "it ended in order"
    assert len(nodes.started) == 2


async def test_a_node_that_is_gone_has_its_engine_started_on_another_one(nodes: Nodes) -> None:
    nodes.placed = "b"
    steward = keep("a")
    await until(steward, up)
    del nodes.there["a"]
    await until(steward, lambda told: up(told) and told.node == "b")
    await end(steward)


async def test_one_that_was_started_anew_waits_for_a_node_that_may_have_the_engine(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GONE", 3600.0)
    monkeypatch.setattr(raylib, "was_here", lambda: True)
    steward = keep()
    await until(steward, lambda told: told.state is EngineState.AWAY)
    assert nodes.started == []
    nodes.engines["b"] = EngineCard(state=EngineState.UP, pid=7)
    assert (await until(steward, up)).node == "b"
    await end(steward)


async def test_a_node_that_is_back_in_time_has_it_still(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GONE", 3600.0)
    nodes.placed = "b"
    steward = keep("a")
    await until(steward, up)
    node = nodes.there.pop("a")
    told = await until(steward, lambda told: told.state is EngineState.AWAY)
    assert told.said == "a is not in the cluster any more"
    # As Ray calls it that was started anew there.
    nodes.there["a"] = msgspec.structs.replace(node, id="id-new")
    told = await until(steward, up)
    assert (told.node, told.starts) == ("a", 1)
    await end(steward)


async def test_why_none_comes_up_is_told_and_it_is_tried_again(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def soon(_: int) -> float:
        return 0.01

    monkeypatch.setattr(module, "pause", soon)
    nodes.broken = "others can read the token"
    steward = keep()
    await until(steward, lambda told: told.said == nodes.broken)
    nodes.broken = ""
    assert not (await until(steward, up)).said
    await end(steward)


def test_pauses_grow_and_a_room_of_one_machine_stays_as_it_is() -> None:
    assert [pause(count) for count in (0, 1, 99)] == [PAUSES[0], PAUSES[1], PAUSES[-1]]
    alone = msgspec.structs.replace(CONFIG, cluster=None)
    assert as_placed(alone, "x:1") == alone

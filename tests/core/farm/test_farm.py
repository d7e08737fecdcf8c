"""Jobs on nodes: begun, lost, done again elsewhere."""

from __future__ import annotations

import queue

import msgspec
import pytest

from roomdeck.core.cluster.cards import WorkerCard
from roomdeck.core.errors import ControlError
from roomdeck.core.farm.farm import Farm, finish
from roomdeck.core.farm.orders import (
    Begin,
    FromBridge,
    Hold,
    Lost,
    News,
    Opened,
    Order,
    Seen,
    State,
    ToBridge,
    from_bridge,
    line,
    to_bridge,
)

from .sessions import BOX1, BOX2, BOX3, BOX4, INFO, lying

ORDER = Order(session=INFO, folder="/rec", name="one", takes=(lying("box1", 5),), shelves=())
SEEN = State(seen={"a.ts": Seen(stamp="1x2")})


class Bridge:
    """Takes what it is told, as a line; says what is to be said."""

    def __init__(self) -> None:
        self.told: list[ToBridge] = []
        self.heard: queue.Queue[FromBridge | None] = queue.Queue()
        self.late: frozenset[str] = frozenset()
        served = tuple(WorkerCard(node.name, 0, 1, node.host, 1) for node in (BOX2, BOX3))
        opened = Opened(nodes=(BOX1, BOX2, BOX3, BOX4), shelves=served, home="box1")
        self.farm = Farm(opened, self._tell, self.heard, lambda: self.late)

    def _tell(self, message: ToBridge) -> None:
        self.told.append(to_bridge.decode(line(message)))

    def say(self, *messages: FromBridge) -> None:
        for message in messages:
            self.heard.put(from_bridge.decode(line(message)))


def test_a_lost_job_is_begun_on_the_next_node() -> None:
    bridge = Bridge()
    bridge.say(News("a", State(done=0.5)), Lost("a", "it ended"), News("a", SEEN))
    assert [*finish(bridge.farm, {"a": ORDER})] == [("a", SEEN)]
    assert bridge.told == [Begin("a", "box1", ORDER), Begin("a", "box2", ORDER)]
    assert bridge.farm.where["a"] == "box2"


def test_where_no_node_is_left_it_is_said_why_and_what_to_do() -> None:
    bridge = Bridge()
    bridge.say(Lost("a", "it ended"), Lost("a", "it does not answer"), News("b", SEEN))
    ends = dict(finish(bridge.farm, {"a": ORDER, "b": ORDER}))
    assert ends["b"] == SEEN
    for words in ("box1, box2", "it does not answer", "the same command"):
        assert words in ends["a"].error


def test_who_does_not_serve_what_it_makes_makes_nothing() -> None:
    bridge = Bridge()
    order = msgspec.structs.replace(ORDER, takes=(lying("box4", 5), lying("box1", 1)))
    assert not bridge.farm.begin("a", order)
    assert bridge.told == [Begin("a", "box1", order)]


def test_without_a_core_for_it_nothing_is_begun() -> None:
    farm = Farm(Opened(nodes=(BOX3,), home="box3"), lambda message: None, queue.Queue())
    ((_, state),) = finish(farm, {"a": ORDER})
    assert "no node" in state.error


def test_jobs_beside_a_recording_that_is_late_stand_still() -> None:
    bridge = Bridge()
    for late in ({"box2"}, {"box2"}, set[str]()):
        bridge.late = frozenset(late)
        bridge.say(News("a", State(done=0.5)))
        assert [*bridge.farm.news()] == [("a", State(done=0.5))]
    assert bridge.told == [Hold(("box2",)), Hold(())]


def test_without_ray_nobody_waits() -> None:
    bridge = Bridge()
    bridge.heard.put(None)
    with pytest.raises(ControlError, match="the same command"):
        list(finish(bridge.farm, {"a": ORDER}))

"""Which nodes a stream may go to, and which gets the next worker."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.cluster.cards import NodeCard
from roomdeck.core.config import PlaceRule
from roomdeck.core.engine.workers.nodes import (
    BUSY,
    Choice,
    Openness,
    Site,
    choice,
    choose_node,
    labels_of,
    room_on,
    strain,
    unknown_labels,
    wanted_labels,
)
from roomdeck.core.ipc.worker_messages import Machine
from roomdeck.core.recording.disk import Space


def site(name: str, cores: int, *labels: str, strain: float = 0.0, openness: int = 0) -> Site:
    return Site(
        name=name,
        cores=cores,
        labels=frozenset((name, *labels)),
        strain=strain,
        openness=Openness(openness),
    )


def machine(**used: float) -> Machine:
    return msgspec.structs.replace(Machine(disk=Space(1, 1), monotonic=0.0, unix=0.0), **used)


def test_each_node_gets_one_before_any_gets_two() -> None:
    nodes = [site("a", 2), site("b", 2), site("c", 0)]
    assert choose_node(nodes, {}) == "a"
    assert choose_node(nodes, {"a": 1}) == "b"
    assert choose_node(nodes, {"a": 1, "b": 1}) == "a"


def test_who_has_more_cores_gets_more() -> None:
    assert choose_node([site("a", 2), site("b", 8)], {"a": 1, "b": 3}) == "b"


def test_there_may_be_none_with_room() -> None:
    assert choose_node([site("a", 0)], {}) is None
    assert choose_node([site("a", 2)], {}, ["b"]) is None


def test_who_has_enough_to_do_gets_a_worker_last() -> None:
    nodes = [site("a", 2, strain=0.9), site("b", 2, strain=0.5)]
    assert choose_node(nodes, {"b": 2}) == "b"
    assert choose_node([site("a", 2, strain=0.4), site("b", 2, strain=0.2)], {}) == "b"


def test_there_is_room_for_one_on_each_core_unless_fewer_are_asked_for() -> None:
    nodes = [site("a", 2), site("b", 8)]
    assert (room_on(nodes, None), room_on(nodes, 3), room_on(nodes, 30)) == (10, 3, 10)
    assert room_on([], 3) == 0


def test_a_node_is_called_by_its_name_its_labels_and_its_custom_resources() -> None:
    card = NodeCard("box1", "h", 2, "i", labels={"rack": "r1"}, resources={"ssd": 1, "none": 0})
    assert labels_of(card) == {"box1", "r1", "rack=r1", "ssd"}


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({"cpu": 0.5, "memory": 0.2}, 0.5),
        ({"cpu": 0.5, "memory": 0.9}, 0.9),
        ({"network": 600e6}, 0.6),
        ({"written": 90e6, "cpu": 0.1}, 0.9),
    ],
)
def test_a_node_is_as_busy_as_what_it_has_least_left_of(
    used: dict[str, float], expected: float
) -> None:
    resources = {"network_mbit": 1000.0, "disk_mbyte": 100.0}
    card = NodeCard("a", "h", 2, "i", resources=resources)
    assert strain(card, machine(**used)) == pytest.approx(expected)


def test_what_a_node_does_not_say_that_it_has_is_not_used_up() -> None:
    card = NodeCard("a", "h", 2, "i")
    assert strain(card, machine(network=1e12, written=1e12)) == 0
    assert strain(card, None) == 0


RULES = (PlaceRule("stage-*", "r1"), PlaceRule("stage-*", "r2"), PlaceRule("Guest ?", "ssd"))


def test_rules_are_about_ids_and_about_how_publishers_are_called() -> None:
    assert wanted_labels(RULES, ("stage-1",)) == ("r1", "r2")
    assert wanted_labels(RULES, ("x1", "Guest 7")) == ("ssd",)
    assert wanted_labels(RULES, ("x1",)) == ()


def test_a_label_that_no_node_has_is_known() -> None:
    assert unknown_labels(RULES, [site("a", 1, "r1"), site("b", 1, "ssd")]) == ["r2"]


def test_a_stream_without_a_label_goes_anywhere() -> None:
    sites = [site("a", 2), site("b", 4)]
    assert choice(sites, (), None, {}) == Choice({"a": False, "b": False}, 6)
    assert choice(sites, (), 3, {}).limit == 3


def test_a_stream_goes_to_nodes_with_its_label_and_only_where_none_is_elsewhere() -> None:
    sites = [site("a", 2, "r1"), site("b", 4, "r2"), site("c", 1)]
    assert choice(sites, ("r1", "r2"), None, {}).nodes.keys() == {"a", "b"}
    gone = choice(sites[2:], ("r1",), None, {})
    assert (gone.nodes, gone.missed) == ({"c": False}, "no node that has r1 can be used now")


def test_what_others_may_not_use_is_not_room() -> None:
    sites = [site("a", 2, "r1"), site("b", 4)]
    assert choice(sites, ("r1",), 4, {"a": 1, "b": 3}).limit == 1
    assert choice(sites, ("r1",), 9, {"a": 1, "b": 3}).limit == 2


def test_busy_nodes_are_told_as_long_as_others_have_less_to_do() -> None:
    sites = [site("a", 2, strain=BUSY), site("b", 4)]
    assert choice(sites, (), None, {}) == Choice({"a": True, "b": False}, 4)
    assert choice(sites[:1], (), None, {}) == Choice({"a": False}, 2)


def test_a_node_that_is_to_be_left_gets_nothing_while_there_is_another() -> None:
    sites = [site("a", 2, openness=1), site("b", 4), site("c", 4, openness=2)]
    found = choice(sites, (), None, {})
    assert (found.nodes.keys(), found.full) == ({"b"}, {"c"})
    assert choice([sites[0], sites[2]], (), None, {}).nodes.keys() == {"a"}
    assert choice(sites[2:], (), None, {}) == Choice({}, 0, full=frozenset("c"))


def test_a_node_that_is_to_be_left_gets_nothing_though_it_has_the_label() -> None:
    sites = [site("a", 2, "r1", openness=1), site("b", 4)]
    found = choice(sites, ("r1",), None, {})
    assert found.nodes.keys() == {"b"}
    assert found.missed

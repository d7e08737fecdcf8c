"""Which node gets the next worker."""

from __future__ import annotations

from roomdeck.core.cluster.cards import NodeCard
from roomdeck.core.engine.workers.nodes import choose_node, room_on


def node(name: str, cores: int) -> NodeCard:
    return NodeCard(name=name, host="h", cores=cores, id=name)


def test_each_node_gets_one_before_any_gets_two() -> None:
    nodes = [node("a", 2), node("b", 2), node("c", 0)]
    assert choose_node(nodes, {}) == "a"
    assert choose_node(nodes, {"a": 1}) == "b"
    assert choose_node(nodes, {"a": 1, "b": 1}) == "a"


def test_who_has_more_cores_gets_more() -> None:
    assert choose_node([node("a", 2), node("b", 8)], {"a": 1, "b": 3}) == "b"


def test_there_may_be_none_with_room() -> None:
    assert choose_node([node("a", 0)], {}) is None


def test_there_is_room_for_one_on_each_core_unless_fewer_are_asked_for() -> None:
    nodes = [node("a", 2), node("b", 8)]
    assert (room_on(nodes, None), room_on(nodes, 3), room_on(nodes, 30)) == (10, 3, 10)
    assert room_on([], 3) == 0

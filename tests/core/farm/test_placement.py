"""On which node a file is made."""

from __future__ import annotations

import pytest

from roomdeck.core.farm.orders import Lying
from roomdeck.core.farm.placement import place, shares

from .sessions import BOX1, BOX2, BOX3, lying

NODES = (BOX1, BOX2, BOX3)


@pytest.mark.parametrize(
    ("takes", "without", "node"),
    [
        ([lying("box1", 30), lying("box2", 20)], [], BOX1),
        # It is bytes that count, and not takes.
        ([lying("box1", 30), lying("box2", 20), lying("box2", 20)], [], BOX2),
        ([lying("box1", 30), lying("box2", 20)], ["box1"], BOX2),
        # Who has no core for it has its takes brought to where there are most.
        ([lying("box3", 30)], [], BOX2),
        ([lying("gone", 30), lying("box1", 1)], [], BOX1),
        ([lying("gone", 30)], ["box2"], BOX1),
        ([lying("box1", 30)], ["box1", "box2"], None),
    ],
)
def test_a_file_is_made_where_most_of_it_lies(
    takes: list[Lying], without: list[str], node: object
) -> None:
    assert place(takes, NODES, without) == node


def test_takes_are_read_where_they_lie_by_all_cores() -> None:
    takes = [lying("box1", 1, f"{number}.ts") for number in range(5)]
    others = [lying("box3", 1), lying("gone", 1)]
    read = shares([*takes, *others], NODES)
    assert sorted(len(one) for one in read if one[0].node == "box1") == [2, 3]
    assert [one for one in read if one[0].node != "box1"] == [(others[0],), (others[1],)]
    assert sorted(map(str, (it for one in read for it in one))) == sorted(map(str, takes + others))

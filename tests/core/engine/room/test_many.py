"""How many streams one room has where several machines record them."""

from __future__ import annotations

from itertools import count

from roomdeck.core.engine.room.room import Room
from roomdeck.core.engine.room.rows import MAX_IN_CLUSTER, MAX_STREAMS
from roomdeck.core.engine.room.rules import Rules


def test_a_cluster_takes_more_streams_than_one_machine() -> None:
    names = count()
    assert MAX_STREAMS < 1000 < MAX_IN_CLUSTER
    room = Room(Rules((), ()), lambda: f"peer{next(names)}", MAX_IN_CLUSTER)
    for number in range(MAX_IN_CLUSTER + 5):
        room.expect(f"s{number}", f"s{number}")
    assert len(room.entries) == MAX_IN_CLUSTER

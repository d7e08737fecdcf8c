"""How many streams one room has where several machines record them."""

from __future__ import annotations

from itertools import count

from roomdeck.core.engine.room.claims import MAX_CLAIMS, Claims
from roomdeck.core.engine.room.peers import Announcement
from roomdeck.core.engine.room.room import Room
from roomdeck.core.engine.room.rows import MAX_IN_CLUSTER, MAX_STREAMS, Rows
from roomdeck.core.engine.room.rules import Rules


def test_a_cluster_takes_more_streams_than_one_machine() -> None:
    names = count()
    assert MAX_STREAMS < 1000 < MAX_IN_CLUSTER
    room = Room(Rules((), ()), lambda: f"peer{next(names)}", MAX_IN_CLUSTER)
    for number in range(MAX_IN_CLUSTER + 5):
        room.expect(f"s{number}", f"s{number}")
    assert len(room.entries) == MAX_IN_CLUSTER


def test_rows_of_an_id_are_found_among_many_and_not_after_they_were_forgotten() -> None:
    rows = Rows(Rules((), ()), most=2)
    for name, stream in (("a", "a"), ("a~2", "a"), ("b", "b")):
        rows.put(name, stream, stream)
    assert [entry.stream for entry in rows.of("a")] == ["a~2"]
    rows.put("c", "c", "c")
    assert rows.of("a") == []
    assert [entry.stream for name in "bc" for entry in rows.of(name)] == ["b", "c"]


def test_claims_to_an_id_are_found_among_many_the_newest_first() -> None:
    claims = Claims()
    for number in range(MAX_CLAIMS):
        claims.make(Announcement(f"u{number}", "s", f"s{number % 500}"), number)
    claims.make(Announcement("u1", "s", "s1"), MAX_CLAIMS)
    assert [one.said.uuid for one in claims.of("s1")] == ["u1", "u501"]
    claims.make(Announcement("new", "s", "s2"), MAX_CLAIMS)
    assert claims.of("s0")[-1].said.uuid == "u500"
    claims.drop("u500")
    assert claims.of("s0") == []

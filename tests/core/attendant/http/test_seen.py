"""What may still be heard, and how old it is."""

from __future__ import annotations

from roomdeck.core.attendant.http.health import HEARD
from roomdeck.core.attendant.http.seen import KEPT, Seen

from .rooms import event, room


def test_events_after_one() -> None:
    seen = Seen()
    assert seen.since(0) == []
    for seq in range(1, KEPT + 11):
        seen.hear(event("marker", seq=seq))
    assert [one.seq for one in seen.since(KEPT + 8)] == [KEPT + 9, KEPT + 10]
    assert seen.since(KEPT + 10) == []
    assert len(seen.since(0)) == KEPT


def test_who_heard_another_engine_hears_all_of_this_one() -> None:
    seen = Seen()
    seen.hear(event("engine.start", seq=1))
    assert [one.seq for one in seen.since(842)] == [1]


def test_a_room_that_is_not_heard_of_is_not_told_of() -> None:
    seen = Seen()
    assert seen.current(0.0) is None
    seen.see(room(), 10.0)
    assert seen.current(10.0 + HEARD) is not None
    assert seen.current(10.1 + HEARD) is None


def test_the_end_is_known() -> None:
    seen = Seen()
    seen.see(room(), 0.0)
    assert seen.health(0.0).status == "ok"
    seen.hear(event("engine.stop"))
    assert seen.health(0.0).status == "failing"

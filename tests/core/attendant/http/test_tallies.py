"""Sums that only grow, of counters that do not."""

from __future__ import annotations

from roomdeck.core.attendant.http.tallies import TRACK_COUNTERS, Tallies
from roomdeck.core.model import Kind, StreamState

from .rooms import event, room, sending, stream

RECEIVED = TRACK_COUNTERS.index("received")


def total(tallies: Tallies) -> int:
    return tallies.tracks[Kind.VIDEO][RECEIVED]


def own(tallies: Tallies, name: str) -> int:
    return tallies.streams[name].tracks[Kind.VIDEO][RECEIVED]


def test_a_connection_that_comes_anew_is_added() -> None:
    tallies = Tallies()
    for packets in (100, 300, 50, 70):
        tallies.see(room(sending("alice", packets)))
    assert total(tallies) == own(tallies, "alice") == 370


def test_who_has_no_connection_keeps_what_came() -> None:
    tallies = Tallies()
    tallies.see(room(sending("alice", 100)))
    tallies.see(room(stream("alice", state=StreamState.DONE)))
    assert own(tallies, "alice") == 100
    # The worker was not heard for a moment: nothing is counted twice.
    tallies.see(room(sending("alice", 120)))
    assert own(tallies, "alice") == 120


def test_what_came_of_who_is_forgotten_stays_in_the_sum() -> None:
    tallies = Tallies()
    tallies.see(room(sending("alice", 100), sending("bob", 10)))
    tallies.see(room(sending("bob", 20)))
    assert total(tallies) == 120
    assert list(tallies.streams) == ["bob"]
    tallies.see(room(sending("alice", 5), sending("bob", 20)))
    assert total(tallies) == 125


def test_datagrams_that_were_dropped_are_summed_up_as_well() -> None:
    tallies = Tallies()
    for drops in (5, 7, 1):
        tallies.see(room(stream("alice", drops=drops)))
    assert tallies.connections[0] == tallies.streams["alice"].connection[0] == 8


def test_takes_are_counted_by_why_they_ended() -> None:
    tallies = Tallies()
    tallies.hear(event("take.end", "alice", reason="bye", bytes=100, seconds=1.5))
    tallies.hear(event("take.end", "bob", reason="disk-full", bytes=50, seconds=0.5))
    tallies.hear(event("take.end", "bob", reason="disk-full", bytes=0, seconds=0.0))
    assert tallies.takes == {"bye": 1, "disk-full": 2}
    assert (tallies.take_bytes, tallies.take_seconds) == (150, 2.0)


def test_stalls_and_alarms_are_counted() -> None:
    tallies = Tallies()
    tallies.see(room(stream("alice")))
    tallies.hear(event("stream.stall", "alice", what="sound", seconds=4.0))
    tallies.hear(event("stream.stall", "gone", what="sound", seconds=4.0))
    tallies.hear(event("stream.resume", "alice", what="sound", seconds=9.5))
    tallies.hear(event("alarm.begin", "alice", alarm="silence"))
    assert tallies.stalls == {"sound": 2}
    assert tallies.streams["alice"].stalls == {"sound": 1}
    assert tallies.stalled == {"sound": 9.5}
    assert tallies.alarms == {"silence": 1}


def test_what_another_version_says_is_counted_as_something() -> None:
    tallies = Tallies()
    tallies.hear(event("moon.rise"))
    tallies.hear(event("take.end", bytes="many", seconds=-1, reason=3))
    assert tallies.events == {"other": 1, "take.end": 1}
    assert tallies.takes == {"other": 1}
    assert (tallies.take_bytes, tallies.take_seconds) == (0, 0)

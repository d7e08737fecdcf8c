"""A worker dies: who is asked again, when, and who shares one with whom from then on."""

from __future__ import annotations

import pytest

from roomdeck.core.engine.room.actions import Action, Goodbye, Note, Open, Play
from roomdeck.core.engine.room.plays import INSIST, INSIST_DELAY
from roomdeck.core.engine.room.suspicion import EVERYBODY, LASTED, WAITS
from roomdeck.core.model import EndReason

from .room_lab import RoomLab, asks, goodbyes, notes, plays, seconds_of_plays


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    return lab


def lose(lab: RoomLab, *streams: str, broke: bool = True) -> list[Action]:
    """Have the worker of these streams die."""
    peers = [lab.entry(stream).peer for stream in streams]
    return lab.do(lab.room.worker_lost(peers, lab.now, broke))


def back(lab: RoomLab, *streams: str) -> dict[str, int]:
    """Have these streams offer and connect again; return the groups that they are given to."""
    groups: dict[str, int] = {}
    for stream in streams:
        session = f"s{len(lab.asked)}"
        (opening,) = (one for one in lab.offer(stream, session=session) if isinstance(one, Open))
        groups[stream] = opening.group
        lab.do(lab.room.connections.connected(lab.entry(stream).peer, lab.now))
    return groups


@pytest.mark.parametrize("reason", [EndReason.WORKER_LOST, EndReason.SHUTDOWN])
def test_a_publisher_is_told_that_it_is_over_and_asked_at_once(
    lab: RoomLab, reason: EndReason
) -> None:
    actions = [one for one in lab.closed(lab.live(), reason) if not notes([one])]
    assert actions == [Goodbye("uuid-alice"), Play("alice")]


def test_who_does_not_answer_is_told_so_again_until_it_does(lab: RoomLab) -> None:
    lab.live()
    lose(lab, "alice")
    for _ in range(INSIST):
        assert plays(lab.wait(INSIST_DELAY - 1)) == []
        again = lab.wait(1)
        assert (goodbyes(again), plays(again)) == (["uuid-alice"], ["alice"])
    # From then on as anybody who does not answer.
    later = lab.wait(15)
    assert (goodbyes(later), plays(later)) == ([], ["alice"])
    back(lab, "alice")
    assert plays(lab.wait(60)) == []


def test_who_is_recorded_by_another_engine_is_told_and_asked_nothing(lab: RoomLab) -> None:
    peer = lab.live()
    actions = lab.do(lab.room.handed_over([peer]))
    assert [type(action) for action in actions] == [Note]
    assert (lab.entry().peer, lab.room.peers) == ("", {})
    assert plays(lab.wait(120)) == []


def test_nobody_waits_however_often_somebody_kills_their_worker(lab: RoomLab) -> None:
    streams = ["alice", "bob", "carol"]
    for stream in streams:
        lab.live(stream)
    for _ in range(20):
        assert sorted(plays(lose(lab, *streams, broke=False))) == streams
        assert set(back(lab, *streams).values()) == {EVERYBODY}
        lab.wait(5)


def test_an_innocent_stream_never_waits_and_a_guilty_one_is_alone_after_some_deaths(
    lab: RoomLab,
) -> None:
    streams = [f"s{number}" for number in range(8)]
    groups: dict[str, int] = {}
    for stream in streams:
        lab.live(stream)
        groups[stream] = EVERYBODY
    deaths = 0
    while sum(group == groups["s5"] for group in groups.values()) > 1:
        deaths += 1
        mine = [stream for stream in streams if groups[stream] == groups["s5"]]
        assert sorted(plays(lose(lab, *mine))) == mine
        groups |= back(lab, *mine)
        lab.wait(3)
    assert deaths == 1 + 1 + 2
    waits: list[int] = []
    for _ in range(len(WAITS) + 1):
        asked = plays(lose(lab, "s5"))
        waits.append(0 if asked else seconds_of_plays(lab, 70)[0])
        back(lab, "s5")
    assert waits == [*WAITS[1:], WAITS[-1], WAITS[-1]]
    lab.wait(LASTED + 1)
    assert plays(lose(lab, "s5")) == ["s5"]


def test_who_has_just_come_is_parted_from_those_who_have_been_there_for_long(lab: RoomLab) -> None:
    lab.live("alice")
    lab.live("bob")
    lab.wait(LASTED + 1)
    lab.live("mallory")
    lose(lab, "alice", "bob", "mallory")
    groups = back(lab, "alice", "bob", "mallory")
    assert groups["alice"] == groups["bob"] == EVERYBODY != groups["mallory"]
    # The same under ever new names does not reach them any more.
    lab.announce("eve")
    assert back(lab, "eve")["eve"] != EVERYBODY
    lab.wait(LASTED + 1)
    lab.announce("dave")
    assert back(lab, "dave")["dave"] == EVERYBODY


def test_streams_that_were_sound_for_long_are_parted_too_when_it_goes_on(lab: RoomLab) -> None:
    streams = ["alice", "bob"]
    for stream in streams:
        lab.live(stream)
    lab.wait(LASTED + 1)
    lose(lab, *streams)
    assert set(back(lab, *streams).values()) == {EVERYBODY}
    lose(lab, *streams)
    groups = back(lab, *streams)
    assert len({*groups.values(), EVERYBODY}) == 3


def test_one_that_finds_no_worker_is_not_asked_without_a_pause(lab: RoomLab) -> None:
    lab.announce()
    asked = 0
    for second in range(12):
        lab.offer(session=f"s{second}")
        actions = lab.closed(lab.entry().peer, EndReason.WORKER_LOST) if lab.entry().peer else []
        asked += len(asks([*actions, *lab.wait(1)]))
    assert asked <= 14

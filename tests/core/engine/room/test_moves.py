"""Streams that go on elsewhere: another connection records before the one there was ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.engine.room.actions import Action, Rejoin, Tell
from roomdeck.core.engine.room.connections import BESIDE
from roomdeck.core.engine.room.moves import OVERLAP, PATIENCE, TRIES
from roomdeck.core.ipc.worker_messages import Close, Found, Hello, PeerInfo, Record, StreamStatus
from roomdeck.core.model import EndReason, Kind, TrackAges

from .room_lab import RoomLab, goodbyes, notes, opened, plays, take

RECORDS = {Kind.VIDEO: TrackAges(0.1, 0.1), Kind.AUDIO: TrackAges(0.1, 0.1)}


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    return lab


def tell(lab: RoomLab, peer: str, stream: str = "alice", **changes: Any) -> list[Action]:
    """Have a worker tell of a stream in one of its connections."""
    file = f"/out/{peer}.ts"
    status = StreamStatus(
        peer=peer,
        stream=stream,
        wanted=True,
        take=take(stream, file, seconds=OVERLAP),
        media_age=0.1,
        growth_age=0.1,
        ages=RECORDS,
    )
    status = msgspec.structs.replace(status, **changes)
    lab.watching.report([status], lab.now)
    return lab.do(lab.room.moves.report([status], lab.now))


def leave(lab: RoomLab, why: EndReason = EndReason.RELOCATED) -> list[Action]:
    """Have the connection of alice be left, as is said once a second."""
    lab.now += 1
    return lab.do(lab.room.moves.tick({lab.entry().peer: why}, lab.now))


def ask_under_another_address(lab: RoomLab) -> list[Action]:
    """Have the stream leave; return what is asked for once the websocket is another one."""
    assert leave(lab) == [Rejoin()]
    lab.room.disconnected()
    assert leave(lab) == []
    lab.now += 1
    lab.joined()
    return leave(lab)


def closes(actions: list[Action]) -> list[Close]:
    told = (one.message for one in actions if isinstance(one, Tell))
    return [one for one in told if isinstance(one, Close)]


def follow(lab: RoomLab) -> str:
    """Have alice offer another connection, which comes up; return its name."""
    assert plays(ask_under_another_address(lab)) == ["alice"]
    (offer,) = opened(lab.offer(session="s2"))
    lab.do(lab.room.connections.connected(offer.peer, lab.now))
    return offer.peer


def test_the_old_connection_ends_when_the_new_one_records_all_that_it_does(lab: RoomLab) -> None:
    old = lab.live()
    tell(lab, old)
    new = follow(lab)
    assert closes(lab.asked) == []
    assert lab.entry().peer == old
    assert tell(lab, new, take=None) == []
    assert tell(lab, new, take=take(seconds=OVERLAP / 2)) == []
    assert tell(lab, new, ages={Kind.VIDEO: TrackAges(0.1, 0.1)}) == []
    assert tell(lab, new, ages=RECORDS | {Kind.AUDIO: TrackAges(0.1)}) == []
    done = tell(lab, new)
    assert closes(done) == [Close(old, EndReason.RELOCATED)]
    assert lab.entry().peer == new
    ended = lab.closed(old, EndReason.RELOCATED)
    assert (plays(ended), goodbyes(ended), notes(ended)) == ([], [], [])
    assert plays(lab.wait(60)) == []


def test_a_connection_that_came_up_before_our_websocket_did_is_asked_beside_at_once(
    lab: RoomLab,
) -> None:
    lab.live()
    lab.room.disconnected()
    lab.now += 1
    lab.joined()
    assert plays(leave(lab)) == ["alice"]


def test_a_kind_that_does_not_come_any_more_is_not_waited_for(lab: RoomLab) -> None:
    old = lab.live()
    tell(lab, old, ages=RECORDS | {Kind.AUDIO: TrackAges(9.0, 9.0)})
    new = follow(lab)
    assert closes(tell(lab, new, ages={Kind.VIDEO: TrackAges(0.1, 0.1)}))


def test_who_is_not_to_leave_any_more_and_has_not_been_asked_stays(lab: RoomLab) -> None:
    lab.live()
    assert leave(lab) == [Rejoin()]
    lab.joined()
    assert lab.room.moves.tick({}, lab.now) == []


def test_who_gives_no_second_connection_goes_on_where_it_is_and_is_told(lab: RoomLab) -> None:
    old = lab.live()
    for attempt in range(1, TRIES + 1):
        asked = ask_under_another_address(lab)
        assert plays(asked) == ["alice"]
        assert bool(notes(asked)) is (attempt == TRIES)
        lab.now += BESIDE + 1
    assert lab.entry().peer == old
    assert closes(lab.asked) == []


def test_one_that_follows_and_never_records_is_given_up_and_asked_for_again(lab: RoomLab) -> None:
    old = lab.live()
    tell(lab, old)
    new = follow(lab)
    lab.now += PATIENCE
    assert closes(leave(lab)) == [Close(new, EndReason.VANISHED)]
    lab.closed(new, EndReason.VANISHED)
    assert lab.entry().peer == old
    lab.now += BESIDE
    assert leave(lab) == [Rejoin()]


@pytest.mark.parametrize("reason", [EndReason.VANISHED, EndReason.WORKER_LOST])
def test_where_the_old_one_ends_first_the_new_one_carries_it(
    lab: RoomLab, reason: EndReason
) -> None:
    old = lab.live()
    new = follow(lab)
    if reason is EndReason.WORKER_LOST:
        done = lab.do(lab.room.worker_lost([old], lab.now))
    else:
        done = lab.closed(old, reason)
    assert (plays(done), goodbyes(done)) == ([], [])
    assert lab.entry().peer == new


def test_who_is_stopped_meanwhile_is_in_neither(lab: RoomLab) -> None:
    old = lab.live()
    new = follow(lab)
    assert closes(lab.command("stop", "alice")) == [Close(old, EndReason.STOPPED)]
    assert closes(lab.closed(old, EndReason.STOPPED)) == [Close(new, EndReason.STOPPED)]
    lab.closed(new, EndReason.STOPPED)
    assert lab.entry().peer == ""


def test_a_screen_goes_on_with_the_camera_that_carries_it(lab: RoomLab) -> None:
    old = lab.live()
    tell(lab, old)
    lab.do(lab.room.connections.found_screen(Found(old, "alice-screen")))
    tell(lab, old, "alice-screen")
    new = follow(lab)
    found = lab.do(lab.room.connections.found_screen(Found(new, "alice-screen")))
    assert found == [Tell(new, Record("alice-screen", True))]
    assert closes(tell(lab, new)) == []
    assert closes(tell(lab, new, "alice-screen")) == [Close(old, EndReason.RELOCATED)]
    assert lab.entry("alice-screen").peer == new
    lab.closed(old, EndReason.RELOCATED)
    assert lab.entry("alice-screen").present


def test_where_the_disk_is_full_nothing_is_waited_for_and_it_is_asked_for_elsewhere(
    lab: RoomLab,
) -> None:
    old = lab.live()
    assert closes(leave(lab, EndReason.DISK_FULL)) == [Close(old, EndReason.DISK_FULL)]
    assert leave(lab, EndReason.DISK_FULL) == []
    lab.closed(old, EndReason.DISK_FULL)
    assert plays(lab.wait(3)) == ["alice"]


def test_an_engine_that_finds_two_connections_of_a_stream_keeps_one_that_records(
    lab: RoomLab,
) -> None:
    for worker, peer in ((1, "p1"), (2, "p2")):
        info = PeerInfo(
            peer=peer, stream="alice", raw_id="alice", uuid="u", session=peer, connected=True
        )
        status = StreamStatus(
            peer=peer, stream="alice", wanted=True, take=take("alice", f"/{peer}.ts"), ages=RECORDS
        )
        hello = Hello(worker=worker, pid=1, peers=(info,), streams=(status,))
        lab.do(lab.room.connections.adopt(hello, lab.now))
    assert lab.entry().peer == "p1"
    tell(lab, "p1")
    assert closes(tell(lab, "p2")) == [Close("p1", EndReason.RELOCATED)]
    assert lab.entry().peer == "p2"


def test_a_publisher_that_names_no_session_gives_another_connection_all_the_same(
    lab: RoomLab,
) -> None:
    lab.announce()
    lab.offer(session=None)
    old = lab.entry().peer
    lab.do(lab.room.connections.connected(old, lab.now))
    assert opened(lab.offer(session=None)) == []
    assert plays(ask_under_another_address(lab)) == ["alice"]
    (offer,) = opened(lab.offer(session=None))
    assert offer.peer != old
    assert lab.entry().peer == old


def test_where_all_offer_to_a_new_address_none_has_a_hole(lab: RoomLab) -> None:
    lab.live()
    other = lab.live("bob")
    tell(lab, other, "bob")
    assert leave(lab) == [Rejoin()]
    lab.joined()
    (offer,) = opened(lab.offer("bob", session="s2"))
    assert lab.entry("bob").peer == other
    lab.do(lab.room.connections.connected(offer.peer, lab.now))
    assert closes(tell(lab, offer.peer, "bob")) == [Close(other, EndReason.RELOCATED)]


def test_a_worker_that_comes_back_goes_on_with_what_nobody_else_has(lab: RoomLab) -> None:
    lab.live("alice")
    gone = lab.live("bob")
    lab.do(lab.room.worker_lost([gone, lab.entry().peer], lab.now, broke=False))
    now = opened(lab.offer("alice", session="s2"))[0].peer
    infos = tuple(
        PeerInfo(
            peer=peer, stream=name, raw_id=name, uuid=f"uuid-{name}", session="s1", connected=True
        )
        for peer, name in (("peer1", "alice"), (gone, "bob"))
    )
    statuses = tuple(
        StreamStatus(peer=one.peer, stream=one.stream, wanted=True, take=take(one.stream))
        for one in infos
    )
    hello = Hello(worker=1, pid=1, peers=infos, streams=statuses)
    kept, back = lab.room.connections.take_back(hello, lab.now)
    assert kept
    assert closes(lab.do(back)) == [Close("peer1", EndReason.RELOCATED)]
    assert (lab.entry().peer, lab.entry("bob").peer) == (now, gone)
    assert plays(lab.wait(60)) == []


def test_a_take_that_was_taken_to_be_lost_and_is_not_counts_once_and_not_as_failed(
    lab: RoomLab,
) -> None:
    lab.live()
    lost = take(node="a", reason=EndReason.WORKER_LOST)
    lab.takes.ended(lost, lab.now)
    assert (lab.takes.done, lab.takes.failed) == (1, 1)
    really = take(node="a", seconds=9.0, reason=EndReason.RELOCATED)
    assert len(lab.takes.ended(really, lab.now)) == 1
    assert (lab.takes.done, lab.takes.failed) == (1, 0)
    # What was told and not heard to be told is told again.
    assert lab.takes.ended(really, lab.now) == []
    assert (lab.takes.done, lab.takes.failed) == (1, 0)

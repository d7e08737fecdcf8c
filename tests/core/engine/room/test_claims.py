"""Who may be recorded under which name: guests who come back, and strangers."""

from __future__ import annotations

import pytest

from roomdeck.core.engine.room.peers import Announcement
from roomdeck.core.engine.room.rows import MAX_UNANNOUNCED
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason, StreamState

from .room_lab import RoomLab, asks, goodbyes, notes, opened, plays, told

PAGE, SAME_PAGE, OTHER_PAGE = "abcde12345", "abcde67890", "vwxyz12345"


@pytest.fixture(params=[True, False], ids=["routed", "fanout"])
def lab(request: pytest.FixtureRequest) -> RoomLab:
    lab = RoomLab()
    lab.joined(announces=request.param)
    return lab


@pytest.fixture
def routed() -> RoomLab:
    lab = RoomLab()
    lab.joined(announces=True)
    return lab


def live(lab: RoomLab, uuid: str, session: str | None = PAGE, stream: str = "alice") -> str:
    """Have somebody announce, offer and connect; return the connection's name."""
    lab.announce(stream, uuid)
    (offer,) = opened(lab.offer(stream, uuid, session))
    lab.do(lab.room.connections.connected(offer.peer, lab.now))
    return offer.peer


def probed(lab: RoomLab) -> list[str]:
    return [to for to, message in told(lab.asked) if isinstance(message, worker_messages.Probe)]


# ── who vanished and comes back ──────────────────────────────────────────────────────────


def test_who_is_back_under_another_address_is_asked_at_once_and_has_its_name(lab: RoomLab) -> None:
    old = live(lab, "u1")
    lab.wait(20)
    assert plays(lab.announce(uuid="u2")) == ["alice"]
    assert probed(lab) == [old]
    assert opened(lab.offer(uuid="u2", session=OTHER_PAGE)) == []
    actions = lab.closed(old, EndReason.VANISHED)
    (offer,) = opened(actions)
    assert (offer.stream, offer.uuid) == ("alice", "u2")
    assert plays(actions) == goodbyes(actions) == []
    assert list(lab.room.entries) == ["alice"]


def test_who_needs_longer_to_offer_is_not_asked_twice(lab: RoomLab) -> None:
    old = live(lab, "u1")
    lab.announce(uuid="u2")
    lab.now += 1.3
    assert plays(lab.closed(old, EndReason.VANISHED)) == []
    assert plays(lab.wait(10)) == []
    (offer,) = opened(lab.offer(uuid="u2", session=OTHER_PAGE))
    assert offer.stream == "alice"


@pytest.mark.parametrize("reason", [EndReason.BYE, EndReason.VANISHED])
def test_a_native_publisher_that_is_back_is_asked_when_the_old_connection_is_gone(
    routed: RoomLab, reason: EndReason
) -> None:
    old = live(routed, "u1", session=None)
    # It would begin anew, if it is still the same one.
    assert plays(routed.announce(uuid="u2")) == []
    assert probed(routed) == [old]
    assert plays(routed.closed(old, reason)) == ["alice"]
    assert opened(routed.offer(uuid="u2", session=None))[0].stream == "alice"


def test_who_is_back_while_an_earlier_request_waits_is_asked_at_once(lab: RoomLab) -> None:
    old = live(lab, "u1")
    lab.wait(20)
    lab.closed(old, EndReason.VANISHED)
    assert plays(lab.wait(3))
    assert plays(lab.announce(uuid="u2")) == ["alice"]
    assert opened(lab.offer(uuid="u2"))[0].stream == "alice"


def test_an_address_that_stays_is_asked_again_when_it_announces_again(lab: RoomLab) -> None:
    lab.announce(uuid="u1")
    lab.now += 1
    assert plays(lab.announce(uuid="u1")) == []
    lab.now += 3
    assert plays(lab.announce(uuid="u1")) == ["alice"]


def test_a_publisher_that_keeps_its_address_is_probed_and_asked(lab: RoomLab) -> None:
    old = live(lab, "u1", session=None)
    lab.now += 20
    assert plays(lab.announce(uuid="u1")) == []
    assert probed(lab) == [old]
    assert plays(lab.closed(old, EndReason.VANISHED)) == ["alice"]


def test_an_offer_that_fails_at_once_is_not_asked_for_again_and_again(lab: RoomLab) -> None:
    lab.announce(uuid="u1")
    lab.offer(uuid="u1")
    assert plays(lab.closed(lab.entry().peer, EndReason.VANISHED)) == []
    assert plays(lab.wait(10)) == []


def test_who_left_after_we_joined_again_is_not_asked_for(lab: RoomLab) -> None:
    peer = live(lab, "u1")
    lab.now += 60
    lab.announce(uuid="u1")
    assert plays(lab.closed(peer, EndReason.BYE)) == []
    assert plays(lab.wait(60)) == []


def test_a_second_one_that_is_back_has_its_own_name_again(lab: RoomLab) -> None:
    first, second = live(lab, "u1"), ""
    lab.announce(uuid="u2")
    lab.offer(uuid="u2", session=OTHER_PAGE)
    lab.do(lab.room.alive(first, lab.now))
    second = lab.entry("alice~2").peer
    lab.do(lab.room.connections.connected(second, lab.now))
    lab.now += 30
    lab.announce(uuid="u3")
    lab.offer(uuid="u3", session="zzzzz12345")
    lab.do(lab.room.alive(first, lab.now))
    lab.closed(second, EndReason.VANISHED)
    assert lab.room.peers[lab.entry("alice~2").peer].uuid == "u3"
    assert lab.entry("alice").peer == first
    assert set(lab.room.entries) == {"alice", "alice~2"}


def test_a_second_one_that_vanished_is_asked_alone() -> None:
    lab = RoomLab()
    lab.joined(announces=False)
    first = live(lab, "u1", session=None)
    lab.announce(uuid="u2")
    lab.offer(uuid="u2", session=None)
    lab.do(lab.room.alive(first, lab.now))
    second = lab.entry("alice~2").peer
    lab.do(lab.room.connections.connected(second, lab.now))
    lab.closed(second, EndReason.VANISHED)
    assert set(asks(lab.wait(20))) == {("alice", "u2")}
    lab.closed(first, EndReason.VANISHED)
    assert ("alice", "") in asks(lab.wait(20))


def test_a_worker_that_hangs_keeps_nobody_waiting(lab: RoomLab) -> None:
    live(lab, "u1")
    lab.announce(uuid="u2")
    assert opened(lab.offer(uuid="u2", session=OTHER_PAGE)) == []
    (offer,) = opened(lab.wait(6))
    assert (offer.stream, offer.uuid) == ("alice~2", "u2")


# ── websockets that come and go ──────────────────────────────────────────────────────────


def test_a_guest_whose_websocket_was_cut_is_recorded_on_in_one_connection(lab: RoomLab) -> None:
    peer = live(lab, "u1")
    lab.announce(uuid="u2")
    lab.do(lab.room.alive(peer, lab.now))
    assert opened(lab.offer(uuid="u2", session=SAME_PAGE)) == []
    assert opened(lab.wait(60)) == []
    assert list(lab.room.entries) == ["alice"]
    assert lab.entry().peer == peer


def test_after_our_own_reconnection_nobody_is_asked_twice(routed: RoomLab) -> None:
    peer = live(routed, "u1", session=None)
    routed.do(routed.room.disconnected())
    routed.joined(announces=True)
    assert plays(routed.listed()) == []
    assert plays(routed.announce(uuid="u2")) == []
    assert probed(routed) == [peer]
    routed.do(routed.room.alive(peer, routed.now))
    assert plays(routed.wait(60)) == []
    assert (routed.entry().peer, routed.entry().uuid) == (peer, "u2")


def test_who_vanished_during_our_own_reconnection_is_asked_when_that_is_known(
    routed: RoomLab,
) -> None:
    peer = live(routed, "u1")
    routed.do(routed.room.disconnected())
    routed.joined(announces=True)
    member = Announcement("u2", "alice", "alice")
    assert plays(routed.do(routed.room.listed([member], routed.now))) == []
    assert plays(routed.closed(peer, EndReason.VANISHED)) == ["alice"]


# ── strangers ────────────────────────────────────────────────────────────────────────────


def test_two_who_announce_one_id_are_recorded_apart(lab: RoomLab) -> None:
    first = live(lab, "u1")
    lab.announce(uuid="u2")
    lab.offer(uuid="u2", session=OTHER_PAGE)
    actions = lab.do(lab.room.alive(first, lab.now))
    (offer,) = opened(actions)
    assert (offer.stream, offer.claims, offer.uuid) == ("alice~2", "alice", "u2")
    (note,) = notes(actions, "stream.join")
    assert (note.stream, note.level) == ("alice~2", "warning")
    assert "says that it is alice" in note.text
    assert told(actions) == []
    assert lab.entry("alice").peer == first
    lab.do(lab.room.connections.connected(offer.peer, lab.now))
    assert plays(lab.closed(offer.peer, EndReason.BYE)) == []
    assert lab.entry("alice").peer == first


def test_who_did_not_announce_an_id_never_has_its_name(routed: RoomLab) -> None:
    actions = routed.offer(uuid="stranger", session="s")
    (offer,) = opened(actions)
    assert offer.stream == "alice~2"
    assert "never announced" in notes(actions, "stream.join")[0].text
    assert plays(routed.announce(uuid="u1")) == ["alice"]
    (offer,) = opened(routed.offer(uuid="u1"))
    assert offer.stream == "alice"
    assert set(routed.room.entries) == {"alice", "alice~2"}


def test_an_offer_for_an_announced_id_comes_from_who_announced_it(routed: RoomLab) -> None:
    routed.announce(uuid="u1")
    (strange,) = opened(routed.offer(uuid="stranger", session="s"))
    (own,) = opened(routed.offer(uuid="u1", session="t"))
    assert (strange.stream, own.stream) == ("alice~2", "alice")
    assert routed.offer("bob", "u1", "t2") != []
    assert "bob" not in routed.room.entries


def test_who_announced_nothing_is_not_asked_for(routed: RoomLab) -> None:
    routed.offer(uuid="stranger", session="s")
    routed.closed(routed.entry("alice~2").peer, EndReason.VANISHED)
    assert plays(routed.wait(100)) == []
    assert routed.state("alice~2") is StreamState.DONE


def test_one_stranger_who_offers_all_the_time_has_one_connection(routed: RoomLab) -> None:
    for number in range(520):
        routed.offer(f"spam{number}", "stranger", f"s{number}")
    alive = [peer for peer in routed.room.peers.values() if not peer.closing]
    assert len(alive) == 1
    assert len(routed.room.entries) == 1


def test_strangers_without_number_leave_place_for_those_who_announce(routed: RoomLab) -> None:
    for number in range(600):
        routed.offer("alice", f"stranger{number}", "s")
    alive = [peer for peer in routed.room.peers.values() if not peer.closing]
    assert len(alive) <= MAX_UNANNOUNCED
    for name, peer in list(routed.room.peers.items()):
        if peer.closing:
            routed.closed(name, EndReason.VANISHED)
    assert opened(routed.offer("bob", "late", "s"))
    routed.announce(uuid="u1")
    assert opened(routed.offer(uuid="u1"))[0].stream == "alice"


def test_a_flood_of_announcements_costs_few_requests_and_locks_nobody_out(lab: RoomLab) -> None:
    before = len(lab.asked)
    for number in range(500):
        lab.announce(uuid=f"stranger{number}")
    assert len(plays(lab.asked[before:])) <= 5
    lab.announce(uuid="u1")
    assert plays(lab.wait(4))
    assert opened(lab.offer(uuid="u1"))[0].stream == "alice"
    assert list(lab.room.entries) == ["alice"]


def test_a_flood_of_announcements_of_a_live_stream_probes_it_now_and_then(
    routed: RoomLab,
) -> None:
    peer = live(routed, "u1")
    for number in range(500):
        routed.announce(uuid=f"stranger{number}")
    assert probed(routed) == [peer]
    assert len(plays(routed.asked)) <= 5
    assert routed.entry().peer == peer
    assert list(routed.room.entries) == ["alice"]


@pytest.mark.parametrize("verb", ["stop", "exclude"])
def test_what_was_decided_by_hand_counts_for_who_says_the_same(routed: RoomLab, verb: str) -> None:
    live(routed, "u1")
    routed.command("exclude" if verb == "exclude" else "stop", "alice")
    actions = routed.offer(uuid="stranger", session="s")
    assert opened(actions) == []
    routed.announce(uuid="u2")
    assert opened(routed.offer(uuid="u2", session=OTHER_PAGE)) == []


def test_rules_count_for_what_somebody_says_to_be() -> None:
    lab = RoomLab(exclude=("alice",))
    lab.joined(announces=True)
    assert opened(lab.offer(uuid="stranger")) == []
    lab = RoomLab(only=("alice",))
    lab.joined(announces=True)
    assert opened(lab.offer(uuid="stranger"))


def test_an_id_that_looks_like_a_second_ones_name_is_kept_apart(lab: RoomLab) -> None:
    first = live(lab, "u1")
    lab.announce(uuid="u2")
    lab.offer(uuid="u2", session=OTHER_PAGE)
    lab.do(lab.room.alive(first, lab.now))
    assert lab.entry("alice~2").claims == "alice"
    live(lab, "u3", stream="alice~2")
    assert lab.entry("alice~2").claims == "alice"
    assert lab.room.peers[lab.entry("alice~2~2").peer].uuid == "u3"


def test_an_id_that_is_called_as_a_screen_share_is_recorded_beside_it(lab: RoomLab) -> None:
    sharing = live(lab, "u1")
    lab.do(lab.room.connections.found_screen(worker_messages.Found(sharing, "alice-screen")))
    assert plays(lab.announce("alice-screen", "u2")) == ["alice-screen"]
    lab.do(lab.room.alive(sharing, lab.now))
    (offer,) = opened(lab.offer("alice-screen", "u2", OTHER_PAGE))
    assert (offer.stream, offer.uuid) == ("alice-screen~2", "u2")
    assert lab.entry("alice-screen").parent == "alice"


def test_a_second_one_is_adopted_under_its_name(routed: RoomLab) -> None:
    info = worker_messages.PeerInfo(
        *(),
        peer="p",
        stream="alice~2",
        raw_id="alice",
        uuid="u2",
        session="s",
        claims="alice",
        connected=True,
    )
    hello = worker_messages.Hello(worker=1, pid=1, peers=(info,))
    routed.do(routed.room.connections.adopt(hello, routed.now))
    assert routed.entry("alice~2").id == "alice"


# ── other rooms ──────────────────────────────────────────────────────────────────────────


def test_who_went_to_another_room_is_recorded_until_then_and_again_on_return(lab: RoomLab) -> None:
    peer = live(lab, "u1")
    assert told(lab.do(lab.room.moved("u1"))) == [
        (peer, worker_messages.Close(peer, EndReason.MOVED))
    ]
    actions = lab.closed(peer, EndReason.MOVED)
    assert lab.state() is StreamState.DONE
    assert notes(actions, "stream.leave")
    assert plays(lab.wait(100)) == []
    assert plays(lab.announce(uuid="u1")) == ["alice"]
    assert opened(lab.offer(uuid="u1", session="s2"))


def test_who_is_back_before_its_connection_is_closed_is_asked_then(lab: RoomLab) -> None:
    peer = live(lab, "u1")
    lab.do(lab.room.moved("u1"))
    lab.now += 0.5
    lab.announce(uuid="u1")
    assert plays(lab.closed(peer, EndReason.MOVED)) == ["alice"]


def test_who_left_before_it_was_recorded_is_done(lab: RoomLab) -> None:
    lab.announce(uuid="u1")
    assert notes(lab.do(lab.room.moved("u1")), "stream.leave")
    assert plays(lab.wait(100)) == []


def test_a_stream_that_is_taken_out_of_the_room_ends_unless_it_is_announced_again(
    routed: RoomLab,
) -> None:
    peer = live(routed, "u1")
    routed.do(routed.room.removed("stranger", "alice", routed.now))
    assert told(routed.wait(20)) == []
    routed.do(routed.room.removed("u1", "alice", routed.now))
    routed.wait(5)
    routed.announce(uuid="u1")
    assert not any(isinstance(one, worker_messages.Close) for _, one in told(routed.wait(20)))
    routed.do(routed.room.removed("u1", "alice", routed.now))
    assert (peer, worker_messages.Close(peer, EndReason.MOVED)) in told(routed.wait(10))


def test_a_websocket_that_is_cut_and_back_takes_no_stream_out_of_the_room(
    routed: RoomLab,
) -> None:
    live(routed, "u1", session=None)
    routed.do(routed.room.removed("u1", "alice", routed.now))
    routed.wait(5)
    routed.announce(uuid="u2")
    assert not any(isinstance(one, worker_messages.Close) for _, one in told(routed.wait(20)))

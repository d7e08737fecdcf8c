from __future__ import annotations

import itertools

import pytest

from roomdeck.core.engine.room.emptiness import nobody
from roomdeck.core.engine.room.peers import Announcement
from roomdeck.core.engine.room.rows import MAX_STREAMS
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason, EventType, StreamState

from .room_lab import (
    CANDIDATE,
    FULL,
    RoomLab,
    goodbyes,
    notes,
    opened,
    plays,
    seconds_of_plays,
    told,
)

PRESENCE = [EventType.STREAM_JOIN, EventType.STREAM_LEAVE]


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    return lab


# ── asking ───────────────────────────────────────────────────────────────────────────────


def test_who_is_listed_is_asked_for(lab: RoomLab) -> None:
    actions = lab.listed("alice", "bob")
    assert plays(actions) == ["alice", "bob"]
    assert [note.type for note in notes(actions)] == ["stream.join", "stream.join"]


def test_who_comes_later_is_asked_for_once(lab: RoomLab) -> None:
    lab.listed()
    assert plays(lab.announce()) == ["alice"]
    assert plays(lab.announce()) == []


def test_no_answer_is_asked_again_after_15_30_and_60_seconds_then_on_an_announcement(
    lab: RoomLab,
) -> None:
    lab.announce()
    assert seconds_of_plays(lab, 400) == [15, 45, 105]
    assert plays(lab.announce()) == ["alice"]
    assert seconds_of_plays(lab, 400) == [15, 45, 105]


def test_an_offer_ends_the_asking(lab: RoomLab) -> None:
    lab.live()
    assert plays(lab.wait(200)) == []


def test_who_leaves_before_offering_is_not_asked_again(lab: RoomLab) -> None:
    lab.announce()
    lab.do(lab.room.left("uuid-alice"))
    assert lab.state() is StreamState.DONE
    assert lab.wait(19) == []
    assert plays(lab.wait(200)) == []


def test_who_vanished_and_left_meanwhile_is_not_asked_nor_complained_about(lab: RoomLab) -> None:
    lab.closed(lab.live(), EndReason.VANISHED)
    lab.listed()
    assert lab.wait(19) == []
    assert plays(lab.wait(200)) == []


def test_nothing_is_asked_while_the_websocket_is_away(lab: RoomLab) -> None:
    lab.do(lab.room.disconnected())
    lab.announce()
    assert plays(lab.wait(60)) == []
    lab.joined()
    assert plays(lab.wait(2)) == ["alice"]


def test_without_a_private_word_rules_decide() -> None:
    lab = RoomLab(only=("a*",), exclude=("*2",))
    lab.joined()
    assert plays(lab.listed("a1", "a2", "b1")) == ["a1"]
    assert lab.state("a2") is StreamState.SKIP
    assert lab.entry("b1").refusal == "not among --only a*"
    assert opened(lab.offer("b1")) == []


# ── offers ───────────────────────────────────────────────────────────────────────────────


def test_an_offer_opens_a_connection(lab: RoomLab) -> None:
    lab.announce()
    (offer,) = opened(lab.offer())
    assert offer == worker_messages.Offer(
        peer="peer1",
        stream="alice",
        raw_id="alice",
        uuid="uuid-alice",
        session="s1",
        sdp="sdp",
        encrypted=True,
    )
    assert lab.state() is StreamState.WAIT


def test_an_offer_that_nobody_asked_for_opens_a_connection_and_is_a_join(lab: RoomLab) -> None:
    actions = lab.offer("eve", "u9")
    assert opened(actions)
    assert [note.stream for note in notes(actions, "stream.join")] == ["eve"]
    assert lab.entry("eve").uuid == "u9"


def test_an_offer_of_somebody_unknown_without_a_stream_is_ignored(lab: RoomLab) -> None:
    assert lab.room.offers.file(None, "u9", "s", "sdp", (), False, lab.now) == []


def test_the_same_session_is_a_renegotiation_with_or_without_its_name(lab: RoomLab) -> None:
    peer = lab.live()
    for member in (Announcement("uuid-alice", "alice", "alice"), None):
        actions = lab.room.offers.file(member, "uuid-alice", "s1", "more", (2,), False, lab.now)
        ((to, message),) = told(actions)
        assert to == peer
        assert isinstance(message, worker_messages.Offer)
        assert (message.peer, message.sdp, message.screen) == (peer, "more", (2,))


def test_a_renegotiation_is_answered_even_when_nothing_is_recorded(lab: RoomLab) -> None:
    lab.live()
    lab.disk(FULL)
    assert told(lab.offer())


def test_a_renegotiation_finds_its_connection_after_the_publisher_got_a_new_address(
    lab: RoomLab,
) -> None:
    peer = lab.live()
    lab.announce("alice", "new address")
    (action,) = told(lab.room.offers.file(None, "uuid-alice", "s1", "sdp", (), True, lab.now))
    assert action[0] == peer


def test_another_session_of_the_same_publisher_replaces(lab: RoomLab) -> None:
    old = lab.live()
    lab.status()
    actions = lab.offer(session="s2")
    assert told(actions)[0] == (old, worker_messages.Close(old, EndReason.REPLACED))
    (new,) = opened(actions)
    assert lab.entry().peer == new.peer != old
    assert lab.closed(old, EndReason.REPLACED) == []
    assert lab.entry().peer == new.peer


# ── candidates ───────────────────────────────────────────────────────────────────────────


def test_candidates_go_to_their_connection(lab: RoomLab) -> None:
    peer = lab.live()
    actions = lab.room.connections.candidates("uuid-alice", "s1", CANDIDATE, lab.now)
    assert told(actions) == [(peer, worker_messages.Candidates(peer, CANDIDATE))]
    assert lab.room.connections.candidates("uuid-alice", "other", CANDIDATE, lab.now) == []


def test_candidates_that_come_early_wait_for_their_offer(lab: RoomLab) -> None:
    assert lab.room.connections.candidates("uuid-alice", "s1", CANDIDATE, lab.now) == []
    assert lab.room.connections.candidates("uuid-alice", "other", CANDIDATE, lab.now) == []
    lab.now += 10
    ((peer, message),) = told(lab.offer())
    assert message == worker_messages.Candidates(peer, CANDIDATE)


def test_candidates_do_not_wait_for_ever(lab: RoomLab) -> None:
    lab.room.connections.candidates("uuid-alice", "s1", CANDIDATE, lab.now)
    lab.now += 16
    assert told(lab.offer()) == []


def test_a_flood_of_early_candidates_is_bounded_and_leaves_place_for_others(lab: RoomLab) -> None:
    for _ in range(1000):
        lab.room.connections.candidates("flood", None, CANDIDATE, lab.now)
    lab.room.connections.candidates("uuid-alice", "s1", CANDIDATE, lab.now)
    assert len(told(lab.offer())) == 1
    assert len(told(lab.offer("flood", "flood"))) <= 25


def test_a_flood_from_many_addresses_is_bounded(lab: RoomLab) -> None:
    for number in range(1000):
        lab.room.connections.candidates(f"u{number}", None, CANDIDATE, lab.now)
    for number in range(400):
        lab.offer(f"s{number}", f"u{number}")
    passed_on = [one for _, one in told(lab.asked) if isinstance(one, worker_messages.Candidates)]
    assert len(passed_on) == 250


# ── ends ─────────────────────────────────────────────────────────────────────────────────


def test_a_goodbye_ends_it_and_a_return_is_asked_for(lab: RoomLab) -> None:
    actions = lab.closed(lab.live(), EndReason.BYE)
    assert lab.state() is StreamState.DONE
    assert notes(actions, "stream.leave")
    assert plays(lab.wait(100)) == []
    actions = lab.announce()
    assert plays(actions) == ["alice"]
    assert notes(actions, "stream.join")


def test_a_new_address_of_long_ago_is_no_return(lab: RoomLab) -> None:
    peer = lab.live()
    lab.announce(uuid="new socket")
    lab.wait(60)
    assert plays(lab.closed(peer, EndReason.BYE)) == []
    assert plays(lab.wait(60)) == []


def test_who_vanished_is_told_goodbye_and_asked_again(lab: RoomLab) -> None:
    peer = lab.live()
    lab.wait(60)
    assert goodbyes(lab.closed(peer, EndReason.VANISHED)) == ["uuid-alice"]
    assert plays(lab.wait(2)) == ["alice"]


def test_who_never_connects_is_asked_ever_more_rarely(lab: RoomLab) -> None:
    lab.announce()
    asked: list[int] = []
    for second in range(400):
        if plays(lab.wait(1)):
            asked.append(second)
        if second % 20 == 0 and (peer := lab.entry().peer):
            lab.closed(peer, EndReason.VANISHED)
        elif lab.entry().phase.name == "ASKED":
            lab.offer(session=f"s{second}")
    assert 2 <= len(asked) <= 3
    assert all(later - earlier >= 15 for earlier, later in itertools.pairwise(asked))


# ── the websocket ────────────────────────────────────────────────────────────────────────


def test_after_a_reconnection_the_live_are_left_alone_and_the_missing_asked(lab: RoomLab) -> None:
    peer = lab.live("alice")
    lab.announce("bob")
    assert lab.room.disconnected() == []
    lab.wait(5)
    lab.joined()
    actions = lab.listed("alice", "bob", "carol")
    assert plays(actions) == ["bob", "carol"]
    assert lab.entry("alice").peer == peer


def test_who_is_live_but_not_listed_goes_on(lab: RoomLab) -> None:
    peer = lab.live()
    lab.status()
    lab.do(lab.room.disconnected())
    lab.joined()
    lab.listed()
    assert lab.entry().peer == peer
    assert lab.state() is StreamState.REC


def test_on_a_server_without_listings_who_was_asked_is_asked_again(lab: RoomLab) -> None:
    lab.announce()
    lab.do(lab.room.disconnected())
    lab.joined()
    assert seconds_of_plays(lab, 10) == [3]


def test_who_is_gone_by_the_new_listing_is_done(lab: RoomLab) -> None:
    lab.announce()
    actions = lab.listed()
    assert notes(actions, "stream.leave")
    assert lab.state() is StreamState.DONE


def test_a_removed_stream_is_done_unless_its_media_flows(lab: RoomLab) -> None:
    lab.announce("bob")
    lab.live("alice")
    assert lab.room.removed("uuid-x", "nobody", lab.now) == []
    lab.do(lab.room.removed("uuid-bob", "bob", lab.now))
    lab.do(lab.room.removed("uuid-alice", "alice", lab.now))
    assert lab.state("bob") is StreamState.DONE
    assert lab.state("alice") is StreamState.WAIT
    assert lab.entry("alice").peer


# ── the rest ─────────────────────────────────────────────────────────────────────────────


def test_an_empty_room_may_be_another_one(lab: RoomLab) -> None:
    lab.listed()
    lab.wait(60)
    assert "wrong password or salt" in nobody(lab.room.entries)


def test_a_room_that_everybody_left_is_empty_until_somebody_is_back(lab: RoomLab) -> None:
    lab.closed(lab.live(), EndReason.BYE)
    lab.wait(60)
    assert nobody(lab.room.entries) == "nobody is sending in this room any more"
    lab.live()
    assert nobody(lab.room.entries) == ""


def test_who_vanished_and_does_not_answer_is_done(lab: RoomLab) -> None:
    lab.closed(lab.live(), EndReason.VANISHED)
    lab.wait(20)
    assert lab.state() is StreamState.WAIT
    lab.wait(40)
    assert lab.state() is StreamState.DONE
    assert nobody(lab.room.entries)
    lab.offer(session="s2")
    assert lab.state() is StreamState.WAIT


def test_who_never_answers_is_done_after_some_time(lab: RoomLab) -> None:
    lab.announce()
    lab.wait(100)
    assert lab.state() is StreamState.WAIT
    lab.wait(10)
    assert lab.state() is StreamState.DONE
    lab.announce(uuid="new")
    assert lab.state() is StreamState.WAIT


def test_a_room_with_somebody_in_it_is_not_empty(lab: RoomLab) -> None:
    lab.live()
    lab.wait(60)
    assert nobody(lab.room.entries) == ""


def test_at_most_500_streams_are_known(lab: RoomLab) -> None:
    for number in range(MAX_STREAMS):
        lab.live(f"s{number}")
    assert len(lab.room.entries) == MAX_STREAMS
    assert plays(lab.announce("one more")) == []
    assert opened(lab.offer("one more")) == []
    assert len(notes(lab.asked, "warning")) == 1


def test_streams_that_left_make_place_for_others_but_not_those_decided_by_hand(
    lab: RoomLab,
) -> None:
    for number in range(MAX_STREAMS):
        lab.announce(f"s{number}")
    lab.command("exclude", "s0")
    lab.listed(*(f"s{number}" for number in range(2, MAX_STREAMS)))
    lab.live("s3")
    assert plays(lab.announce("late")) == ["late"]
    assert "s1" not in lab.room.entries
    # Then those that were announced and never connected; their offer makes them known again.
    assert plays(lab.announce("later")) == ["later"]
    assert plays(lab.announce("latest")) == ["latest"]
    assert not {"s2", "s4"} & lab.room.entries.keys()
    assert {"s0", "s3"} <= lab.room.entries.keys()
    assert opened(lab.offer("s2"))[0].stream == "s2"


def test_adoption_takes_over_what_lives(lab: RoomLab) -> None:
    hello = worker_messages.Hello(
        worker=1,
        pid=2,
        peers=(
            worker_messages.PeerInfo(
                peer="old",
                stream="alice",
                raw_id="alice",
                uuid="u",
                session="s",
                connected=True,
                muted=True,
                camera_off=True,
                screen=True,
            ),
            worker_messages.PeerInfo(
                peer="off", stream="bob", raw_id="bob", uuid="v", session=None
            ),
        ),
        streams=(
            worker_messages.StreamStatus(peer="old", stream="alice", wanted=True),
            worker_messages.StreamStatus(peer="old", stream="alice-screen", wanted=True),
            worker_messages.StreamStatus(peer="off", stream="bob", wanted=False),
            worker_messages.StreamStatus(peer="nobody's", stream="carol", wanted=True),
        ),
    )
    actions = lab.do(lab.room.connections.adopt(hello, lab.now))
    assert [note.type for note in notes(actions)] == ["stream.adopt", "stream.adopt"]
    alice = lab.entry("alice")
    assert (alice.muted, alice.camera_off, alice.screen) == (True, True, True)
    # What was just heard of is not silent: its worker has a moment to speak up.
    assert lab.wait(1) == []
    assert not alice.silent
    lab.joined(announces=True)
    assert plays(lab.listed("alice", "bob", "alice-screen", "carol")) == ["carol"]
    assert lab.entry("alice-screen").parent == "alice"
    assert lab.state("bob") is StreamState.OFF
    assert lab.entry("bob").refusal
    assert plays(lab.wait(100)) == ["carol"] * 2
    assert goodbyes(lab.closed("old", EndReason.VANISHED)) == ["uuid-alice"]
    assert plays(lab.wait(2)) == ["alice"]


def test_a_guest_whose_page_crashed_is_away_from_its_last_sign_of_life_on() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    for _ in range(60):
        lab.status(heard_age=0.0)
        lab.wait(1)
    for age in range(26):
        lab.status(heard_age=float(age))
        lab.wait(1)
        away = lab.entry().away
        # Consent checks are answered every 5 s.
        assert (away is None) is (age + 1 <= 8)
    lab.closed(peer, EndReason.VANISHED)
    for second in range(1, 100):
        lab.wait(1)
        assert lab.entry().away == 26.0 + second
    lab.announce()
    lab.wait(1)
    assert lab.entry().away is None


def test_a_page_that_is_reloaded_is_away_for_no_longer_than_that() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    lab.status(heard_age=0.0)
    lab.wait(3)
    lab.closed(peer, EndReason.VANISHED)
    lab.live()
    lab.wait(1)
    assert lab.entry().away is None


def test_who_is_not_wanted_is_here_as_long_as_the_server_says_so() -> None:
    lab = RoomLab(exclude=["alice"])
    lab.joined()
    lab.announce()
    lab.wait(300)
    assert lab.entry().away is None
    lab.do(lab.room.left("uuid-alice"))
    lab.wait(1)
    assert lab.entry().away == 301.0


@pytest.mark.parametrize("reason", [EndReason.BYE, EndReason.VANISHED])
def test_who_was_told_to_be_gone_is_told_to_be_there_again(reason: EndReason) -> None:
    lab = RoomLab()
    lab.joined()
    for _ in range(2):
        lab.closed(lab.live(), reason)
    lab.live()
    said = [one.type for one in notes(lab.asked) if one.type in PRESENCE]
    assert said == [*PRESENCE, *PRESENCE, EventType.STREAM_JOIN]


def test_a_connection_in_the_place_of_another_is_no_news() -> None:
    lab = RoomLab()
    lab.joined()
    first = lab.live()
    lab.offer(session="s2")
    lab.closed(first, EndReason.REPLACED)
    assert [one.type for one in notes(lab.asked) if one.type in PRESENCE] == PRESENCE[:1]

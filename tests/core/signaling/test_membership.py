import json
from typing import Any

import pytest

from roomdeck.core.config import Family
from roomdeck.core.errors import ProtocolError
from roomdeck.core.signaling.backoff import Backoff, Patience
from roomdeck.core.signaling.events import (
    Alert,
    AlertKind,
    Joined,
    Listing,
    PlayRequest,
    ServerError,
)
from roomdeck.core.signaling.membership import (
    RETRIES,
    Connected,
    Happening,
    Membership,
    random_id,
)

PATIENCE = Patience(detect=2.5, listing=10, retry=5)
LISTING: dict[str, Any] = {"request": "listing", "list": []}
ID_TAKEN = {"error": "uuid already in use"}
JOIN = {"request": "joinroom", "roomid": "room"}
JOIN_FANOUT = JOIN | {"from": "id0"}


class Member:
    """A membership with its clock and its ids in the hands of the test."""

    def __init__(
        self,
        family: Family = Family.AUTO,
        stream: str | None = None,
        room: str | None = "room",
    ) -> None:
        ids = (f"id{n}" for n in range(100))
        self.membership = Membership(
            room,
            family=family,
            wire_stream=stream,
            patience=PATIENCE,
            new_id=lambda: next(ids),
        )
        self.now = 100.0

    def open(self) -> list[Happening]:
        return self.membership.opened(self.now)

    def hear(self, message: dict[str, Any]) -> list[Happening]:
        return self.membership.receive(json.dumps(message), self.now)

    def after(self, seconds: float) -> list[Happening]:
        self.now += seconds
        return self.membership.poll(self.now)

    def said(self) -> list[dict[str, Any]]:
        said = list(self.membership.outgoing)
        self.membership.outgoing.clear()
        return said


def test_a_listing_shows_a_routed_server() -> None:
    member = Member()
    assert member.open() == []
    assert member.said() == [JOIN, JOIN_FANOUT]
    assert not member.membership.joined
    assert member.hear(LISTING) == [Connected(Family.ROUTED), Listing(())]
    assert member.membership.joined
    assert member.after(1000) == []
    assert member.said() == []
    assert member.membership.address({"a": 1}) == {"a": 1}


def test_silence_shows_a_fanout_server() -> None:
    member = Member()
    member.open()
    assert member.after(2.4) == []
    assert member.said() == [JOIN, JOIN_FANOUT]
    assert not member.membership.joined
    assert member.after(0.1) == [Connected(Family.FANOUT)]
    assert member.said() == []
    assert member.membership.address({"a": 1}) == {"a": 1, "from": "id0", "roomid": "room"}


def test_an_error_about_from_shows_a_fanout_server_at_once() -> None:
    member = Member()
    member.open()
    member.said()
    assert member.hear({"error": "missing from field"}) == [Connected(Family.FANOUT)]
    assert member.said() == []
    assert member.after(1000) == []


OFFER = {"UUID": "id0", "session": "s", "description": {"type": "offer", "sdp": "v=0"}}
FROM_PEER = {"from": "b", "roomid": "room"}


@pytest.mark.parametrize(
    "message",
    [
        {"request": "joinroom", "streamID": "b"} | FROM_PEER,
        {"request": "seed", "streamID": "b"} | FROM_PEER,
        OFFER | {"streamID": "b"} | FROM_PEER,
    ],
)
def test_the_first_word_of_a_peer_shows_a_fanout_server(message: dict[str, Any]) -> None:
    member = Member()
    member.open()
    found, heard = member.hear(message)
    assert found == Connected(Family.FANOUT)
    assert getattr(heard, "uuid", "") == "b", "nothing is lost, as in an offer nobody asked for"
    assert member.after(1000) == []


def test_an_id_that_a_fanout_server_refuses_is_not_taken_for_being_in() -> None:
    member = Member()
    member.open()
    assert member.hear(ID_TAKEN) == []
    assert not member.membership.joined
    member.said()
    assert member.after(5) == [Connected(Family.FANOUT)]
    assert member.said() == [JOIN_FANOUT]


def test_a_chosen_family_is_all_that_is_spoken() -> None:
    for family, said in ((Family.ROUTED, [JOIN]), (Family.FANOUT, [JOIN_FANOUT])):
        member = Member(family)
        member.open()
        assert member.said() == said


def test_another_error_shows_nothing() -> None:
    member = Member()
    member.open()
    member.said()
    assert member.hear({"error": "no"}) == [ServerError("no", AlertKind.NOTICE)]
    assert not member.membership.joined


def test_a_late_listing_corrects_the_detection() -> None:
    member = Member(stream="a")
    member.open()
    member.after(2.5)
    member.said()
    assert member.hear(LISTING) == [Connected(Family.ROUTED), Listing(())]
    assert member.said() == [{"request": "seed", "streamID": "a"}]
    assert member.hear(LISTING) == [Listing(())]


def test_a_chosen_fanout_server_is_never_taken_for_another() -> None:
    member = Member(Family.FANOUT)
    assert member.open() == [Connected(Family.FANOUT)]
    assert member.hear(LISTING) == []
    assert member.membership.family is Family.FANOUT


def test_a_chosen_routed_server_that_lists_nothing_is_left() -> None:
    member = Member(Family.ROUTED)
    member.open()
    assert member.after(9.9) == []
    assert member.membership.refusal == ""
    assert member.after(0.1) == []
    assert "fan-out" in member.membership.refusal
    member.open()
    assert member.membership.refusal == ""


def test_peers_are_heard_once_we_are_in() -> None:
    member = Member()
    member.open()
    assert member.hear({"request": "someonejoined", "UUID": "a"}) == []
    member.hear(LISTING)
    assert member.hear({"request": "someonejoined", "UUID": "a"}) == [Joined("a")]


def test_a_publisher_seeds_after_the_listing() -> None:
    member = Member(stream="a808d64")
    member.open()
    assert member.said() == [JOIN, JOIN_FANOUT | {"streamID": "a808d64"}]
    member.hear(LISTING)
    assert member.said() == [{"request": "seed", "streamID": "a808d64"}]


def test_a_publisher_on_a_fanout_server_says_its_stream_on_joining() -> None:
    member = Member(Family.FANOUT, stream="a808d64")
    member.open()
    assert member.said() == [JOIN | {"streamID": "a808d64", "from": "id0"}]
    request = {"request": "play", "streamID": "a808d64", "from": "b", "roomid": "room"}
    assert member.hear(request) == [PlayRequest("b", "a808d64")]


def test_a_fanout_member_keeps_its_id_over_reconnects() -> None:
    member = Member()
    member.open()
    member.after(2.5)
    member.said()
    member.membership.closed()
    assert not member.membership.joined
    assert member.open() == [Connected(Family.FANOUT)]
    assert member.said() == [JOIN | {"from": "id0"}]


def test_a_routed_server_is_asked_anew_after_a_reconnect() -> None:
    member = Member()
    member.open()
    member.hear(LISTING)
    member.membership.closed()
    assert member.open() == []
    assert not member.membership.joined
    assert member.after(2.5) == [Connected(Family.FANOUT)]


def test_an_id_that_is_still_taken_is_tried_again_and_then_given_up() -> None:
    member = Member(Family.FANOUT)
    member.open()
    for _ in range(RETRIES):
        assert member.said() == [JOIN | {"from": "id0"}]
        assert member.hear(ID_TAKEN) == []
        assert member.hear(ID_TAKEN) == [], "a second refusal while waiting counts once"
        assert not member.membership.joined
        assert member.after(4.9) == []
        assert member.after(0.1) == [Connected(Family.FANOUT)]
    member.said()
    assert member.hear(ID_TAKEN) == [Connected(Family.FANOUT)]
    assert member.said() == [JOIN | {"from": "id1"}]


def test_a_stream_that_is_still_taken_is_tried_again_and_then_given_up() -> None:
    member = Member(stream="a")
    member.open()
    member.hear(LISTING)
    taken = {"request": "alert", "message": "Stream ID is already in use."}
    for _ in range(RETRIES):
        assert member.said()[-1] == {"request": "seed", "streamID": "a"}
        assert member.hear(taken) == [Alert(taken["message"], AlertKind.RETRY)]
        assert member.said() == []
        assert member.after(5) == []
    assert member.hear(taken) == [Alert(taken["message"], AlertKind.FATAL)]


def test_the_same_on_a_fanout_server() -> None:
    member = Member(Family.FANOUT, stream="a")
    member.open()
    member.said()
    taken = {"error": "sid already in use"}
    assert member.hear(taken) == [ServerError("sid already in use", AlertKind.RETRY)]
    assert member.after(5) == []
    assert member.said() == [JOIN | {"streamID": "a", "from": "id0"}]


# ── outside rooms ────────────────────────────────────────────────────────────────────────

SEED = {"request": "seed", "streamID": "a"}
PING = {"request": "ping"}


@pytest.mark.parametrize(
    ("family", "said", "addressed"),
    [
        (Family.ROUTED, [SEED], {"a": 1}),
        (Family.FANOUT, [SEED | {"from": "id0"}], {"a": 1, "from": "id0"}),
        (Family.AUTO, [PING, SEED | {"from": "id0"}], {"a": 1, "from": "id0"}),
    ],
)
def test_outside_rooms_a_publisher_seeds_at_once(
    family: Family, said: list[dict[str, Any]], addressed: dict[str, Any]
) -> None:
    member = Member(family, stream="a", room=None)
    assert member.open() == [Connected(family)]
    assert member.said() == said
    assert member.membership.address({"a": 1}) == addressed
    assert member.after(1000) == []
    member.membership.closed()
    assert member.open() == [Connected(family)]
    assert member.said() == said


@pytest.mark.parametrize("family", Family)
def test_outside_rooms_a_viewer_enters_none(family: Family) -> None:
    member = Member(family, room=None)
    assert member.open() == [Connected(family)]
    assert member.membership.joined
    assert member.said() in ([], [PING])


@pytest.mark.parametrize(
    ("message", "family"),
    [
        (OFFER | {"streamID": "b"}, Family.ROUTED),
        (OFFER | {"streamID": "b", "from": "b"}, Family.FANOUT),
        ({"request": "offerSDP", "UUID": "b"}, Family.ROUTED),
        ({"request": "play", "streamID": "a", "from": "b"}, Family.FANOUT),
        ({"request": "seed", "streamID": "b", "from": "b"}, Family.FANOUT),
        ({"error": "missing from field"}, Family.FANOUT),
        ({"request": "alert", "message": "hello"}, Family.AUTO),
    ],
)
def test_outside_rooms_the_first_word_shows_the_family(
    message: dict[str, Any], family: Family
) -> None:
    member = Member(stream="a", room=None)
    member.open()
    heard = member.hear(message)
    assert not any(isinstance(one, Connected) for one in heard)
    assert member.membership.family is family
    assert ("from" in member.membership.address({})) is (family is not Family.ROUTED)


def test_outside_rooms_what_is_said_in_a_room_concerns_nobody() -> None:
    member = Member(Family.FANOUT, room=None)
    member.open()
    assert member.hear({"request": "seed", "streamID": "b"} | FROM_PEER) == []
    assert member.hear(LISTING) == []


def test_outside_rooms_a_stream_that_is_still_taken_is_tried_again() -> None:
    member = Member(Family.ROUTED, stream="a", room=None)
    member.open()
    member.said()
    taken = {"request": "alert", "message": "Stream ID is already in use."}
    assert member.hear(taken) == [Alert(taken["message"], AlertKind.RETRY)]
    assert member.after(5) == []
    assert member.said() == [SEED]


def test_a_recorder_does_not_retry_what_it_does_not_publish() -> None:
    member = Member()
    member.open()
    member.hear(LISTING)
    member.said()
    member.hear({"request": "alert", "message": "Stream ID is already in use."})
    assert member.after(1000) == []
    assert member.said() == []


def test_a_full_room_ends_the_visit_only_before_we_are_in() -> None:
    full = {"request": "alert", "message": "Room is full"}
    member = Member()
    member.open()
    assert member.hear(full) == [Alert("Room is full", AlertKind.BACKOFF)]
    assert member.membership.refusal == "Room is full"
    member.open()
    member.hear(LISTING)
    member.hear(full)
    assert member.membership.refusal == ""


def test_a_malformed_message_changes_nothing() -> None:
    member = Member()
    member.open()
    with pytest.raises(ProtocolError):
        member.hear({"request": "listing"})
    assert not member.membership.joined
    assert member.hear(LISTING)


def test_random_ids_differ_and_have_no_look_alikes() -> None:
    ids = {random_id() for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 20 and one.isalnum() for one in ids)
    assert not set("".join(ids)) & set("0O1lI")


def test_delays_grow_to_a_limit() -> None:
    backoff = Backoff(first=5, limit=60, factor=2.0, jitter=0.2)
    assert [backoff.delay(n, 0) for n in range(6)] == [5, 10, 20, 40, 60, 60]
    assert backoff.delay(10**6, 0) == 60
    assert backoff.delay(0, 1) == pytest.approx(6)
    assert Backoff().first == 5, "as the page"
    assert max(Backoff().delay(attempt, 1) for attempt in range(1000)) <= 25

from __future__ import annotations

import json
from typing import Any

import pytest

from roomdeck.core.engine.room.translate import Translator
from roomdeck.core.ipc import worker_messages
from roomdeck.core.signaling import events, peer
from roomdeck.core.signaling.fields import Fields
from roomdeck.core.signaling.secrets import Secrets

from .room_lab import CANDIDATE, RoomLab, notes, opened, plays, told

SECRETS = Secrets("our own", "example.org")
ALICE = SECRETS.stream_on_wire("alice")


def message(built: dict[str, Any]) -> peer.PeerMessage:
    """What arrives of a message that a publisher built."""
    fields: Fields = json.loads(json.dumps(built))
    parsed = peer.parse_peer_message(fields, "u1")
    assert parsed is not None
    return parsed


def offer(secrets: Secrets | None = SECRETS, session: str = "s1") -> peer.PeerMessage:
    return message(peer.offer("me", ALICE, session, "sdp", secrets))


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    return lab


def translator(lab: RoomLab, private: bool = True) -> Translator:
    return Translator(lab.room, SECRETS, private)


@pytest.mark.parametrize(
    "said",
    [
        events.Listing((events.Member("u1", ALICE), events.Member("u2"))),
        events.Transferred((events.Member("u1", ALICE),)),
        events.Announced("u1", ALICE),
        events.Joined("u1", ALICE),
    ],
)
def test_who_publishes_is_asked_by_the_name_on_the_wire(
    lab: RoomLab, said: events.ServerMessage
) -> None:
    assert plays(translator(lab).act(said, lab.now)) == [ALICE]
    assert list(lab.room.entries) == ["alice"]
    assert lab.entry().uuid == "u1"


@pytest.mark.parametrize(
    "said", [events.Joined("u1"), events.PlayRequest("u1"), events.Removed("u1")]
)
def test_who_does_not_publish_is_left_alone(lab: RoomLab, said: events.ServerMessage) -> None:
    assert translator(lab).act(said, lab.now) == []
    assert lab.room.entries == {}


@pytest.mark.parametrize("said", [events.Removed("u1", ALICE), events.Left("u1")])
def test_who_leaves_is_gone(lab: RoomLab, said: events.ServerMessage) -> None:
    translate = translator(lab)
    translate.act(events.Announced("u1", ALICE), lab.now)
    assert notes(translate.act(said, lab.now), "stream.leave")


def test_an_encrypted_offer_is_opened_and_its_candidates_follow(lab: RoomLab) -> None:
    translate = translator(lab)
    (opening,) = opened(translate.act(offer(), lab.now))
    assert (opening.sdp, opening.encrypted, opening.stream) == ("sdp", True, "alice")
    bundle = message(peer.candidates("me", "s1", CANDIDATE, peer.Role.LOCAL, SECRETS))
    ((name, candidates),) = told(translate.act(bundle, lab.now))
    assert isinstance(candidates, worker_messages.Candidates)
    assert (name, candidates.candidates) == (opening.peer, CANDIDATE)


def test_what_a_viewer_says_is_not_for_us(lab: RoomLab) -> None:
    translate = translator(lab)
    translate.act(offer(), lab.now)
    bundle = message(peer.candidates("me", "s1", CANDIDATE, peer.Role.REMOTE, SECRETS))
    answer = message(peer.answer("me", "s1", "sdp", SECRETS))
    assert translate.act(bundle, lab.now) == []
    assert translate.act(answer, lab.now) == []


def test_an_offer_in_the_clear_is_refused_where_the_password_is_private(lab: RoomLab) -> None:
    actions = translator(lab).act(offer(None), lab.now)
    assert not opened(actions)
    assert "in the clear" in notes(actions, "warning")[0].text


def test_an_offer_in_the_clear_is_taken_where_everybody_knows_the_password(lab: RoomLab) -> None:
    (opening,) = opened(translator(lab, private=False).act(offer(None), lab.now))
    assert not opening.encrypted


def test_what_does_not_open_is_noted_once_in_a_while(lab: RoomLab) -> None:
    translate = translator(lab)
    wrong = offer(Secrets("another", "example.org"))
    counts: list[int] = []
    for _ in range(25):
        counts.append(len(notes(translate.act(wrong, lab.now), "warning")))
        lab.now += 1
    assert [second for second, count in enumerate(counts) if count] == [0, 10, 20]


def test_a_renegotiation_without_a_name_finds_its_stream(lab: RoomLab) -> None:
    translate = translator(lab)
    translate.act(offer(), lab.now)
    built = peer.offer("me", "", "s1", "more", SECRETS)
    (_, again) = told(translate.act(message(built), lab.now))[0]
    assert isinstance(again, worker_messages.Offer)
    assert again.sdp == "more"


def test_the_server_is_quoted(lab: RoomLab) -> None:
    for said in (
        events.Alert("room is full", events.AlertKind.BACKOFF),
        events.ServerError("no such thing", events.AlertKind.NOTICE),
    ):
        (note,) = notes(translator(lab).act(said, lab.now))
        assert note.text == f"the server says: {said.text}"

"""Streams outside rooms: nobody lists or announces them, they are asked for by their ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomdeck.core.engine.room.emptiness import nobody
from roomdeck.core.engine.room.translate import Translator
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason, StreamState
from roomdeck.core.signaling import events, peer
from roomdeck.core.signaling.secrets import Secrets

from .room_lab import RoomLab, goodbyes, notes, opened, plays, seconds_of_plays, told

SECRETS = Secrets("someEncryptionKey123")
ALICE, BOB = "alice808d64", "bob808d64"


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    for stream in ("alice", "bob"):
        lab.room.expect(stream, stream)
    return lab


def test_all_are_asked_for_at_once_and_shown_as_waiting(lab: RoomLab) -> None:
    assert lab.state("alice") is lab.state("bob") is StreamState.WAIT
    assert plays(lab.do(lab.room.joined(lab.now))) == ["alice", "bob"]


def test_who_does_not_come_is_asked_for_without_end_and_without_complaints(lab: RoomLab) -> None:
    lab.command("stop", "bob")
    lab.joined()
    assert seconds_of_plays(lab, 300) == [15, 45, 105, 165, 225, 285]
    assert notes(lab.asked, "warning") == []
    assert "nobody publishes alice, bob yet" in nobody(lab.room.entries)


def test_nothing_is_said_where_somebody_came(lab: RoomLab) -> None:
    lab.joined()
    lab.offer("alice")
    lab.wait(22)
    assert nobody(lab.room.entries) == ""


def test_a_new_websocket_asks_for_those_who_are_not_connected(lab: RoomLab) -> None:
    lab.joined()
    lab.offer("alice")
    lab.do(lab.room.disconnected())
    assert plays(lab.wait(200)) == []
    assert plays(lab.do(lab.room.joined(lab.now))) == ["bob"]


@pytest.mark.parametrize("reason", [EndReason.BYE, EndReason.VANISHED])
def test_who_left_is_asked_for_a_second_later_and_comes_back(
    lab: RoomLab, reason: EndReason
) -> None:
    lab.joined()
    lab.offer("alice")
    lab.do(lab.room.connections.connected(lab.entry().peer, lab.now))
    lab.wait(60)
    lab.entry().takes = 1
    lab.closed(lab.entry().peer, reason)
    assert lab.state() is StreamState.DONE
    assert plays(lab.wait(1)) == ["alice"]
    assert opened(lab.offer("alice", session="s2"))
    assert lab.state() is StreamState.WAIT
    assert goodbyes(lab.asked) == ([] if reason is EndReason.BYE else ["uuid-alice"])


def test_what_is_stopped_by_hand_is_not_asked_for(lab: RoomLab) -> None:
    lab.command("stop", "alice")
    assert plays(lab.do(lab.room.joined(lab.now))) == ["bob"]
    assert lab.state() is StreamState.OFF
    assert plays(lab.command("start", "alice")) == ["alice"]


def test_who_falls_silent_is_asked_for_a_sign_of_life_as_nobody_tells_of_a_return(
    lab: RoomLab,
) -> None:
    lab.command("stop", "bob")
    lab.joined()
    lab.offer("alice")
    peer = lab.entry().peer
    lab.do(lab.room.connections.connected(peer, lab.now))
    lab.status(media_age=0.1)
    assert told(lab.wait(60)) == []
    lab.status(media_age=5.0)
    assert told(lab.wait(1)) == [(peer, worker_messages.Probe(peer))]
    assert told(lab.wait(14)) == []
    assert told(lab.wait(1)) == [(peer, worker_messages.Probe(peer))]
    lab.closed(peer, EndReason.VANISHED)
    assert plays(lab.wait(1)) == ["alice"]


def test_an_announcement_is_answered_though_a_request_waits(lab: RoomLab) -> None:
    lab.joined()
    lab.wait(3)
    assert plays(lab.announce("alice")) == ["alice"]
    assert plays(lab.announce("alice")) == []


def test_an_offer_without_an_id_answers_the_only_request(lab: RoomLab) -> None:
    lab.joined()
    ask = (None, "u1", "s", "sdp", (), True, lab.now)
    assert opened(lab.room.offers.file(*ask)) == [], "it could be either"
    lab.offer("bob")
    assert [offer.stream for offer in opened(lab.room.offers.file(*ask))] == ["alice"]


def test_others_do_not_concern_us() -> None:
    lab = RoomLab()
    lab.room.expect("alice", ALICE)
    lab.joined()
    translator = Translator(lab.room, SECRETS, False, ("alice",))

    def offer(wire: str) -> list[Any]:
        built = peer.offer("me", wire, "session1", "sdp", SECRETS)
        message = peer.parse_peer_message(json.loads(json.dumps(built)), "u1")
        assert message is not None
        return opened(translator.act(message, lab.now))

    assert translator.act(events.Announced("u2", BOB), lab.now) == []
    assert offer(BOB) == []
    assert list(lab.room.entries) == ["alice"]
    assert [one.stream for one in offer(ALICE)] == ["alice"]


def test_a_wanted_stream_is_never_forgotten(lab: RoomLab) -> None:
    assert not lab.entry("alice").forgettable

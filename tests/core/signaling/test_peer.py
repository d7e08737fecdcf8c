from typing import Any

import pytest

from roomdeck.core.config import DEFAULT_PASSWORD
from roomdeck.core.errors import DecryptError, ProtocolError
from roomdeck.core.signaling.peer import (
    Description,
    PeerMessage,
    Role,
    answer,
    candidates,
    offer,
    open_peer_message,
    parse_peer_message,
)
from roomdeck.core.signaling.secrets import Secrets

SECRETS = Secrets(DEFAULT_PASSWORD)
HOST = {"candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


def parse(message: dict[str, Any]) -> PeerMessage:
    parsed = parse_peer_message(message, "sender")
    assert parsed is not None
    return parsed


def test_plain_messages_have_the_shapes_of_the_protocol() -> None:
    assert offer("u", "a808d64", "s", "v=0", screen=[2, 3]) == {
        "UUID": "u",
        "streamID": "a808d64",
        "session": "s",
        "screen": [2, 3],
        "description": {"type": "offer", "sdp": "v=0"},
    }
    assert answer("u", None, "v=0") == {
        "UUID": "u",
        "session": None,
        "description": {"type": "answer", "sdp": "v=0"},
    }
    assert candidates(None, "s", [HOST], Role.REMOTE) == {
        "session": "s",
        "type": "remote",
        "candidates": [HOST],
    }


@pytest.mark.parametrize("secrets", [SECRETS, Secrets(None), None])
def test_what_is_built_is_read(secrets: Secrets | None) -> None:
    sealed = secrets is not None and secrets.enabled
    keys = secrets or Secrets(None)
    message = parse(offer("u", "a808d64", "s", "v=0", secrets, screen=[2, 3]))
    assert message.encrypted == sealed
    assert isinstance(message.description, str) == sealed
    opened = open_peer_message(message, keys)
    assert opened.description == Description("offer", "v=0")
    assert opened.encrypted == sealed, "the answer has to be of the same kind"
    assert (opened.uuid, opened.session, opened.wire_stream) == ("sender", "s", "a808d64")
    assert opened.screen == (2, 3)

    message = parse(candidates("u", "s", [HOST, HOST], Role.LOCAL, secrets))
    assert message.encrypted == sealed
    opened = open_peer_message(message, keys)
    assert (opened.type, opened.candidates) == (Role.LOCAL, (HOST, HOST))


def test_replies_are_of_the_same_kind() -> None:
    for secrets in (SECRETS, None):
        message = parse(offer("u", "a808d64", "s", "v=0", secrets))
        opened = open_peer_message(message, SECRETS)
        reply = answer("u", opened.session, "v=0", opened.in_kind(SECRETS))
        assert ("vector" in reply) == isinstance(reply["description"], str)
        assert ("vector" in reply) == (secrets is not None)


def test_a_sealed_message_shows_nothing_of_its_content() -> None:
    assert "v=0" not in str(answer("u", "s", "v=0", SECRETS))


def test_a_single_candidate_is_a_bundle_of_one() -> None:
    assert parse({"type": "remote", "candidate": HOST}).candidates == (HOST,)
    value, vector = SECRETS.encrypt(HOST)
    opened = open_peer_message(parse({"candidate": value, "vector": vector}), SECRETS)
    assert opened.candidates == (HOST,)
    assert opened.type is None


def test_junk_among_candidates_does_not_hide_the_good() -> None:
    junk: list[Any]
    junk = [None, 1, [], {}, {"candidate": ""}, {"candidate": "x" * 2000}]
    junk += [{"candidate": "x", "sdpMid": 5}, {"candidate": "x", "sdpMLineIndex": -1}]
    assert parse({"candidates": [*junk, HOST | {"unknown": 1}]}).candidates == (HOST,)


def test_too_many_candidates_are_refused() -> None:
    with pytest.raises(ProtocolError, match="100"):
        parse({"candidates": [HOST] * 101})
    assert len(parse({"candidates": [HOST] * 100}).candidates) == 100


@pytest.mark.parametrize(
    "message",
    [
        {"description": "abcd"},
        {"candidates": "abcd"},
        {"description": 5},
        {"description": {"type": "offer"}},
        {"description": {"type": "rollback", "sdp": ""}},
        {"description": {"type": "offer", "sdp": 5}},
        {"description": {"type": "offer", "sdp": ""}, "session": "s" * 65},
        {"description": {"type": "offer", "sdp": ""}, "session": 5},
        {"description": {"type": "offer", "sdp": ""}, "streamID": "\x1b[2J"},
    ],
)
def test_malformed_messages_are_refused(message: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        parse(message)


def test_a_wrong_password_and_wrong_content_are_told_apart() -> None:
    message = parse(answer("u", "s", "v=0", Secrets("other")))
    with pytest.raises(DecryptError):
        open_peer_message(message, SECRETS)
    value, vector = SECRETS.encrypt([1, 2])
    with pytest.raises(ProtocolError, match="description") as caught:
        open_peer_message(parse({"description": value, "vector": vector}), SECRETS)
    assert not isinstance(caught.value, DecryptError)


def test_optional_fields() -> None:
    assert parse({"iceRestartRequest": True}).ice_restart
    assert parse({"candidate": HOST, "altUUID": True}).alternate
    assert parse({"candidate": HOST, "type": "other", "screen": "no"}).screen is None
    assert parse({"candidate": HOST, "type": ["local"]}).type is None
    assert parse({"candidate": HOST, "session": None}).session is None
    assert parse_peer_message({"UUID": "u", "chat": "hello"}, "u") is None
    assert parse_peer_message({"description": None, "candidates": None}, "u") is None

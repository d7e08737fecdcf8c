import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.config import DEFAULT_PASSWORD, Family
from roomdeck.core.errors import ProtocolError
from roomdeck.core.signaling import messages
from roomdeck.core.signaling.messages import (
    FRAME_LIMIT,
    Alert,
    AlertKind,
    Announced,
    Joined,
    Left,
    Listing,
    Member,
    Moved,
    PeerMessage,
    PlayRequest,
    Removed,
    ServerError,
    ServerMessage,
    Transferred,
    open_peer_message,
    parse_server_message,
)
from roomdeck.core.signaling.secrets import Secrets


def routed(message: dict[str, Any]) -> ServerMessage | None:
    return _parse(message, Family.ROUTED)


def fanout(message: dict[str, Any]) -> ServerMessage | None:
    return _parse(message, Family.FANOUT)


def _parse(message: dict[str, Any], family: Family) -> ServerMessage | None:
    return parse_server_message(json.dumps(message), me="me", room_id="room", family=family)


def test_our_own_words() -> None:
    assert messages.join("r") == {"request": "joinroom", "roomid": "r"}
    assert messages.join("r", "a") == {"request": "joinroom", "roomid": "r", "streamID": "a"}
    assert messages.seed("a") == {"request": "seed", "streamID": "a"}
    assert messages.play("a") == {"request": "play", "streamID": "a"}
    assert messages.bye("u") == {"UUID": "u", "bye": True}
    assert messages.ice_restart("u", "s")["iceRestartRequest"] is True


@pytest.mark.parametrize(
    ("message", "parsed"),
    [
        ({"request": "listing", "list": []}, Listing(())),
        (
            {"request": "listing", "list": [{"UUID": "a", "streamID": "x"}, {"UUID": "b"}]},
            Listing((Member("a", "x"), Member("b"))),
        ),
        ({"request": "listing", "list": [], "director": "d"}, Listing(())),
        ({"request": "someonejoined", "UUID": "a"}, Joined("a")),
        ({"request": "someonejoined", "UUID": "a", "streamID": "x"}, Joined("a", "x")),
        ({"request": "videoaddedtoroom", "UUID": "a", "streamID": "x"}, Announced("a", "x")),
        ({"request": "videoremovedfromroom", "UUID": "a"}, Removed("a")),
        ({"request": "offerSDP", "UUID": "a"}, PlayRequest("a")),
        ({"request": "sendoffer", "UUID": "a"}, PlayRequest("a")),
        ({"request": "transferred", "list": [{"UUID": "a"}]}, Transferred((Member("a"),))),
        ({"request": "cleanup", "UUID": "a"}, Left("a")),
        ({"bye": True, "UUID": "a"}, Left("a", goodbye=True)),
        ({"request": "alert", "message": "Room is full"}, Alert("Room is full", AlertKind.BACKOFF)),
        ({"request": "warn", "message": "hm"}, Alert("hm", AlertKind.NOTICE)),
        ({"request": "error", "message": "no"}, ServerError("no", AlertKind.NOTICE)),
        ({"error": "missing from field"}, ServerError("missing from field", AlertKind.NOTICE)),
        ({"request": "roomclaimed", "director": "d"}, None),
        ({"request": "brandnew", "UUID": "a"}, None),
        ({"request": ["listing"]}, None),
        ({"id": "a"}, None),
        ({"UUID": "a", "chat": "hello"}, None),
        ({}, None),
    ],
)
def test_routed_messages(message: dict[str, Any], parsed: ServerMessage | None) -> None:
    assert routed(message) == parsed
    assert _parse(message, Family.AUTO) == parsed


@pytest.mark.parametrize(
    ("message", "parsed"),
    [
        ({"request": "joinroom", "streamID": "x"}, Joined("a", "x")),
        ({"request": "joinroom"}, Joined("a")),
        ({"request": "seed", "streamID": "x"}, Announced("a", "x")),
        ({"request": "seed", "streamID": "x", "UUID": "me"}, Announced("a", "x")),
        ({"request": "seed"}, None),
        ({"request": "play", "streamID": "x"}, PlayRequest("a", "x")),
        ({"request": "offerSDP"}, PlayRequest("a")),
        ({"bye": True, "UUID": "me"}, Left("a", goodbye=True)),
        ({"request": "cleanup", "UUID": "me"}, Left("a")),
        ({"iceRestartRequest": True}, PeerMessage(uuid="a", ice_restart=True)),
        # a peer speaks only for itself
        ({"request": "listing", "list": []}, None),
        ({"request": "alert", "message": "Room is full"}, None),
        ({"error": "uuid already in use"}, None),
        ({"type": "disconnect", "uuid": "b"}, None),
        ({"request": "videoaddedtoroom", "UUID": "me", "streamID": "x"}, None),
    ],
)
def test_fanout_messages_of_peers(message: dict[str, Any], parsed: ServerMessage | None) -> None:
    assert fanout(message | {"from": "a"}) == parsed
    assert fanout(message | {"from": "a", "roomid": "room"}) == parsed
    assert _parse(message | {"from": "a", "roomid": "room"}, Family.AUTO) == parsed
    for elsewhere in ({"from": "me"}, {"from": "a", "UUID": "b"}):
        assert fanout(message | elsewhere) is None
    moved = Moved("a") if message.get("request") == "joinroom" else None
    assert fanout(message | {"from": "a", "roomid": "x"}) == moved


@pytest.mark.parametrize(
    ("message", "parsed"),
    [
        ({"type": "disconnect", "uuid": "a"}, Left("a")),
        ({"type": "leave", "uuid": "a"}, Moved("a")),
        ({"error": "uuid already in use"}, ServerError("uuid already in use", AlertKind.RETRY)),
        ({"error": "sid already in use"}, ServerError("sid already in use", AlertKind.RETRY)),
        ({"error": "can't change sid"}, ServerError("can't change sid", AlertKind.FATAL)),
        ({"request": "listing", "list": []}, Listing(())),
        ({"request": "joinroom", "streamID": "x"}, None),
        ({"description": {"type": "offer", "sdp": ""}}, None),
        ({"request": []}, None),
        ({}, None),
    ],
)
def test_fanout_messages_of_the_server(
    message: dict[str, Any], parsed: ServerMessage | None
) -> None:
    assert fanout(message) == parsed


@pytest.mark.parametrize("parse", [routed, fanout])
def test_an_offer_arrives_sealed_and_opens(parse: Any) -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    offer = messages.offer("me", "x808d64", "sess", "v=0", secrets)
    # routed servers put the sender in UUID, the others leave the target there
    offer |= {"UUID": "a"} if parse is routed else {"from": "a"}
    message = parse(offer)
    assert isinstance(message, PeerMessage)
    assert (message.uuid, message.session, message.wire_stream) == ("a", "sess", "x808d64")
    assert open_peer_message(message, secrets).description == messages.Description("offer", "v=0")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Stream ID is already in use.", AlertKind.RETRY),
        ("Stream ID cannot change on an existing connection.", AlertKind.FATAL),
        ("Room is already claimed by someone else.", AlertKind.FATAL),
        ("Server busy, try again shortly", AlertKind.BACKOFF),
        ("Hello", AlertKind.NOTICE),
    ],
)
def test_alerts_are_classed_by_their_words(text: str, kind: AlertKind) -> None:
    assert routed({"request": "alert", "message": text}) == Alert(text, kind)


def test_texts_of_strangers_cannot_drive_a_terminal() -> None:
    alert = routed({"request": "alert", "message": "\x1b[2Jred\nline" + "x" * 5000})
    assert isinstance(alert, Alert)
    assert alert.text.isprintable()
    assert len(alert.text) <= 300
    assert routed({"request": "alert", "message": {"a": 1}}) == Alert("", AlertKind.NOTICE)


def test_a_malformed_member_does_not_hide_the_others() -> None:
    junk: list[Any]
    junk = [None, 5, {}, {"UUID": 5}, {"UUID": "b", "streamID": []}, {"UUID": "x" * 500}]
    listing = {"request": "listing", "list": [*junk, {"UUID": "a", "streamID": "x"}]}
    assert routed(listing) == Listing((Member("a", "x"),))


@pytest.mark.parametrize(
    "message",
    [
        {"request": "listing"},
        {"request": "listing", "list": {}},
        {"request": "someonejoined"},
        {"request": "someonejoined", "UUID": 5},
        {"request": "videoaddedtoroom", "UUID": "a"},
        {"request": "videoaddedtoroom", "UUID": "a", "streamID": "x" * 129},
        {"request": "offerSDP", "UUID": ["a"]},
        {"UUID": "", "description": {}},
    ],
)
def test_malformed_messages_are_refused(message: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        routed(message)


def test_oversized_and_nested_messages_are_refused() -> None:
    fits = '{"id":"' + "x" * (FRAME_LIMIT - 9) + '"}'
    assert len(fits) == FRAME_LIMIT
    assert parse_server_message(fits, me="", room_id="", family=Family.ROUTED) is None
    for text in (fits + " ", "[" * 60_000, '{"a":' * 12_000, "[]", "null", "", "\ud800"):
        with pytest.raises(ProtocolError):
            parse_server_message(text, me="", room_id="", family=Family.ROUTED)


NAMES = st.sampled_from(
    [
        *("request", "UUID", "uuid", "from", "roomid", "streamID", "list", "type", "error", "id"),
        *("message", "description", "candidates", "candidate", "vector", "session", "screen"),
        *("bye", "director", "iceRestartRequest", "sdp", "altUUID"),
    ]
)
WORDS = st.sampled_from(
    [
        *("listing", "transferred", "someonejoined", "videoaddedtoroom", "videoremovedfromroom"),
        *("offerSDP", "sendoffer", "cleanup", "alert", "warn", "error", "joinpending", "joinroom"),
        *("seed", "play", "disconnect", "leave", "offer", "answer", "local", "remote", "me"),
    ]
)
VALUES = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=6,
)
FAMILIES = st.sampled_from(list(Family))


def _either_message_or_protocol_error(text: str | bytes, family: Family) -> None:
    with suppress(ProtocolError):
        message = parse_server_message(text, me="me", room_id="room", family=family)
        assert message is None or isinstance(message, ServerMessage)
        if isinstance(message, PeerMessage):
            open_peer_message(message, Secrets(DEFAULT_PASSWORD))


@settings(deadline=None)
@given(st.binary() | st.text(), FAMILIES)
def test_arbitrary_text_never_raises_anything_else(text: str | bytes, family: Family) -> None:
    _either_message_or_protocol_error(text, family)


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6) | VALUES, FAMILIES)
def test_arbitrary_json_never_raises_anything_else(value: object, family: Family) -> None:
    _either_message_or_protocol_error(json.dumps(value), family)

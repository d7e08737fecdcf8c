"""What is said over the websocket: building our own messages, reading those of others.

Routed servers (protocol.md §1.3) speak for everybody: a message without ``request`` comes from
the peer in ``UUID``. Fan-out servers (protocol.md §1.4) pass on what peers say: the sender is
in ``from``, and ``UUID`` and ``roomid`` tell whom it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from ..config import Family
from ..errors import ProtocolError
from .events import (
    Alert,
    AlertKind,
    Announced,
    Joined,
    Left,
    Listing,
    Member,
    Moved,
    PlayRequest,
    Removed,
    ServerError,
    ServerMessage,
    Transferred,
    classify,
)
from .fields import NOTICE_LIMIT, Fields, identifier, load_fields, required, shown
from .peer import (
    Description,
    Message,
    PeerMessage,
    Role,
    answer,
    candidates,
    offer,
    open_peer_message,
    parse_peer_message,
)

__all__ = [
    "FRAME_LIMIT",
    "Alert",
    "AlertKind",
    "Announced",
    "Description",
    "Joined",
    "Left",
    "Listing",
    "Member",
    "Message",
    "Moved",
    "PeerMessage",
    "PlayRequest",
    "Removed",
    "Role",
    "ServerError",
    "ServerMessage",
    "Transferred",
    "answer",
    "bye",
    "candidates",
    "family_of",
    "ice_restart",
    "join",
    "offer",
    "open_peer_message",
    "parse_server_message",
    "ping",
    "play",
    "seed",
]

FRAME_LIMIT = 64 * 1024
"""Characters of a message that is read; longer ones are refused (protocol.md §1.1)."""

_MEMBER_LIMIT = 1000


def join(room_id: str, wire_stream: str | None = None) -> Message:
    """Enter a room; with a stream only on fan-out servers, where this announces it."""
    message = {"request": "joinroom", "roomid": room_id}
    return message if wire_stream is None else message | {"streamID": wire_stream}


def seed(wire_stream: str) -> Message:
    """Announce on a routed server that we publish."""
    return {"request": "seed", "streamID": wire_stream}


def play(wire_stream: str, uuid: str = "") -> Message:
    """Ask for an offer of a stream, named as it was announced.

    With an address only on fan-out servers: they pass it on to nobody else (protocol.md §1.4).
    """
    message = {"request": "play", "streamID": wire_stream}
    return message | {"UUID": uuid} if uuid else message


def ping() -> Message:
    """Say something that routed servers take note of and do not answer."""
    return {"request": "ping"}


def bye(uuid: str) -> Message:
    """Take leave of one peer."""
    return {"UUID": uuid, "bye": True}


def ice_restart(uuid: str, session: str | None) -> Message:
    """Ask a publisher to restart ICE; the page of 2024 ignores it (protocol.md §4.6)."""
    return {"UUID": uuid, "session": session, "iceRestartRequest": True}


def parse_server_message(
    text: str | bytes, *, me: str, room_id: str | None, family: Family
) -> ServerMessage | None:
    """Read one websocket message.

    Args:
        text: As received, at most `FRAME_LIMIT` long.
        me: Our own id on a fan-out server; not used on routed ones.
        room_id: Our room, as on the wire; ``None`` is outside rooms.
        family: `Family.AUTO` tells them apart by ``from``, which routed servers remove.

    Returns:
        ``None`` for what is unknown, from us or meant for others.

    Raises:
        ProtocolError: It is malformed or oversized; the text says how.
    """
    fields = load_fields(text, FRAME_LIMIT)
    if family is Family.ROUTED or (family is Family.AUTO and "from" not in fields):
        return _routed(fields)
    if fields.get("from") is None:
        return _from_fanout_server(fields)
    return _from_fanout_peer(fields, me, room_id)


def family_of(text: str | bytes) -> Family:
    """Return the family of server that a message shows, `Family.AUTO` where it is neither.

    Raises:
        ProtocolError: It is malformed or oversized; the text says how.
    """
    fields = load_fields(text, FRAME_LIMIT)
    if "from" in fields or "missing from" in str(fields.get("error")):
        return Family.FANOUT
    if "error" in fields and classify(str(fields["error"])) is AlertKind.RETRY:
        return Family.FANOUT
    return Family.ROUTED if "UUID" in fields else Family.AUTO


def _routed(fields: Fields) -> ServerMessage | None:
    request = fields.get("request")
    if request is not None:
        reader = _ROUTED.get(request) if isinstance(request, str) else None
        return None if reader is None else reader(fields)
    if "UUID" not in fields:
        return _server_error(fields) if "error" in fields else None
    uuid = required(fields, "UUID")
    return _from_peer(fields, uuid)


def _from_fanout_server(fields: Fields) -> ServerMessage | None:
    """Read what has no sender, and so comes from the server itself."""
    if fields.get("type") == "disconnect":
        return Left(required(fields, "uuid"))
    if fields.get("type") == "leave":
        return Moved(required(fields, "uuid"))
    request = fields.get("request")
    if request is None:
        return _server_error(fields) if "error" in fields else None
    if isinstance(request, str) and request in _SERVER_ONLY:
        return _SERVER_ONLY[request](fields)
    return None


def _from_fanout_peer(fields: Fields, me: str, room_id: str | None) -> ServerMessage | None:
    sender = required(fields, "from")
    target = identifier(fields, "UUID")
    room = identifier(fields, "roomid")
    request = fields.get("request")
    if sender == me or target not in (None, me):
        return None
    if room not in (None, room_id):
        # Servers without rooms pass this on to everybody.
        return Moved(sender) if request == "joinroom" and room_id is not None else None
    if request is None:
        return _from_peer(fields, sender)
    stream = identifier(fields, "streamID")
    match request:
        case "joinroom":
            return Joined(sender, stream)
        case "seed" if stream is not None:
            return Announced(sender, stream)
        case "play" | "offerSDP" | "sendoffer":
            return PlayRequest(sender, stream)
        case "cleanup":
            return Left(sender)
        case _:
            return None


def _from_peer(fields: Fields, uuid: str) -> ServerMessage | None:
    if fields.get("bye"):
        return Left(uuid, goodbye=True)
    return parse_peer_message(fields, uuid)


def _members(fields: Fields) -> tuple[Member, ...]:
    """Read a list of members; one that is malformed must not hide the others."""
    items = fields.get("list")
    if not isinstance(items, list):
        raise ProtocolError("a listing without a list")
    members: list[Member] = []
    for item in cast("list[object]", items)[:_MEMBER_LIMIT]:
        try:
            members.append(_member(item))
        except ProtocolError:
            continue
    return tuple(members)


def _member(item: object) -> Member:
    if not isinstance(item, dict):
        raise ProtocolError("a member that is no object")
    fields = cast(Fields, item)
    return Member(required(fields, "UUID"), identifier(fields, "streamID"))


def _listing(fields: Fields) -> Listing:
    return Listing(_members(fields))


def _transferred(fields: Fields) -> Transferred:
    return Transferred(_members(fields))


def _joined(fields: Fields) -> Joined:
    return Joined(required(fields, "UUID"), identifier(fields, "streamID"))


def _announced(fields: Fields) -> Announced:
    return Announced(required(fields, "UUID"), required(fields, "streamID"))


def _removed(fields: Fields) -> Removed | Moved:
    if fields.get("moved") is True:
        return Moved(required(fields, "UUID"))
    return Removed(required(fields, "UUID"), identifier(fields, "streamID"))


def _play_request(fields: Fields) -> PlayRequest:
    return PlayRequest(required(fields, "UUID"), identifier(fields, "streamID"))


def _left(fields: Fields) -> Left:
    return Left(required(fields, "UUID"))


def _alert(fields: Fields) -> Alert:
    text = shown(fields.get("message"), NOTICE_LIMIT)
    return Alert(text, classify(text))


def _admission(_fields: Fields) -> Alert:
    return Alert("waiting for somebody to admit us to the room", AlertKind.NOTICE)


def _server_error(fields: Fields) -> ServerError:
    text = shown(fields.get("error") or fields.get("message"), NOTICE_LIMIT)
    return ServerError(text, classify(text))


_Reader = Callable[[Fields], ServerMessage]
# what only servers say, also those of the fan-out family: a listing from one of them
# shows that it is a routed server after all
_SERVER_ONLY: Mapping[str, _Reader] = {
    "listing": _listing,
    "alert": _alert,
    "warn": _alert,
    "error": _server_error,
}
_ROUTED: Mapping[str, _Reader] = {
    **_SERVER_ONLY,
    "transferred": _transferred,
    "someonejoined": _joined,
    "videoaddedtoroom": _announced,
    "videoremovedfromroom": _removed,
    "offerSDP": _play_request,
    "sendoffer": _play_request,
    "cleanup": _left,
    "joinpending": _admission,
    "joinrequestresult": _admission,
}

"""Reading what clients say and writing what the server says (protocol.md §1.3 to §1.5).

Only the fields that decide where a message goes are looked at. Everything else stays the
bytes that the sender wrote, so a description or a candidate is never altered on its way.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..errors import UNDECODABLE, ProtocolError

IN_USE = "Stream ID is already in use."
CANNOT_CHANGE = "Stream ID cannot change on an existing connection."
ROOM_FULL = "Room is full"
CLAIMED = "Room is already claimed by someone else."
AT_CAPACITY = "The server is at capacity, please try again shortly."
CANNOT_MOVE = "This guest cannot be moved to another room."

NOT_A_MESSAGE = "invalid message format"
NO_FROM = "missing from field"
UUID_IN_USE = "uuid already in use"
UUID_CHANGED = "can't change uuid"
SID_IN_USE = "sid already in use"
SID_CHANGED = "can't change sid"

_NAME_LENGTH = 128
_MARKUP = frozenset("<>\"'&\\")


class _Head(msgspec.Struct, frozen=True):
    request: str | None = None
    target: str | None = msgspec.field(name="UUID", default=None)
    sender: object = msgspec.field(name="from", default=msgspec.UNSET)
    stream: object = msgspec.field(name="streamID", default=None)
    room: object = msgspec.field(name="roomid", default=None)
    guest: object = msgspec.field(name="target", default=None)
    claim: object = None


class Message(msgspec.Struct, frozen=True):
    """What a client said. Names that are missing, or cannot be names, are ``None``."""

    text: str
    """As it came."""
    fields: dict[str, msgspec.Raw]
    """Every field, still as the sender wrote it."""
    request: str | None
    target: str | None
    """``UUID``: the address that the message is meant for."""
    has_sender: bool
    """Whether there is a ``from`` at all, valid or not."""
    sender: str | None
    stream: str | None
    room: str | None
    guest: str | None
    """Whom a director wants to move."""
    claim: bool


_head = msgspec.json.Decoder(_Head)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(text: str) -> Message:
    """Read one message.

    Raises:
        ProtocolError: it is not a JSON object, or is nested absurdly deep, or a field that
            decides where it goes has the wrong type or holds what cannot be a name.
    """
    try:
        head = _head.decode(text)
        fields = _fields.decode(text)
    except (ValueError, *UNDECODABLE) as error:
        raise ProtocolError(NOT_A_MESSAGE) from error
    if any(value and _name(value) is None for value in _names_used(head)):
        raise ProtocolError(NOT_A_MESSAGE)
    return Message(
        text=text,
        fields=fields,
        request=head.request,
        target=head.target,
        has_sender=head.sender is not msgspec.UNSET,
        sender=_name(head.sender),
        stream=_name(head.stream),
        room=_name(head.room),
        guest=_name(head.guest),
        claim=head.claim is True,
    )


def _names_used(head: _Head) -> tuple[object, ...]:
    """What must be names; in messages between peers these fields may hold anything."""
    match head.request:
        case "joinroom" | "seed" | "play":
            return head.stream, head.room
        case "migrate":
            return head.guest, head.room
        case _:
            return ()


def _name(value: object) -> str | None:
    """A room, stream or address that is safe to hand on: printable, short, no markup."""
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_LENGTH:
        return None
    return value if value.isprintable() and _MARKUP.isdisjoint(value) else None


def encode(fields: Mapping[str, object]) -> str:
    """One message as text."""
    return msgspec.json.encode(fields).decode()


def readdressed(message: Message, uuid: str) -> str:
    """A peer's message as a routed client gets it: ``UUID`` is the sender (protocol.md §1.2)."""
    kept = {key: value for key, value in message.fields.items() if key not in ("from", "roomid")}
    return encode({**kept, "UUID": uuid})


def broadcast_form(message: Message, sender: str, room: str | None) -> str:
    """A peer's message as a fan-out client gets it: ``from`` is the sender (protocol.md §1.2)."""
    return encode({**message.fields, **fanout(sender, room)})


def fanout(sender: str, room: str | None, **fields: object) -> dict[str, object]:
    """A message as if a fan-out client called ``sender`` had written it in ``room``."""
    return {**fields, "from": sender} | ({} if room is None else {"roomid": room})


def alert(text: str) -> dict[str, object]:
    """Words that a page shows to its user."""
    return {"request": "alert", "message": text}

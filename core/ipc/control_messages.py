"""What a client and an engine say to each other over the control socket.

JSON text frames over ``websockets``' Unix transport, mode 0600. A client asks with a
`Request`; the engine answers with a `Reply` of the same number, and sends every new
`RoomSnapshot` and `Event` to all clients as they come.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ..errors import UNDECODABLE, ProtocolError
from ..model import (
    STILL,
    Event,
    EventLevel,
    Picture,
    RoomSnapshot,
    Size,
    SoundMeter,
    UploadsSnapshot,
)

Verb = Literal[
    "start",
    "stop",
    "exclude",
    "include",
    "split",
    "mark",
    "still",
    "status",
    "drain",
    "undrain",
    "shutdown",
    "yield",
]


class Request(msgspec.Struct, tag="request", frozen=True, kw_only=True):
    """A command; without ``streams`` it means every stream."""

    number: int
    command: Verb
    streams: tuple[str, ...] = ()
    text: str = ""
    """What a mark says; the node that is drained."""
    sound: bool = False
    """From now on `SoundUpdate` is to be sent, too."""
    size: Size = STILL
    """Into which a still picture has to fit."""


class News(msgspec.Struct, tag="news", frozen=True, kw_only=True):
    """What an attendant has to tell, at first that it is there; it is answered like a request."""

    number: int
    event: str = ""
    """The `EventType` of what all are to hear of; empty: there is none."""
    text: str = ""
    stream: str = ""
    level: EventLevel = EventLevel.INFO
    data: dict[str, Any] = {}
    uploads: UploadsSnapshot | None = None
    """How far they are; ``None`` says nothing of them."""


class Reply(msgspec.Struct, tag="reply", frozen=True, kw_only=True):
    """What came of a command, in words."""

    number: int
    ok: bool
    text: str
    picture: Picture | None = None
    """The stream's last key frame, small, where a ``still`` was asked for."""


class SnapshotUpdate(msgspec.Struct, tag="snapshot", frozen=True):
    """The room as it is now."""

    snapshot: RoomSnapshot


class EventUpdate(msgspec.Struct, tag="event", frozen=True):
    """Something happened. A client that comes gets the kept events first."""

    event: Event


class SoundUpdate(msgspec.Struct, tag="sound", frozen=True):
    """How loud some streams are now, twice a second, for clients that asked for it."""

    streams: dict[str, SoundMeter]


Update = Reply | SnapshotUpdate | EventUpdate | SoundUpdate

MAX_FRAME = 1 << 22

_requests: msgspec.json.Decoder[Request | News] = msgspec.json.Decoder(Request | News)
_updates = msgspec.json.Decoder(Update)


def encode(message: Request | News | Update) -> str:
    """Return the text frame for a message."""
    return msgspec.json.encode(message).decode()


def decode_request(text: str | bytes) -> Request | News:
    """Return what a client asks.

    Raises:
        ProtocolError: It is not a request; says why.
    """
    try:
        return _requests.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not a request: {error}") from None


def decode_update(text: str | bytes) -> Update:
    """Return what the engine says.

    Raises:
        ProtocolError: It is not a message of an engine of this version.
    """
    try:
        return _updates.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not an engine's message: {error}") from None

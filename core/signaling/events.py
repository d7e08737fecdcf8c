"""What handshake servers and peers say over the websocket, typed."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .peer import PeerMessage


class Member(msgspec.Struct, frozen=True):
    """Somebody who is in the room."""

    uuid: str
    wire_stream: str | None = None
    """``None`` while nothing is published."""


class Listing(msgspec.Struct, frozen=True):
    """Everybody in the room but us, after each join; routed servers only."""

    members: tuple[Member, ...]


class Transferred(msgspec.Struct, frozen=True):
    """The director moved us to another room, in which these are."""

    members: tuple[Member, ...]


class Joined(msgspec.Struct, frozen=True):
    """Somebody entered the room.

    With a stream it is an announcement as well: on fan-out servers usually the only one.
    """

    uuid: str
    wire_stream: str | None = None


class Announced(msgspec.Struct, frozen=True):
    """A member began to publish."""

    uuid: str
    wire_stream: str


class Removed(msgspec.Struct, frozen=True):
    """A stream is no longer published."""

    uuid: str
    wire_stream: str | None = None


class PlayRequest(msgspec.Struct, frozen=True):
    """A viewer wants an offer."""

    uuid: str
    wire_stream: str | None = None
    """``None`` on routed servers, which ask only whom it concerns."""


class Left(msgspec.Struct, frozen=True):
    """A peer, or only its websocket, is gone."""

    uuid: str
    goodbye: bool = False
    """Whether the peer itself said so; otherwise its media may well go on."""


class Moved(msgspec.Struct, frozen=True):
    """A member went to another room; publishers may send on to those whom they left."""

    uuid: str


class AlertKind(StrEnum):
    """What to do about a notice of the server (protocol.md §1.5)."""

    RETRY = "retry"
    """Again in a few seconds: an old connection of ours may be dying."""
    BACKOFF = "backoff"
    """Again in half a minute or more."""
    FATAL = "fatal"
    """Trying again is of no use."""
    NOTICE = "notice"
    """Only for people to read."""


class Alert(msgspec.Struct, frozen=True):
    """Something that the server says to people."""

    text: str
    """Safe to print."""
    kind: AlertKind


class ServerError(msgspec.Struct, frozen=True):
    """A message of ours that the server refused."""

    text: str
    """Safe to print."""
    kind: AlertKind


ServerMessage = (
    Listing
    | Transferred
    | Joined
    | Announced
    | Removed
    | PlayRequest
    | Left
    | Moved
    | Alert
    | ServerError
    | PeerMessage
)


def classify(text: str) -> AlertKind:
    """Tell by its words what a notice asks for (protocol.md §1.5)."""
    text = text.lower()
    return next(
        (kind for kind, words in _WORDS if any(word in text for word in words)), AlertKind.NOTICE
    )


_WORDS = (
    (AlertKind.FATAL, ("claimed", "not approved", "rejected", "cannot change", "can't change")),
    (AlertKind.RETRY, ("already in use", "duplicate", "conflict")),
    (AlertKind.BACKOFF, ("room is full", "busy", "unavailable", "try again", "capacity")),
)

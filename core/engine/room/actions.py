"""What the room's state machine asks its surroundings to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...ipc.worker_messages import Offer, ToWorker
from ...model import EventLevel, EventType
from .suspicion import EVERYBODY


@dataclass(frozen=True, slots=True)
class Play:
    """Ask a publisher for an offer, through the handshake server."""

    raw_id: str
    uuid: str = ""
    """Whom, where servers may pass it on to everybody who claims the stream."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Tell a publisher, through the server, that a connection of ours is over.

    Needed where the connection itself cannot say it: its worker died.
    """

    uuid: str


@dataclass(frozen=True, slots=True)
class Rejoin:
    """Have another address: leave the handshake server, and come back at once."""


@dataclass(frozen=True, slots=True)
class Open:
    """Give a new connection to a worker."""

    offer: Offer
    group: int = EVERYBODY
    """Who shares workers with whom: those of the same group."""
    names: tuple[str, ...] = ()
    """What its stream is called, by which it may have to go to a certain machine."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say something to the worker that holds a connection."""

    peer: str
    message: ToWorker


@dataclass(frozen=True, slots=True)
class Note:
    """Enter an event into the journal."""

    type: EventType
    text: str
    stream: str = ""
    level: EventLevel = EventLevel.INFO
    data: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    at: float | None = None
    """When it happened, monotonic seconds, where that was while there was no engine."""

    @classmethod
    def warning(cls, text: str, stream: str = "", data: dict[str, Any] | None = None) -> Note:
        """Tell of something that a person should know."""
        return cls(EventType.WARNING, text, stream, EventLevel.WARNING, data or {})

    @classmethod
    def error(cls, text: str) -> Note:
        """Tell of something that failed."""
        return cls(EventType.ERROR, text, level=EventLevel.ERROR)


Action = Play | Goodbye | Rejoin | Open | Tell | Note

"""Joining a room and staying in it, or staying outside rooms, without I/O.

Routed servers answer ``joinroom`` with a listing; a publisher then seeds. Fan-out servers answer
nothing: whoever joins says who they are and what they publish. With `Family.AUTO` both are said
at once: a routed server takes the first and ignores the second, a fan-out server the other way
round. The first answer shows which it is, a listing or somebody's word with a ``from``; who is
silent is a fan-out server with nobody in the room (protocol.md §1.2).

Outside rooms nobody lists or announces who is there. A publisher seeds; a viewer asks for streams
by their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import choice

import msgspec

from ..config import Family
from .backoff import Patience
from .events import Alert, AlertKind, Listing, ServerError, ServerMessage
from .messages import family_of, join, parse_server_message, ping, seed
from .peer import Message

RETRIES = 3
"""How often a refused announcement is repeated before it is given up."""

# no letters or digits that look like others, as in the page's own ids
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 20


class Connected(msgspec.Struct, frozen=True):
    """We are in the room, or outside rooms have an open websocket.

    Comes again after every reconnect; on a routed server, right before the new listing.
    """

    family: Family
    """`Family.AUTO` outside rooms while nobody has said anything."""


class Disconnected(msgspec.Struct, frozen=True):
    """The websocket is gone, or could not be opened."""

    reason: str
    """In words, safe to print."""
    retry_in: float
    """Seconds until the next attempt."""


Happening = Connected | Disconnected | ServerMessage


def random_id() -> str:
    """Make an id for a fan-out server, 20 letters and digits."""
    return "".join(choice(_ALPHABET) for _ in range(_ID_LENGTH))


class Membership:
    """One member of one room, or of none, over any number of websockets in turn.

    Messages to send collect in `outgoing`, already addressed; whoever owns the socket sends and
    removes them. `deadline` says when `poll` has something to do.
    """

    def __init__(
        self,
        room_id: str | None,
        *,
        family: Family = Family.AUTO,
        wire_stream: str | None = None,
        patience: Patience = Patience(),  # noqa: B008  frozen
        new_id: Callable[[], str] = random_id,
    ) -> None:
        """Begin outside.

        Args:
            room_id: As on the wire; ``None`` is outside rooms.
            family: What the server is; `Family.AUTO` finds out.
            wire_stream: What we publish; a recorder has none.
            patience: How long to wait for the server.
            new_id: Makes our id for fan-out servers.
        """
        self.room_id = room_id
        self.family = family
        """What the server is known to be; `Family.AUTO` until it is known."""
        self.me = new_id()
        """Our id on fan-out servers; the same after a reconnect, so that peers know us."""
        self.joined = False
        self.refusal = ""
        """Why this websocket is of no use any more; "" while it is."""
        self.deadline: float | None = None
        self.outgoing: list[Message] = []
        self._configured = family
        self._wire_stream = wire_stream
        self._patience = patience
        self._new_id = new_id
        self._retries = 0
        self._retry: Callable[[], list[Happening]] | None = None

    def rename(self) -> None:
        """Be somebody else from the next websocket on."""
        self.me = self._new_id()

    def opened(self, now: float) -> list[Happening]:
        """Join through a new websocket."""
        self.closed()
        self.refusal = ""
        self._retries = 0
        if self._configured is not Family.AUTO or self.family is not Family.FANOUT:
            # a server that was routed yesterday may have been replaced
            self.family = self._configured
        if self.room_id is None:
            return self._stay_outside()
        if self.family is Family.FANOUT:
            return self._join_fanout()
        self.outgoing.append(join(self.room_id))
        if self.family is Family.AUTO:
            self._announce()
        known = self.family is Family.ROUTED
        self.deadline = now + (self._patience.listing if known else self._patience.detect)
        return []

    def closed(self) -> None:
        """Forget what belongs to a websocket that is gone."""
        self.joined = False
        self.deadline = self._retry = None
        self.outgoing.clear()

    def address(self, message: Message) -> Message:
        """Add what a fan-out server needs to pass a message on; a routed one takes it out."""
        if self.family is Family.ROUTED:
            return message
        where = {} if self.room_id is None else {"roomid": self.room_id}
        return message | {"from": self.me} | where

    def receive(self, text: str | bytes, now: float) -> list[Happening]:
        """Read what the server sent.

        Raises:
            ProtocolError: It is malformed; nothing changed.
        """
        message = parse_server_message(text, me=self.me, room_id=self.room_id, family=self.family)
        if message is None:
            return []
        found = self._find_out(family_of(text)) if self.family is Family.AUTO else []
        match message:
            case Listing():
                return [*found, *self._listed(message)]
            case Alert() | ServerError():
                noticed = self._noticed(message, now)
                return [*found, *noticed] if self.joined else noticed
            case _:
                # nobody can mean us before we are in
                return [*found, message] if self.joined else []

    def poll(self, now: float) -> list[Happening]:
        """Do what was to be done at the `deadline`, if it has come."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        if self._retry is not None:
            retry, self._retry = self._retry, None
            return retry()
        if self.family is Family.AUTO:
            return self._find_out(Family.FANOUT)
        self.refusal = "the server does not list the room; it may be one of the fan-out family"
        return []

    def _find_out(self, family: Family) -> list[Happening]:
        """Take note of what the server shows to be; in rooms, a routed one does by its listing."""
        if self.room_id is None:
            self.family = family
            return []
        if family is not Family.FANOUT:
            return []
        self.family, self.joined, self.deadline = family, True, None
        return [Connected(family)]

    def _stay_outside(self) -> list[Happening]:
        if self.family is Family.AUTO:
            # who has not said anything yet is what the first word shows, and routed is better
            self.outgoing.append(ping())
        self.joined = True
        self._announce()
        return [Connected(self.family)]

    def _join_fanout(self) -> list[Happening]:
        self.joined = True
        self._announce()
        return [Connected(Family.FANOUT)]

    def _announce(self) -> None:
        """Say what we publish, and on fan-out servers who enters the room."""
        if self.room_id is not None and self.family is not Family.ROUTED:
            self.outgoing.append(self.address(join(self.room_id, self._wire_stream)))
        elif self._wire_stream is not None:
            self.outgoing.append(self.address(seed(self._wire_stream)))

    def _listed(self, listing: Listing) -> list[Happening]:
        if self._configured is Family.FANOUT or self.room_id is None:
            return []
        if self.joined and self.family is Family.ROUTED:
            return [listing]
        # also when a slow server was taken for the other family
        self.family = Family.ROUTED
        self.joined = True
        self.deadline = self._retry = None
        self._announce()
        return [Connected(Family.ROUTED), listing]

    def _noticed(self, notice: Alert | ServerError, now: float) -> list[Happening]:
        if notice.kind is AlertKind.BACKOFF and not self.joined:
            self.refusal = notice.text
        if self.family is Family.FANOUT and "missing from" in notice.text:
            # the answer to what we said for a routed server
            return []
        if notice.kind is not AlertKind.RETRY:
            return [notice]
        if "uuid" in notice.text.lower():
            return self._refused_id(now)
        return self._refused_stream(notice, now)

    def _refused_id(self, now: float) -> list[Happening]:
        """Our last websocket lives on for the server: wait for its end, then be somebody else."""
        if self._retry is not None or self.family is Family.ROUTED:
            return []
        self.joined = False
        self._retries += 1
        if self._retries > RETRIES:
            self._retries = 0
            self.me = self._new_id()
            return self._enter_again()
        self._retry, self.deadline = self._enter_again, now + self._patience.retry
        return []

    def _refused_stream(self, notice: Alert | ServerError, now: float) -> list[Happening]:
        if self._wire_stream is None:
            return [notice]
        self._retries += 1
        if self._retries > RETRIES:
            return [msgspec.structs.replace(notice, kind=AlertKind.FATAL)]
        self._retry, self.deadline = self._announce_again, now + self._patience.retry
        return [notice]

    def _enter_again(self) -> list[Happening]:
        self.joined = True
        return [*self._announce_again(), Connected(self.family)]

    def _announce_again(self) -> list[Happening]:
        self._announce()
        return []

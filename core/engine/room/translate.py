"""What the handshake server said, as calls on the room's state machine. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import ProtocolError
from ...model import EventType
from ...signaling import events
from ...signaling.peer import Description, PeerMessage, Role, open_peer_message
from ...signaling.secrets import Secrets
from .actions import Action, Note
from .peers import Announcement
from .room import Room

_QUIET = 10.0
_NOTED = 100


class Translator:
    """Opens, checks and passes on messages of the handshake server.

    Args:
        room: Takes what they mean.
        secrets: Opens what is encrypted.
        private: The room has a password of its own, so that a publisher who sends its offer
            in the clear does not know it; such offers are refused (protocol.md §3).
        streams: The only ones that concern us, outside rooms; empty is all of the room.
    """

    def __init__(
        self, room: Room, secrets: Secrets, private: bool, streams: Sequence[str] = ()
    ) -> None:
        self._room = room
        self._wanted = frozenset(secrets.stream_on_wire(stream) for stream in streams)
        self._secrets = secrets
        self._private = private
        self._noted: dict[str, float] = {}
        """When a peer was last complained about: who sends much is not to fill the journal."""

    def act(self, message: events.ServerMessage, now: float) -> list[Action]:
        """Return what follows from a message; what cannot be opened is noted and left."""
        room = self._room
        match message:
            case events.Listing(members) | events.Transferred(members):
                return room.listed(self._members(members), now)
            case events.Announced(uuid, wire) | events.Joined(uuid, str(wire)):
                return room.announced(self._said(uuid, wire), now) if self._ours(wire) else []
            case events.Removed(uuid, str(wire)):
                return room.removed(uuid, self._secrets.stream_shown(wire), now)
            case events.Moved(uuid):
                return room.moved(uuid)
            case events.Left(uuid):
                return room.left(uuid)
            case events.Alert(text) | events.ServerError(text):
                return [Note.warning(f"the server says: {text}")]
            case PeerMessage():
                return self._quieter(self._peer_message(message, now), message.uuid, now)
            case _:
                return []

    def _ours(self, wire: str | None) -> bool:
        return wire is None or not self._wanted or wire in self._wanted

    def _peer_message(self, message: PeerMessage, now: float) -> list[Action]:
        if not self._ours(message.wire_stream):
            return []
        if self._private and message.description and not message.encrypted:
            text = "an offer in the clear was refused: this room has a password"
            return [Note.warning(text)]
        try:
            opened = open_peer_message(message, self._secrets)
        except ProtocolError as error:
            return [Note.warning(f"a message was refused: {error}")]
        description, candidates = opened.description, opened.candidates
        actions: list[Action] = []
        if isinstance(description, Description) and description.type == "offer":
            wire = message.wire_stream
            actions += self._room.offers.file(
                self._said(message.uuid, wire) if wire else None,
                message.uuid,
                message.session,
                description.sdp,
                message.screen or (),
                message.encrypted,
                now,
            )
        if candidates and not isinstance(candidates, str) and message.type is not Role.REMOTE:
            actions += self._room.connections.candidates(
                message.uuid, message.session, candidates, now
            )
        return actions

    def _quieter(self, actions: list[Action], uuid: str, now: float) -> list[Action]:
        """Leave out warnings about a peer that caused one a moment ago."""
        if not any(
            isinstance(action, Note) and action.type == EventType.WARNING for action in actions
        ):
            return actions
        self._noted = {peer: at for peer, at in self._noted.items() if now - at < _QUIET}
        if uuid not in self._noted and len(self._noted) < _NOTED:
            self._noted[uuid] = now
            return actions
        return [
            one for one in actions if not isinstance(one, Note) or one.type != EventType.WARNING
        ]

    def _members(self, members: Sequence[events.Member]) -> list[Announcement]:
        return [self._said(one.uuid, one.wire_stream) for one in members if one.wire_stream]

    def _said(self, uuid: str, wire: str) -> Announcement:
        return Announcement(uuid, wire, self._secrets.stream_shown(wire))

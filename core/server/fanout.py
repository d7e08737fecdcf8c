"""The rules of a fan-out server (protocol.md §1.4, rules 2 to 5; rule 1 is in `handshake`)."""

from __future__ import annotations

from .bridge import Bridge, Delivery, Probe
from .directory import Dialect, Directory, Participant, Refusal
from .messages import AT_CAPACITY, NOT_A_MESSAGE, ROOM_FULL, SID_CHANGED, SID_IN_USE, Message


class FanoutRules:
    """What a fan-out client may say, and who hears it."""

    def __init__(self, directory: Directory, bridge: Bridge) -> None:
        """Rules over the shared directory."""
        self._directory = directory
        self._bridge = bridge

    def receive(self, member: Participant, message: Message) -> None:
        """Register what a message says of its sender and hand it on to who may hear it."""
        room, stream = member.room, member.stream
        if message.request == "joinroom" and not self._enter(member, message):
            return
        if message.request in ("joinroom", "seed") and not self._register(member, message):
            return
        self._hand_on(member, message)
        if member.stream is not None and (member.stream != stream or member.room is not room):
            self._bridge.publishes(member, member.stream)
        self._cross(member, message)

    def _enter(self, member: Participant, message: Message) -> bool:
        if message.room is None:
            self._refuse(member, NOT_A_MESSAGE)
            return False
        room = member.room
        refusal = self._directory.enter(member, message.room)
        if refusal is Refusal.STREAM_TAKEN:
            self._stream_taken(member, message.room, member.stream or "")
        elif refusal is not None:
            full = refusal is Refusal.ROOM_FULL
            self._bridge.alert(member, ROOM_FULL if full else AT_CAPACITY)
        elif member.room is not room:
            self._bridge.moved(member, room)
            self._bridge.entered(member)
        return refusal is None

    def _register(self, member: Participant, message: Message) -> bool:
        """Rule 3; the room has been entered even if the stream is refused."""
        stream = message.stream
        if stream is None:
            return True
        match self._directory.register(member, stream):
            case None:
                return True
            case Refusal.STREAM_TAKEN:
                self._stream_taken(member, member.room.name, stream)
            case _:
                self._refuse(member, SID_CHANGED)
        return False

    def _stream_taken(self, member: Participant, room: str | None, stream: str) -> None:
        self._refuse(member, SID_IN_USE)
        holder = self._directory.publisher(room, stream)
        if holder is not None:
            self._bridge.act(Probe(holder.connection))

    def _refuse(self, member: Participant, text: str) -> None:
        self._bridge.send(member.connection, {"error": text})

    def _hand_on(self, member: Participant, message: Message) -> None:
        """Rule 4: unchanged, to every fan-out member that it concerns."""
        wanted = message.stream if message.request == "play" else None
        for other in member.room.others(member, Dialect.FANOUT):
            addressed = message.target in (None, other.uuid)
            if addressed and wanted in (None, other.stream):
                self._bridge.act(Delivery(other.connection, message.text))

    def _cross(self, member: Participant, message: Message) -> None:
        """Say it to a routed member, if it is something that concerns one.

        Other requests stay on this side: to a routed client they would seem to come from the
        server.
        """
        match message.request:
            case "play":
                self._play(member, message)
            case "offerSDP" | "sendoffer":
                receiver = self._routed_receiver(member, message)
                if receiver is not None:
                    self._bridge.ask(member, receiver)
            case None:
                receiver = self._routed_receiver(member, message)
                if receiver is not None:
                    self._bridge.pass_on(member, receiver, message)
            case _:
                pass

    def _routed_receiver(self, member: Participant, message: Message) -> Participant | None:
        receiver = self._directory.addresses.get(message.target or "")
        if receiver is None or not receiver.routed or not member.may_address(receiver):
            return None
        return receiver

    def _play(self, member: Participant, message: Message) -> None:
        stream = message.stream
        if stream is None:
            return
        owner = self._directory.playable(member, stream)
        if owner is None:
            if member.room.is_lobby:
                # Outside rooms nobody will announce the stream to it, should it be routed.
                self._directory.wish(member, stream)
        elif message.target in (None, owner.uuid):
            self._bridge.ask(member, owner)

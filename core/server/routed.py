"""The rules of a routed server (protocol.md §1.3)."""

from __future__ import annotations

from .bridge import Bridge, Probe
from .directory import Directory, Participant, Refusal
from .messages import AT_CAPACITY, CANNOT_CHANGE, CANNOT_MOVE, CLAIMED, IN_USE, ROOM_FULL, Message

_ALERTS = {
    Refusal.ROOM_FULL: ROOM_FULL,
    Refusal.NO_MORE_ROOMS: AT_CAPACITY,
    Refusal.STREAM_TAKEN: IN_USE,
    Refusal.STREAM_FIXED: CANNOT_CHANGE,
}


class RoutedRules:
    """What a routed client may say, and what follows from it."""

    def __init__(self, directory: Directory, bridge: Bridge) -> None:
        """Rules over the shared directory."""
        self._directory = directory
        self._bridge = bridge

    def receive(self, member: Participant, message: Message) -> None:
        """Do what a message asks; unknown requests are ignored."""
        match message.request:
            case "joinroom":
                self._join(member, message)
            case "seed":
                self._seed(member, message)
            case "play":
                self._play(member, message)
            case "migrate":
                self._migrate(member, message)
            case None:
                self._pass_on(member, message)
            case _:
                pass

    def _join(self, member: Participant, message: Message) -> None:
        name = (message.room or "").strip()
        if not name or not member.room.is_lobby:
            return
        refusal = self._directory.enter(member, name)
        if refusal is not None:
            self._bridge.alert(member, _ALERTS[refusal])
            return
        claim = {"claim": self._claim(member)} if message.claim else {}
        listing = {"request": "listing", **self._bridge.listing(member), **claim}
        self._bridge.send(member.connection, listing)
        if claim and member.room.director is not member:
            self._bridge.alert(member, CLAIMED)
        self._bridge.entered(member)

    def _claim(self, member: Participant) -> bool:
        room = member.room
        if room.director is not None:
            return False
        room.director = member
        for other in room.others(member, member.dialect):
            claimed = {"request": "roomclaimed", "director": member.uuid}
            self._bridge.send(other.connection, claimed)
        return True

    def _seed(self, member: Participant, message: Message) -> None:
        stream = message.stream
        if stream is None or stream == member.stream:
            return
        refusal = self._directory.register(member, stream)
        if refusal is None:
            self._bridge.publishes(member, stream)
            return
        self._bridge.alert(member, _ALERTS[refusal])
        holder = self._directory.publisher(member.room.name, stream)
        if refusal is Refusal.STREAM_TAKEN and holder is not None:
            self._bridge.act(Probe(holder.connection))

    def _play(self, member: Participant, message: Message) -> None:
        stream = message.stream
        if stream is None or stream == member.stream:
            return
        owner = self._directory.playable(member, stream)
        if owner is not None:
            self._directory.forget_wish(member, stream)
            self._bridge.ask(member, owner)
        else:
            self._directory.wish(member, stream)

    def _migrate(self, member: Participant, message: Message) -> None:
        guest = self._directory.addresses.get(message.guest or "")
        if guest is None or guest is member or not message.room:
            return
        if member.room.director is not member or guest.room is not member.room:
            return
        if not guest.routed:
            # A fan-out client enters rooms by itself and knows no message that would move it.
            self._bridge.alert(member, CANNOT_MOVE)
            return
        self._move(member, guest, message)

    def _move(self, director: Participant, guest: Participant, message: Message) -> None:
        name = (message.room or "").strip()
        if name in ("", guest.room.name):
            return
        left = guest.room
        refusal = self._directory.enter(guest, name)
        if refusal is not None:
            self._bridge.alert(director, _ALERTS[refusal])
            return
        moved: dict[str, object] = {"request": "transferred", **self._bridge.listing(guest)}
        if "transferSettings" in message.fields:
            moved["transferSettings"] = message.fields["transferSettings"]
        self._bridge.send(guest.connection, moved)
        self._bridge.moved(guest, left)
        self._bridge.entered(guest)

    def _pass_on(self, member: Participant, message: Message) -> None:
        receiver = self._directory.addresses.get(message.target or "")
        if receiver is not None and receiver is not member and member.may_address(receiver):
            self._bridge.pass_on(member, receiver, message)

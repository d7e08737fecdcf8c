"""Says one thing to two kinds of clients.

A routed client hears from the server who is there and what is published; a fan-out client
hears it from the others' own messages. So what happens on one side is said to the other side
in its own words:

================================  ===============================================
happens                           is said to the other dialect as
================================  ===============================================
fan-out member enters             ``someonejoined``; also in every later ``listing``
fan-out member publishes          ``videoaddedtoroom``
routed member publishes           ``joinroom`` with ``streamID``
fan-out member enters             to it, one such ``joinroom`` per routed publisher
routed ``play``                   ``play`` with ``from``
fan-out ``play``                  ``offerSDP``
an addressed message              itself, with ``UUID``/``from`` exchanged
================================  ===============================================

A routed member who does not publish is never announced to fan-out members: a page offers its
stream, unasked, to every address that it sees in a ``joinroom`` (protocol.md §1.4), while a
routed member finds the stream in its listing and asks for it. For the same reason an
announcement is made once only.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .directory import Dialect, Directory, Participant, Room
from .messages import Message, alert, broadcast_form, encode, fanout, readdressed


class Delivery(msgspec.Struct, frozen=True):
    """Send ``text`` to a connection."""

    connection: int
    text: str


class Closing(msgspec.Struct, frozen=True):
    """Close a connection after what was sent to it; then report it as disconnected."""

    connection: int
    code: int
    reason: str


class Probe(msgspec.Struct, frozen=True):
    """Find out within seconds whether a connection is alive: somebody wants its place."""

    connection: int


Action = Delivery | Closing | Probe


class Bridge:
    """Writes to members in their own dialect and collects what is to be done."""

    def __init__(self, directory: Directory) -> None:
        """Nothing is to be done yet."""
        self._directory = directory
        self._actions: list[Action] = []

    def take(self) -> list[Action]:
        """What is to be done, in order; the list is empty afterwards."""
        actions, self._actions = self._actions, []
        return actions

    def act(self, action: Action) -> None:
        """Note something to be done."""
        self._actions.append(action)

    def send(self, connection: int, fields: Mapping[str, object]) -> None:
        """Send a message of the server's own."""
        self.act(Delivery(connection, encode(fields)))

    def alert(self, member: Participant, text: str) -> None:
        """Show words to the user of a client."""
        self.send(member.connection, alert(text))

    def listing(self, member: Participant) -> dict[str, object]:
        """Everybody else in the room of ``member``, for a ``listing`` or ``transferred``."""
        room = member.room
        others = [m for m in room.members.values() if m is not member]
        director = room.director
        named = {} if director in (None, member) else {"director": director.uuid}
        return {"list": [_entry(m) for m in others], **named}

    def entered(self, member: Participant) -> None:
        """Tell the room that somebody came, and a fan-out newcomer who publishes there."""
        room = member.room
        joined: dict[str, object] = {"request": "someonejoined", "UUID": member.uuid}
        if member.routed and member.stream is not None:
            joined["streamID"] = member.stream
        if room.director is member:
            joined["director"] = True
        for other in room.others(member, Dialect.ROUTED):
            self.send(other.connection, joined)
        if member.routed:
            self._announce(member)
            return
        for other in room.others(member, Dialect.ROUTED):
            if other.stream is not None:
                self.send(member.connection, _announcement(other))

    def moved(self, member: Participant, room: Room) -> None:
        """Tell a room that a publisher went on to another one; who left its websocket did not.

        ``leave`` is what the offline server says, ``videoremovedfromroom`` what newer clients of
        the hosted one understand (protocol.md §1.2, §1.3).
        """
        if room.is_lobby or member.stream is None:
            return
        gone = {"request": "videoremovedfromroom", "UUID": member.uuid, "streamID": member.stream}
        for other in room.others(member, Dialect.ROUTED):
            self.send(other.connection, {**gone, "moved": True})
        for other in room.others(member, Dialect.FANOUT):
            self.send(other.connection, {"type": "leave", "uuid": member.uuid})

    def publishes(self, member: Participant, stream: str) -> None:
        """Tell the room of a stream; outside rooms, ask for it in the name of who waits."""
        room = member.room
        if room.is_lobby:
            for viewer in self._directory.grant_wishes(member, stream):
                self.ask(viewer, member)
            return
        notice = {"request": "videoaddedtoroom", "UUID": member.uuid, "streamID": stream}
        for other in room.others(member, Dialect.ROUTED):
            self.send(other.connection, notice)
        if member.routed:
            self._announce(member)

    def _announce(self, member: Participant) -> None:
        if member.stream is not None and not member.room.is_lobby:
            for other in member.room.others(member, Dialect.FANOUT):
                self.send(other.connection, _announcement(member))

    def ask(self, viewer: Participant, owner: Participant) -> None:
        """Ask ``owner`` to offer its stream to ``viewer``.

        Between two fan-out members there is nothing to say: they hear each other.
        """
        if owner.routed:
            self.send(owner.connection, {"request": "offerSDP", "UUID": viewer.uuid})
        elif viewer.routed:
            play = {"request": "play", "streamID": owner.stream}
            self.send(owner.connection, fanout(viewer.uuid, owner.room.name, **play))

    def pass_on(self, sender: Participant, receiver: Participant, message: Message) -> None:
        """Hand on an addressed message."""
        if receiver.routed:
            text = readdressed(message, sender.uuid)
        else:
            text = broadcast_form(message, sender.uuid, receiver.room.name)
        self.act(Delivery(receiver.connection, text))


def _entry(member: Participant) -> dict[str, str]:
    entry = {"UUID": member.uuid}
    return entry if member.stream is None else {**entry, "streamID": member.stream}


def _announcement(member: Participant) -> dict[str, object]:
    return fanout(member.uuid, member.room.name, request="joinroom", streamID=member.stream)

"""Who is connected, in which room, and which stream is whose.

Addresses are one namespace for the whole server and for both dialects (protocol.md §1.3, §1.4);
stream ids are one per room, so that what happens in a room concerns no other. Who is in no room is
in the lobby.
"""

from __future__ import annotations

from enum import StrEnum, auto

from .limits import Limits


class Dialect(StrEnum):
    """The family of handshake server that a client believes to talk to (protocol.md §1.2)."""

    ROUTED = auto()
    FANOUT = auto()


class Refusal(StrEnum):
    """Why the directory did not do as asked."""

    ROOM_FULL = auto()
    NO_MORE_ROOMS = auto()
    STREAM_TAKEN = auto()
    STREAM_FIXED = auto()


class Room:
    """Members of one room, by connection, in the order in which they came."""

    def __init__(self, name: str | None) -> None:
        """An empty room; the lobby has no name."""
        self.name = name
        self.members: dict[int, Participant] = {}
        self.director: Participant | None = None

    @property
    def is_lobby(self) -> bool:
        """Whether this is where those are who are in no room."""
        return self.name is None

    def others(self, member: Participant, dialect: Dialect) -> list[Participant]:
        """Everybody else here who speaks ``dialect``."""
        return [m for m in self.members.values() if m is not member and m.dialect is dialect]


class Participant:
    """One connection that has an address."""

    __slots__ = ("connection", "dialect", "room", "stream", "uuid", "wishes")

    def __init__(self, connection: int, dialect: Dialect, uuid: str, room: Room) -> None:
        """Somebody who has just said the first word."""
        self.connection = connection
        self.dialect = dialect
        self.uuid = uuid
        self.room = room
        self.stream: str | None = None
        self.wishes: dict[str, None] = {}
        """Streams asked for before they were there, oldest first."""

    @property
    def routed(self) -> bool:
        """Whether the server speaks for this member's peers."""
        return self.dialect is Dialect.ROUTED

    def may_address(self, other: Participant) -> bool:
        """Whether a message for ``other`` is passed on.

        Within one room always. Between a room and the lobby only if both are routed, as a
        link to a single stream may be open outside; never from one room to another.
        """
        if self.room is other.room:
            return True
        outside = self.room.is_lobby or other.room.is_lobby
        return outside and self.routed and other.routed

    def may_play(self, owner: Participant) -> bool:
        """Whether asking for the stream of ``owner`` reaches it (protocol.md §1.3)."""
        if self is owner:
            return False
        return self.room is owner.room or (owner.room.is_lobby and self.may_address(owner))


class Directory:
    """All rooms, addresses and streams."""

    def __init__(self, limits: Limits) -> None:
        """A server without anybody."""
        self._limits = limits
        self.lobby = Room(None)
        self.rooms: dict[str, Room] = {}
        self.addresses: dict[str, Participant] = {}
        self._streams: dict[tuple[str | None, str], Participant] = {}
        """Publishers by the name of their room and their stream."""
        self._waiting: dict[str, dict[int, Participant]] = {}

    def add(self, connection: int, dialect: Dialect, uuid: str) -> Participant:
        """Give ``uuid``, which must be free, to a connection; it is in the lobby."""
        member = Participant(connection, dialect, uuid, self.lobby)
        self.addresses[uuid] = member
        self.lobby.members[connection] = member
        return member

    def publisher(self, room: str | None, stream: str) -> Participant | None:
        """Return who publishes a stream in a room; ``None`` is the lobby."""
        return self._streams.get((room, stream))

    def playable(self, viewer: Participant, stream: str) -> Participant | None:
        """Return whose stream of this id a viewer may ask for: in its room, else outside rooms."""
        found = (self.publisher(room, stream) for room in (viewer.room.name, None))
        return next((one for one in found if one is not None and viewer.may_play(one)), None)

    def remove(self, member: Participant) -> None:
        """Forget everything about a member."""
        self._leave(member)
        self.addresses.pop(member.uuid, None)
        for stream in list(member.wishes):
            self.forget_wish(member, stream)

    def enter(self, member: Participant, name: str) -> Refusal | None:
        """Move a member to the room ``name``, which is made if it is not there."""
        if member.stream is not None and self.publisher(name, member.stream) not in (None, member):
            return Refusal.STREAM_TAKEN
        room = self.rooms.get(name)
        if room is None:
            if len(self.rooms) >= self._limits.rooms:
                return Refusal.NO_MORE_ROOMS
            room = self.rooms[name] = Room(name)
        elif room is not member.room and len(room.members) >= self._limits.members:
            return Refusal.ROOM_FULL
        if room is not member.room:
            self._move(member, room)
        return None

    def _move(self, member: Participant, room: Room) -> None:
        self._leave(member)
        room.members[member.connection] = member
        member.room = room
        if member.stream is not None:
            self._streams[room.name, member.stream] = member

    def _leave(self, member: Participant) -> None:
        room = member.room
        room.members.pop(member.connection, None)
        if member.stream is not None:
            self._streams.pop((room.name, member.stream), None)
        if room.director is member:
            room.director = None
        if room.name is not None and not room.members:
            del self.rooms[room.name]
        member.room = self.lobby

    def register(self, member: Participant, stream: str) -> Refusal | None:
        """Note that ``stream`` is published by ``member``; once per connection."""
        if member.stream is not None and member.stream != stream:
            return Refusal.STREAM_FIXED
        if self.publisher(member.room.name, stream) not in (None, member):
            return Refusal.STREAM_TAKEN
        member.stream = stream
        self._streams[member.room.name, stream] = member
        return None

    def wish(self, viewer: Participant, stream: str) -> None:
        """Remember who asked for a stream that cannot be asked yet."""
        viewer.wishes.pop(stream, None)
        while len(viewer.wishes) >= self._limits.pending_plays:
            self.forget_wish(viewer, next(iter(viewer.wishes)))
        viewer.wishes[stream] = None
        self._waiting.setdefault(stream, {})[viewer.connection] = viewer

    def grant_wishes(self, owner: Participant, stream: str) -> list[Participant]:
        """Viewers who may now ask ``owner`` for the stream; their wishes are done."""
        waiting = self._waiting.get(stream, {})
        granted = [viewer for viewer in waiting.values() if viewer.may_play(owner)]
        for viewer in granted:
            self.forget_wish(viewer, stream)
        return granted

    def forget_wish(self, viewer: Participant, stream: str) -> None:
        """The viewer has been heard, or does not matter any more."""
        viewer.wishes.pop(stream, None)
        waiting = self._waiting.get(stream, {})
        waiting.pop(viewer.connection, None)
        if not waiting:
            self._waiting.pop(stream, None)

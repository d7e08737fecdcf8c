"""The handshake server without sockets and clocks.

Both families of server (protocol.md §1.2) at once: a connection whose first message has a
``from`` is a fan-out client and keeps that address for good; any other is a routed client
and gets an address from us. Both may be in one room; `bridge` has the table of what is said
to whom.

Where this server differs from the reference ones:

* An addressed message goes only to a member of the sender's own room; between routed clients
  also to and from one who is in no room. The public routed server does not check rooms.
* Stream ids are one namespace per room, and one outside rooms: two rooms may each have an
  ``alice``. On the reference servers the second one is refused.
* A changed ``from`` is refused, and names that hold markup or control characters are none.
* Room names are case-sensitive in both dialects, because fan-out clients compare them. Hashed
  rooms are lower case anyway.
* Routed members hear a ``cleanup`` when a publisher is gone and its stream has not come back
  within a grace period: media outlives a lost websocket, so at once would be too early
  (protocol.md §9.3). A lost viewer is never reported, because its recording may go on.
* A room hears at once of a publisher that went to another one.
* Claiming a room is for routed clients: a fan-out director is an ordinary member to them.

Every message that cannot be read is dropped or answered with an error text that holds nothing
of the message; nothing a client sends raises an exception.
"""

from __future__ import annotations

import uuid

import msgspec

from ..budget import Budget
from ..errors import ProtocolError
from .bridge import Action, Bridge, Closing, Probe
from .directory import Dialect, Directory, Participant
from .fanout import FanoutRules
from .limits import Limits, counted_address
from .messages import NO_FROM, NOT_A_MESSAGE, UUID_CHANGED, UUID_IN_USE, Message, parse
from .routed import RoutedRules


class _Connection:
    """A socket; it becomes a member with its first message."""

    __slots__ = ("address", "budget", "closing", "dialect", "member")

    def __init__(self, address: str, budget: Budget) -> None:
        self.address = address
        self.budget = budget
        self.closing = False
        self.dialect: Dialect | None = None
        self.member: Participant | None = None


class _Departure(msgspec.Struct, frozen=True):
    """A publisher who is gone and may be back soon."""

    uuid: str
    deadline: float


class HandshakeServer:
    """All that the server knows, driven by connections, their messages and the time.

    ``now`` is monotonic seconds. Connections are numbers of the caller's choice.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        """A server without connections."""
        self._limits = limits or Limits()
        self._directory = Directory(self._limits)
        self._bridge = Bridge(self._directory)
        self._routed = RoutedRules(self._directory, self._bridge)
        self._fanout = FanoutRules(self._directory, self._bridge)
        self._connections: dict[int, _Connection] = {}
        self._per_address: dict[str, int] = {}
        self._departures: dict[tuple[str, str], _Departure] = {}
        """By room and stream."""

    def admits(self, address: str) -> bool:
        """Whether one more connection from this IP address may be opened."""
        count = self._per_address.get(counted_address(address), 0)
        full = len(self._connections) >= self._limits.connections
        return not full and count < self._limits.connections_per_address

    def connect(self, connection: int, address: str) -> bool:
        """Note a new connection; False if there are too many and it must be closed."""
        if not self.admits(address):
            return False
        key = counted_address(address)
        burst = self._limits.burst
        self._connections[connection] = _Connection(key, Budget(self._limits.rate, burst, burst))
        self._per_address[key] = self._per_address.get(key, 0) + 1
        return True

    def disconnect(self, connection: int, now: float) -> None:
        """Forget a connection. Nobody hears of it now; see `tick`."""
        gone = self._connections.pop(connection, None)
        if gone is None:
            return
        self._per_address[gone.address] -= 1
        if not self._per_address[gone.address]:
            del self._per_address[gone.address]
        if gone.member is not None:
            self._note_departure(gone.member, now)
            self._directory.remove(gone.member)

    def _note_departure(self, member: Participant, now: float) -> None:
        if member.stream is None or member.room.name is None:
            return
        key = (member.room.name, member.stream)
        self._departures.pop(key, None)
        if len(self._departures) >= self._limits.connections:
            del self._departures[next(iter(self._departures))]
        deadline = now + self._limits.grace
        self._departures[key] = _Departure(member.uuid, deadline)

    def tick(self, now: float) -> list[Action]:
        """Say goodbye for publishers who did not come back; to be called every second or so."""
        due = {key: d for key, d in self._departures.items() if d.deadline <= now}
        for (room, stream), departure in due.items():
            del self._departures[room, stream]
            returned = self._directory.publisher(room, stream) is not None
            if not returned and departure.uuid not in self._directory.addresses:
                self._clean_up(room, departure.uuid)
        return self._bridge.take()

    def _clean_up(self, name: str, address: str) -> None:
        room = self._directory.rooms.get(name)
        for member in room.members.values() if room else ():
            if member.routed:
                cleanup = {"request": "cleanup", "UUID": address}
                self._bridge.send(member.connection, cleanup)

    def receive(self, connection: int, data: str | bytes, now: float) -> list[Action]:
        """What is to be done about a message; binary ones are only counted."""
        sender = self._connections.get(connection)
        if sender is None or sender.closing:
            return []
        if len(data) > self._limits.frame:
            self._close(connection, sender, 1009, "message too big")
        elif not sender.budget.spend(now):
            if sender.budget.is_overdrawn:
                self._close(connection, sender, 1008, "too many messages")
        elif isinstance(data, str):
            self._read(connection, sender, data)
        return self._bridge.take()

    def _close(self, connection: int, sender: _Connection, code: int, reason: str) -> None:
        sender.closing = True
        self._bridge.act(Closing(connection, code, reason))

    def _read(self, connection: int, sender: _Connection, text: str) -> None:
        try:
            message = parse(text)
        except ProtocolError:
            self._bridge.send(connection, {"error": NOT_A_MESSAGE})
            return
        if sender.dialect is None:
            sender.dialect = Dialect.FANOUT if message.has_sender else Dialect.ROUTED
        if sender.dialect is Dialect.FANOUT:
            self._read_fanout(connection, sender, message)
            return
        if sender.member is None:
            sender.member = self._directory.add(connection, sender.dialect, str(uuid.uuid4()))
        self._routed.receive(sender.member, message)

    def _read_fanout(self, connection: int, sender: _Connection, message: Message) -> None:
        """Rules 1 and 2 of protocol.md §1.4, with addresses that stay."""
        error = self._bind(connection, sender, message)
        if error:
            self._bridge.send(connection, {"error": error})
        elif sender.member is not None:
            self._fanout.receive(sender.member, message)

    def _bind(self, connection: int, sender: _Connection, message: Message) -> str:
        address = message.sender
        if address is None:
            return NO_FROM
        if sender.member is not None:
            return "" if sender.member.uuid == address else UUID_CHANGED
        holder = self._directory.addresses.get(address)
        if holder is not None:
            self._bridge.act(Probe(holder.connection))
            return UUID_IN_USE
        sender.member = self._directory.add(connection, Dialect.FANOUT, address)
        return ""

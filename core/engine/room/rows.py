"""The rows of a room: one for each stream, and which of them an address may have. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

from .admission import MAX_OF_ONE
from .entry import Entry
from .peers import Announcement, PeerState
from .rules import Rules
from .states import Wish

MAX_STREAMS = 500
MAX_IN_CLUSTER = 2000
"""Where more than one machine records them."""
MAX_UNANNOUNCED = 16
"""Publishers at once that offer what no server announced; those who announce have room beside."""


class Rows:
    """All streams and connections, by name.

    A row is called as the id that its publisher gives, ``alice``; a second publisher under the
    same id has ``alice~2``. A row whose connection ended is free: who comes back has it again.
    """

    def __init__(self, rules: Rules, most: int = MAX_STREAMS) -> None:
        self.entries: dict[str, Entry] = {}
        self.peers: dict[str, PeerState] = {}
        self._connected: Counter[str] = Counter()
        """How many of these each address has."""
        self._by_id: dict[str, dict[str, Entry]] = {}
        """The same rows for each id that is given."""
        self.rules = rules
        self.told: set[str] = set()
        """Streams of which another engine told that they are there, and that are not seen yet."""
        self.most = most
        """How many there may be."""

    def of(self, stream: str) -> list[Entry]:
        """Return the rows of all who give this id."""
        return list(self._by_id.get(stream, {}).values())

    def own(self, uuid: str, rows: Sequence[Entry]) -> Entry | None:
        """Return the row whose connection, or else whose announcement, is of this address."""
        for entry in rows:
            if not entry.parent and entry.peer and self.peers[entry.peer].uuid == uuid:
                return entry
        waiting = (one for one in rows if not one.peer and one.announced)
        return next((one for one in waiting if one.uuid == uuid), None)

    def free(self, said: Announcement) -> Entry | None:
        """Return a row that somebody who announced its id may have, new if there is none.

        ``None`` where all have connections, or there is no place for one more.
        """
        rows = [entry for entry in self.of(said.stream) if entry.announced]
        if not rows:
            return self._add(self._name(said.stream), said)
        return next((entry for entry in rows if not entry.peer), None)

    def rival(self, said: Announcement, announced: bool) -> Entry | None:
        """Return a row beside those of the same id; ``None`` where there is no place.

        The name of the id itself is for those who announced it.
        """
        rows = self.of(said.stream)
        free = (one for one in rows if not one.peer and one.announced == announced)
        name = self._name(said.stream, 1 if announced else 2)
        entry = next(free, None) or self._add(name, said)
        if entry is None:
            return None
        also = "as somebody else does" if announced else "but never announced it"
        why = f"says that it is {said.stream}, {also}" if entry.claims else ""
        entry.claim(said.uuid, announced, why)
        for other in rows:
            more = entry.wish is Wish.MONITORED
            if other.by_hand and (more or not other.recording) and not entry.by_hand:
                entry.follow(other)
        return entry

    def has_too_many(self, uuid: str) -> bool:
        """Whether an address has as many rows as one may have, and all were connected."""
        return len(self._of_address(uuid)) >= MAX_OF_ONE

    def _of_address(self, uuid: str) -> list[Entry]:
        mine = (one for one in self.entries.values() if one.uuid == uuid and not one.parent)
        return [one for one in mine if one.present or one.peer]

    def _add(self, name: str, said: Announcement) -> Entry | None:
        """Return a new row, in place of one of the same address where that has too many."""
        mine = self._of_address(said.uuid)
        if len(mine) >= MAX_OF_ONE:
            idle = next((one for one in mine if one.never_connected), None)
            if idle is None:
                return None
            self._drop(idle)
        return self.put(name, said.stream, said.raw_id)

    def put(self, name: str, stream: str, raw_id: str) -> Entry | None:
        """Return the row of this name, for who gives this id; ``None`` where there is no place."""
        if name in self.entries:
            return self.entries[name]
        if len(self.entries) >= self.most and not self._forget_one():
            return None
        wish, refusal = self.rules.wish(name, stream)
        self.entries[name] = entry = Entry(
            name,
            raw_id,
            claims="" if name == stream else stream,
            wish=wish,
            refusal=refusal,
        )
        self._by_id.setdefault(entry.id, {})[name] = entry
        return entry

    def _drop(self, entry: Entry) -> None:
        del self.entries[entry.stream]
        of_id = self._by_id[entry.id]
        del of_id[entry.stream]
        if not of_id:
            del self._by_id[entry.id]

    def connect(self, peer: PeerState) -> None:
        """Take note of a connection, in place of one of the same name."""
        self.disconnect(peer.name)
        self.peers[peer.name] = peer
        self._connected[peer.uuid] += 1

    def disconnect(self, peer: str) -> PeerState | None:
        """Forget a connection, and return it if it was known."""
        gone = self.peers.pop(peer, None)
        if gone is not None:
            self._connected[gone.uuid] -= 1
            if not self._connected[gone.uuid]:
                del self._connected[gone.uuid]
        return gone

    def is_connected(self, uuid: str) -> bool:
        """Whether an address has a connection, be it up or not."""
        return uuid in self._connected

    def carried_by(self, peer: str) -> Entry | None:
        """Return the row whose publisher a connection is with, while it carries that."""
        found = self.peers.get(peer)
        entry = self.entries.get(found.stream) if found else None
        return entry if entry and entry.peer == peer else None

    def carried_on_by(self, peer: str) -> Entry | None:
        """Return the row that a connection is to carry, while another one does."""
        found = self.peers.get(peer)
        entry = self.entries.get(found.stream) if found else None
        return entry if entry and entry.succession.peer == peer else None

    def unannounced(self) -> list[Entry]:
        """Return the rows with a connection that no server announced, the oldest first."""
        return [one for one in self.entries.values() if not one.announced and one.peer]

    def _name(self, stream: str, first: int = 1) -> str:
        names = (stream if number == 1 else f"{stream}~{number}" for number in count(first))
        return next(name for name in names if name not in self.entries)

    def _forget_one(self) -> bool:
        rows = self.entries.values()
        gone = next((entry for entry in rows if entry.forgettable), None)
        gone = gone or next((entry for entry in rows if entry.never_connected), None)
        if gone is None:
            return False
        self._drop(gone)
        return True

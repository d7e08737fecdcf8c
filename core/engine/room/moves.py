"""Streams that go on in another connection, which records before the old one ends. Pure.

A publisher gives one connection to each address that asks (protocol.md §4.6). So a stream can only
be had twice for a moment by asking under another address than that by which it was asked for: a
handshake server gives one to each websocket. Where ours is the same as then, it is opened anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ipc.worker_messages import Record, StreamStatus
from ...model import EndReason, Kind
from .actions import Action, Note, Play, Rejoin, Tell
from .conditions import Conditions
from .connections import BESIDE, Connections
from .entry import Entry
from .rows import Rows

OVERLAP = 1.0
"""Seconds that a new take has before the old one is closed."""
FRESH = 2.0
"""Seconds without a packet of a kind after which the new connection need not have it, either."""
PATIENCE = 20.0
"""Seconds from an offer until the connection that it brought has to record."""
REJOIN_AGAIN = 10.0
"""Seconds from one websocket that is opened for this to the next."""
TRIES = 3
"""After so many requests that came to nothing somebody is told."""


class Moves:
    """Knows which streams have a connection that follows the one they have.

    Args:
        rows: All streams and connections.
        conditions: Whether anybody can be asked.
        connections: Ends those that are followed.
    """

    def __init__(self, rows: Rows, conditions: Conditions, connections: Connections) -> None:
        self._rows = rows
        self._conditions = conditions
        self._connections = connections
        self._told: dict[str, dict[str, StreamStatus]] = {}
        """What connections that follow another one carry, by connection and stream."""

    def tick(self, leaving: Mapping[str, EndReason], now: float) -> list[Action]:
        """Ask for streams whose connections are to be left. About once a second.

        Args:
            leaving: These connections, and why: `EndReason.DISK_FULL` does not wait for another
                one, for nothing more can be written.
            now: Monotonic seconds.
        """
        due: list[Entry] = []
        actions: list[Action] = []
        for entry in self._rows.entries.values():
            why = None if entry.parent else leaving.get(entry.peer)
            if why is EndReason.DISK_FULL and self._connections.is_up(entry):
                actions.append(self._connections.close(entry.peer, why))
            elif entry.succession.peer:
                actions += self._give_up_late(entry, now)
            elif why is None:
                entry.succession.stay()
            elif self._may_begin(entry, now):
                due.append(entry)
        return [*actions, *self._ask(due, now)]

    def report(self, streams: Sequence[StreamStatus], now: float) -> list[Action]:
        """Take what a worker tells of its streams, and end connections that are followed."""
        following: dict[str, Entry] = {}
        for status in streams:
            entry = self._rows.carried_on_by(status.peer)
            if entry is not None:
                following[status.peer] = entry
                self._told.setdefault(status.peer, {})[status.stream] = status
        actions: list[Action] = []
        for peer, entry in following.items():
            if self._is_ready(entry, self._told[peer]):
                actions += self._follow(entry, now)
        return actions

    def closed(self, peer: str, now: float) -> list[Action]:
        """A connection is over; one that was to follow it has its streams, if they are wanted."""
        entry = self._rows.carried_on_by(peer)
        if entry is not None:
            self._told.pop(peer, None)
            entry.succession.lose()
        entry = self._rows.carried_by(peer)
        if entry is None or entry.succession.peer not in self._rows.peers:
            return []
        if entry.viewed:
            return self._promote(entry, now)
        return [self._connections.close(entry.succession.peer, EndReason.STOPPED)]

    def _may_begin(self, entry: Entry, now: float) -> bool:
        up = entry.viewed and self._connections.is_up(entry)
        return up and entry.succession.may_begin(now, BESIDE)

    def _ask(self, due: Sequence[Entry], now: float) -> list[Action]:
        joined = self._conditions.joined_at
        if not due or joined is None:
            return []
        # One that was up before our websocket was is known to its publisher by another address,
        # and one that was asked for since by this one.
        ready = [one for one in due if one.live_at < joined and one.succession.at < joined]
        actions: list[Action] = []
        for entry in ready:
            entry.succession.ask(now)
            actions.append(Play(entry.raw_id, self._whom(entry)))
            if entry.succession.asked == TRIES:
                text = "is to go on elsewhere, but its publisher gives no second connection"
                actions.append(Note.warning(f"{text}; it goes on where it is", entry.stream))
        if len(ready) < len(due) and now - self._conditions.rejoined_at > REJOIN_AGAIN:
            self._conditions.rejoined_at = now
            actions.append(Rejoin())
        return actions

    def _whom(self, entry: Entry) -> str:
        """Return whom alone to ask, where others give its id as well."""
        others = len(self._rows.of(entry.id)) > 1
        return entry.uuid if others and not self._conditions.announces else ""

    def _give_up_late(self, entry: Entry, now: float) -> list[Action]:
        peer = self._rows.peers.get(entry.succession.peer)
        if peer is None or peer.closing or now - entry.succession.at < PATIENCE:
            return []
        return [self._connections.close(peer.name, EndReason.VANISHED)]

    def _is_ready(self, entry: Entry, told: Mapping[str, StreamStatus]) -> bool:
        """Whether all that its connection carries comes by the one that follows, too."""
        carried = [one for one in self._rows.entries.values() if one.peer == entry.peer]
        return self._rows.peers[entry.succession.peer].connected and all(
            _goes_on(one.status, told.get(one.stream)) for one in carried
        )

    def _follow(self, entry: Entry, now: float) -> list[Action]:
        old = entry.peer
        actions = self._promote(entry, now)
        return [*actions, self._connections.close(old, EndReason.RELOCATED)]

    def _promote(self, entry: Entry, now: float) -> list[Action]:
        """Have the connection that followed carry a row, and the screen that is in it."""
        old, new = entry.peer, entry.succession.peer
        told = self._told.pop(new, {})
        entry.succeed(self._rows.peers[new].connected, now)
        for one in self._rows.entries.values():
            if one.peer == old and one.parent == entry.stream:
                one.carry(entry, new)
        actions: list[Action] = []
        for stream, status in told.items():
            row = self._rows.entries.get(stream)
            if row is None or row.peer != new:
                continue
            row.report(status, now)
            if status.wanted is not row.recording:
                order = Record(stream, row.recording, monitored=row.viewed and not row.recording)
                actions.append(Tell(new, order))
        return actions


def _goes_on(old: StreamStatus | None, new: StreamStatus | None) -> bool:
    """Whether what comes of a stream by one connection comes, and is written, by another.

    Args:
        old: What is known of the one; ``None``: nothing.
        new: The same of the other.
    """
    if old is None:
        return True
    if new is None:
        return False
    kinds = {kind for kind in old.ages if _is_fresh(old, kind)}
    if not all(_is_fresh(new, kind) for kind in kinds):
        return False
    if old.take is None or not old.wanted:
        return True
    written = {kind for kind in kinds if old.ages[kind].written is not None}
    has_all = all(new.ages[kind].written is not None for kind in written)
    return has_all and new.take is not None and new.take.seconds >= OVERLAP


def _is_fresh(status: StreamStatus, kind: Kind) -> bool:
    ages = status.ages.get(kind)
    return ages is not None and ages.media is not None and ages.media < FRESH

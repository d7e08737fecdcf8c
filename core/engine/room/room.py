"""The room's state machine: who is there, what is wanted, what is asked for. Pure.

Events in (methods), `Action`s out. ``now`` is monotonic seconds. The surroundings deliver
validated, decrypted messages only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ...config import EVERYBODY
from ...model import EndReason, EventType, Monitor
from .actions import Action, Goodbye, Note, Play
from .admission import Admission
from .asking import Asking
from .claims import Claim, Claims, of_page
from .conditions import Conditions
from .connections import Connections, arrive
from .entry import RETURN_DELAY, Entry
from .moves import Moves
from .offers import Offers
from .peers import Announcement, PeerState
from .plays import AGAIN
from .rows import MAX_STREAMS, Rows
from .rules import Rules
from .states import Phase
from .suspicion import Suspicion

_SUSPECT = "may have broken its worker; parted from the others"
_ELSEWHERE = "goes on for another engine"
_REMOVED = 8.0
"""Seconds after which a stream that the server took out of the room ends: a page whose websocket
was cut is back within 5 s (protocol.md §1.1), and media that goes on must not suffer."""
_RECONNECT_DELAY = 1.0
_PARTED = (EndReason.BYE, EndReason.VANISHED, EndReason.MOVED)
"""Why a connection ends with its publisher, who may be back already."""
BY_HAND = (EndReason.STOPPED, EndReason.EXCLUDED)
"""Why a connection ends though nobody left."""
_LOST = (EndReason.WORKER_LOST, EndReason.SHUTDOWN)
"""Why a connection ends though its publisher is there; a worker that somebody else told to
leave says `SHUTDOWN`."""


class Room:
    """Everything that is known of one room, or of some streams outside rooms.

    Args:
        rules: What is recorded.
        name_peer: Returns a name for a new connection.
        most: How many streams there may be.
    """

    def __init__(self, rules: Rules, name_peer: Callable[[], str], most: int = MAX_STREAMS) -> None:
        self.conditions = Conditions()
        self.rules = rules
        self._rows = Rows(rules, most)
        self.entries, self.peers = self._rows.entries, self._rows.peers
        self.is_connected = self._rows.is_connected
        self._claims = Claims()
        self._suspicion = Suspicion()
        admission = Admission()
        self.asking = Asking(self._rows, self._claims, self.conditions, self._suspicion)
        self.connections = Connections(
            self._rows, self.conditions, admission, self.asking, self._suspicion, name_peer
        )
        self.moves = Moves(self._rows, self.conditions, self.connections)
        self.offers = Offers(self._rows, self._claims, self.conditions, admission, self.connections)

    def recorded(self) -> tuple[str, ...]:
        """Return what is recorded as somebody asked for it; as in `RecordConfig`."""
        if self.rules.monitor is Monitor.OFF:
            return ()
        names = [name for name, entry in self.entries.items() if entry.recording]
        return (EVERYBODY, *names) if self.rules.newcomers else tuple(names)

    def resume(self, here: Collection[str]) -> None:
        """Go on with streams of which another engine told that they are there."""
        self._rows.told = {stream for stream in here if stream not in self.entries}

    # ── the handshake server ─────────────────────────────────────────────────────────────

    def expect(self, stream: str, raw_id: str) -> None:
        """Ask for a stream by its id, outside rooms, for as long as this lasts."""
        entry = self._rows.put(stream, stream, raw_id)
        if entry is not None:
            entry.expect()

    def joined(self, now: float, announces: bool = False) -> list[Action]:
        """Take note that the websocket is in the room (again), or open outside rooms."""
        self.conditions.joined_at, self.conditions.announces = now, announces
        if any(entry.expected for entry in self.entries.values()):
            return self.asking.ask_all(now)
        for entry in self.entries.values():
            entry.rejoin(announces, now)
        return []

    def disconnected(self) -> list[Action]:
        """Take note that the websocket is gone; connections do not notice."""
        self.conditions.joined_at = None
        return []

    def listed(self, members: Sequence[Announcement], now: float) -> list[Action]:
        """Compare a listing with what is alive (protocol.md §8)."""
        actions: list[Action] = []
        here = {said.stream for said in members}
        self._claims.clear()
        for entry in self.entries.values():
            if entry.id not in here and not entry.parent and entry.phase is not Phase.LIVE:
                actions += self._leave(entry)
        for said in members:
            actions += self.announced(said, now)
        # They were only listed, and left while there was no engine.
        gone, self._rows.told = sorted(self._rows.told), set()
        text = "left the room while there was no engine"
        return actions + [Note(EventType.STREAM_LEAVE, text, stream) for stream in gone]

    def announced(self, said: Announcement, now: float) -> list[Action]:
        """A member began to publish, or was found publishing.

        Under an id that has a connection it is the same guest under a new address, or with a new
        page, or somebody else. Whether the connection is alive is found out; while it is, it goes
        on, and who announced the id gets a row beside it as soon as it offers.
        """
        claim = self._claims.make(said, now)
        rows = self._rows.of(said.stream)
        for one in rows:
            one.remain()
        entry = self._rows.own(said.uuid, rows) or self._rows.free(said)
        entry = entry or next((one for one in rows if one.stale and not one.parent), None)
        if entry is None:
            return self._announced_beside(claim, rows, now)
        known = entry.uuid == said.uuid and entry.present
        entry.announce(said, now)
        actions = arrive(self._rows, entry)
        if entry.peer:
            return actions + self.connections.doubt(entry, now)
        waiting = entry.phase is Phase.ASKED and entry.plays.due_at is not None
        if not (known and waiting and now - entry.plays.last_at < AGAIN):
            actions += self.asking.hurry(entry, now)
        return actions

    def _announced_beside(self, claim: Claim, rows: Sequence[Entry], now: float) -> list[Action]:
        """All rows of an id have connections of other addresses."""
        if not rows:
            return self.offers.refuse(claim.said, now)
        actions: list[Action] = []
        for entry in rows:
            actions += self.connections.doubt(entry, now)
        wanted = all(entry.viewed or not entry.by_hand for entry in rows)
        announces = self.conditions.announces
        # A routed server passes it on to who announced the id last, be that who is recorded.
        publishers = [self.peers[one.peer] for one in rows if one.peer and one.announced]
        harmless = not announces or all(of_page(one.session) for one in publishers)
        if not (wanted and self.conditions.can_ask(rows[0].recording) and harmless):
            return actions
        if not announces or rows[0].plays.hurry(now):
            claim.asked_at = now
            # Who is recorded need not hear of it.
            actions.append(Play(claim.said.raw_id, "" if announces else claim.said.uuid))
        return actions

    def left(self, uuid: str) -> list[Action]:
        """The server says that a member is gone. Its media, if it still flows, decides."""
        self._claims.drop(uuid)
        actions: list[Action] = []
        for entry in self.entries.values():
            if entry.uuid == uuid and not entry.parent:
                actions += self._leave(entry)
        return actions

    def moved(self, uuid: str) -> list[Action]:
        """A member went to another room; what it still sends does not belong into this one."""
        self._claims.drop(uuid)
        actions: list[Action] = []
        for entry in list(self.entries.values()):
            peer = self.peers.get(entry.peer)
            if entry.parent or uuid not in (entry.uuid, peer and peer.uuid):
                continue
            if peer is None:
                actions += self._leave(entry)
            elif peer.uuid == uuid and not peer.closing:
                actions.append(self.connections.close(peer.name, EndReason.MOVED))
                entry.depart()
        return actions

    def removed(self, uuid: str, stream: str, now: float) -> list[Action]:
        """The server says that a stream is not in the room any more."""
        for entry in self._rows.of(stream):
            peer = self.peers.get(entry.peer)
            if entry.parent or uuid != (peer.uuid if peer else entry.uuid):
                continue
            if peer is None:
                return self._leave(entry)
            entry.remove(now)
        return []

    # ── the workers ──────────────────────────────────────────────────────────────────────

    def alive(self, peer: str, now: float) -> list[Action]:
        """A publisher that was doubted gave a sign of life."""
        found = self.peers.get(peer)
        if found is not None:
            found.lives(now)
        return self.offers.settle(now)

    def closed(self, peer: str, reason: EndReason, text: str, now: float) -> list[Action]:
        """A connection is over, or never came up."""
        actions = self.moves.closed(peer, now)
        gone = self._rows.disconnect(peer)
        if gone is not None and reason in BY_HAND:
            actions += self._farewell(gone)
        for entry in [entry for entry in self.entries.values() if entry.peer == peer]:
            entry.close()
            if entry.parent:
                entry.depart()
                continue
            if reason not in BY_HAND:
                entry.part()
                actions.append(Note(EventType.STREAM_LEAVE, text or reason.value, entry.stream))
            back = self._return(entry, gone, reason, now) if gone and reason in _PARTED else None
            actions += self._after_close(entry, reason, now) if back is None else back
        return actions + self.offers.settle(now)

    def _heir(self, entry: Entry, gone: PeerState) -> Claim | None:
        """Return who announced the id of a row last and has no connection yet."""
        claims = self._claims.of(entry.id) if entry.announced else []
        others = (claim for claim in claims if claim.said.uuid != gone.uuid)
        return next((one for one in others if not self.is_connected(one.said.uuid)), None)

    def _return(
        self, entry: Entry, gone: PeerState, reason: EndReason, now: float
    ) -> list[Action] | None:
        """Let who announced the id of a row meanwhile have it; ``None`` where nobody did."""
        heir = self._heir(entry, gone)
        if heir is not None:
            entry.inherit(heir.said, heir.at, now)
            offer, heir.offer = heir.offer, None
            if offer is not None:
                return self.connections.accept(entry, offer, now)
            if entry.viewed and now - heir.asked_at < AGAIN:
                # Another request would make a page begin anew (protocol.md §4.6).
                entry.count_asked(heir.asked_at)
                return []
        return self.asking.want(entry, now) if entry.returned(gone, reason, now) else None

    def worker_lost(self, peers: Sequence[str], now: float, broke: bool = True) -> list[Action]:
        """A worker died; its streams are asked for again.

        Args:
            peers: The connections that it held.
            now: When.
            broke: By itself, so that one of its streams may be the reason.
        """
        actions: list[Action] = []
        if broke:
            entries = [entry for name in peers if (entry := self._rows.carried_by(name))]
            live = (one.live_at if one.phase is Phase.LIVE else now for one in entries)
            ages = {one.stream: now - at for one, at in zip(entries, live, strict=True)}
            for stream in self._suspicion.died(ages, now):
                wait = self._suspicion.wait(stream)
                text = f"{_SUSPECT}; asked for again in {wait:.0f} s" if wait else _SUSPECT
                actions.append(Note.warning(text, stream))
        for name in peers:
            actions += self.closed(name, EndReason.WORKER_LOST, "its worker died", now)
        return actions

    def handed_over(self, peers: Sequence[str]) -> list[Action]:
        """Another engine has the worker of these connections: they go on there.

        Their publishers are told nothing: it is the same connection that they would end.
        """
        actions: list[Action] = []
        for name in peers:
            self._rows.disconnect(name)
            for entry in [entry for entry in self.entries.values() if entry.peer == name]:
                entry.close()
                entry.plays.ask_at(None)
                actions.append(Note(EventType.STREAM_LEAVE, _ELSEWHERE, entry.stream))
        return actions

    # ── time ─────────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> list[Action]:
        """Ask again what was not answered. About once a second."""
        self.connections.stop_doubting(now)
        actions = self.offers.settle(now)
        for entry in self.entries.values():
            joined = self.conditions.joined_at is not None
            if entry.plays.is_due(now) and joined:
                actions += self.asking.again(entry, now)
            elif entry.doubtful(now):
                entry.doubt(now)
                actions += self.connections.doubt(entry, now)
            peer = self.peers.get(entry.peer)
            removed = entry.removed_at is not None and now - entry.removed_at > _REMOVED
            if removed and peer is not None and not peer.closing:
                entry.depart()
                actions.append(self.connections.close(peer.name, EndReason.MOVED))
        return actions

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _leave(self, entry: Entry) -> list[Action]:
        if not entry.present or (entry.parent and entry.peer):
            return []
        entry.leave()
        return [] if entry.peer else [Note(EventType.STREAM_LEAVE, "left the room", entry.stream)]

    def _farewell(self, gone: PeerState) -> list[Action]:
        """Tell a publisher by the server, too, that we left.

        Where it did not hear that on its data channel, or not yet, it would take the next request
        for one more of a viewer that it has (protocol.md §4.6).
        """
        return [] if self.is_connected(gone.uuid) else [Goodbye(gone.uuid)]

    def _after_close(self, entry: Entry, reason: EndReason, now: float) -> list[Action]:
        entry.plays.ask_at(None)
        vanished = entry.expected and reason is EndReason.VANISHED
        if reason is EndReason.BYE or vanished or not entry.announced:
            entry.depart()
        if not entry.viewed or not (entry.present or entry.expected):
            return []
        if reason is EndReason.BYE:
            entry.plays.begin_anew()
            entry.plays.ask_at(now + RETURN_DELAY)
            return []
        if reason in _LOST:
            return [Goodbye(entry.uuid), *self.asking.after_loss(entry, now)]
        if reason is EndReason.VANISHED:
            delay = entry.plays.delay(entry.expected)
            entry.plays.ask_at(delay and max(now + _RECONNECT_DELAY, entry.plays.last_at + delay))
        else:
            # Somebody changed their mind while it was being closed.
            entry.plays.begin_anew()
            entry.plays.ask_at(now + _RECONNECT_DELAY)
        return [Goodbye(entry.uuid)] if reason not in BY_HAND else []

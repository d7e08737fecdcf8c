"""The connections of a room: opened for rows, adopted, doubted and closed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ...ipc.worker_messages import (
    Candidates,
    Close,
    Found,
    Hello,
    Offer,
    PeerInfo,
    Probe,
    Record,
    StreamStatus,
)
from ...model import EndReason, EventLevel, EventType, Monitor
from .actions import Action, Note, Open, Tell
from .admission import MAX_OF_ONE, Admission, superfluous
from .asking import Asking
from .conditions import Conditions
from .early_candidates import EarlyCandidates
from .entry import Entry
from .peers import PeerState
from .rows import Rows
from .suspicion import Suspicion

TOO_MANY_OF_ONE = f"one guest sends more than {MAX_OF_ONE} streams; the others are not recorded"
_TOO_MANY_CONNECTING = (
    "very many connections are offered that do not come up; the oldest of them are given up"
)
BESIDE = 20.0
"""Seconds from a request for another connection in which an offer is taken for its answer."""
_SURE = 2.0
"""Seconds for which a sign of life is enough."""
_DOUBT = 4.0
"""Seconds after which a worker has to have said whether a publisher is there."""


def arrive(rows: Rows, entry: Entry) -> list[Action]:
    """A stream is there; say so where it was not, and nobody did."""
    if not entry.arrive():
        return []
    if entry.stream in rows.told:
        rows.told.remove(entry.stream)
        return []
    level = EventLevel.WARNING if entry.why else EventLevel.INFO
    text = entry.why or ("is there" if entry.expected else "is in the room")
    return [Note(EventType.STREAM_JOIN, text, entry.stream, level)]


class Connections:
    """Knows which connection carries which stream.

    Args:
        rows: All streams and connections.
        conditions: Whether anything can be written.
        admission: How many connections there may be.
        asking: Says why a stream has none.
        suspicion: Who shares a worker with whom.
        name_peer: Returns a new name for a connection.
    """

    def __init__(
        self,
        rows: Rows,
        conditions: Conditions,
        admission: Admission,
        asking: Asking,
        suspicion: Suspicion,
        name_peer: Callable[[], str],
    ) -> None:
        self._rows = rows
        self._conditions = conditions
        self._admission = admission
        self._asking = asking
        self._suspicion = suspicion
        self._name_peer = name_peer
        self._early = EarlyCandidates()

    # ── beginning ────────────────────────────────────────────────────────────────────────

    def accept(self, entry: Entry, offer: Offer, now: float) -> list[Action]:
        """Open a connection in a row, in the place of another one of the same publisher."""
        current = self._rows.peers.get(entry.peer)
        if current is None:
            entry.own()
        actions = arrive(self._rows, entry)
        entry.move(offer.uuid)
        if not entry.viewed or (entry.recording and self._conditions.unwritable):
            self._asking.say_unwritable(entry)
            return actions
        beside = current is not None and self._goes_beside(entry, current, now)
        if current is not None and not beside:
            actions += self._end_all(entry, EndReason.REPLACED)
        elif entry.succession.peer in self._rows.peers:
            actions.append(self.close(entry.succession.peer, EndReason.REPLACED))
        other, place = superfluous(self._rows.peers.values(), offer.uuid)
        if not place:
            return [*actions, *self._admission.warn(TOO_MANY_OF_ONE, now)]
        if other is not None:
            actions.append(self.close(other.name, EndReason.VANISHED))
            actions += self._admission.warn(_TOO_MANY_CONNECTING, now)
        return actions + self._open(entry, offer, now, beside)

    def renegotiate(self, offer: Offer, now: float) -> list[Action] | None:
        """Pass on an offer to the connection that it is for; ``None`` where it is for none."""
        if not self._rows.is_connected(offer.uuid):
            return None
        for peer in reversed(self._rows.peers.values()):
            if peer.uuid == offer.uuid and peer.session == offer.session:
                entry = self._rows.carried_by(peer.name)
                if offer.session is None and entry and self._goes_beside(entry, peer, now):
                    # It names no session: that it was asked for is all there is to go by.
                    return None
                return [] if peer.closing else [Tell(peer.name, self._addressed(offer, peer))]
        return None

    def candidates(
        self, uuid: str, session: str | None, found: tuple[dict[str, Any], ...], now: float
    ) -> list[Action]:
        """A publisher's ICE candidates; those that come before their offer wait."""
        for peer in reversed(self._rows.peers.values()):
            if peer.uuid == uuid and session in (None, peer.session):
                return [Tell(peer.name, Candidates(peer.name, found))]
        self._early.keep(uuid, session, found, now)
        return []

    def connected(self, peer: str, now: float) -> list[Action]:
        """ICE and DTLS are done; ``now`` is when."""
        found = self._rows.peers.get(peer)
        entry = self._rows.carried_by(peer)
        if found is not None and entry is None and self._rows.carried_on_by(peer):
            found.connected = True
        if found is None or entry is None:
            return []
        found.connected = True
        entry.connect(now)
        return [Note(EventType.STREAM_CONNECT, "connected", entry.stream)]

    def adopt(self, hello: Hello, now: float) -> list[Action]:
        """Take over the connections of a worker that outlived its engine."""
        actions: list[Action] = []
        written = {status.stream for status in hello.streams if status.wanted}
        for info in hello.peers:
            entry = self._rows.put(info.stream, info.claims or info.stream, info.raw_id)
            if entry is None:
                continue
            self._rows.connect(
                PeerState(info.peer, info.stream, info.uuid, info.session, info.connected)
            )
            if entry.peer and entry.peer != info.peer:
                # The engine before this one was about to have one follow the other.
                entry.succession.offer(info.peer, now)
                continue
            entry.adopt(info)
            text = "is still being recorded" if info.stream in written else "is still connected"
            actions.append(Note(EventType.STREAM_ADOPT, text, info.stream))
        for status in hello.streams:
            if self._rows.carried_on_by(status.peer):
                continue
            entry = self._rows.entries.get(status.stream)
            entry = entry or self._carry_screen(status.peer, status.stream)
            if entry is not None:
                actions += self._adopt_stream(entry, status, now)
        return actions

    def take_back(self, hello: Hello, now: float) -> tuple[bool, list[Action]]:
        """Have connections again that nobody follows; end those that others do.

        Returns:
            Whether there is any of the former, and what follows.
        """
        kept = {info.peer for info in hello.peers if self._is_missed(info)}
        mine = msgspec.structs.replace(
            hello,
            peers=tuple(info for info in hello.peers if info.peer in kept),
            streams=tuple(status for status in hello.streams if status.peer in kept),
        )
        ends = (info.peer for info in hello.peers if info.peer not in kept)
        closes = [Tell(peer, Close(peer, EndReason.RELOCATED)) for peer in ends]
        return bool(kept), [*self.adopt(mine, now), *closes]

    def _is_missed(self, info: PeerInfo) -> bool:
        entry = self._rows.entries.get(info.stream)
        return entry is not None and entry.viewed and not entry.peer

    def _adopt_stream(self, entry: Entry, status: StreamStatus, now: float) -> list[Action]:
        """Go on with a stream as it is, unless only another engine wanted to look before."""
        entry.adopt_status(status, now)
        if not status.monitored or self._rows.rules.monitor is not Monitor.OFF:
            return []
        entry.start()
        return [Tell(status.peer, Record(status.stream, True))]

    def found_screen(self, found: Found) -> list[Action]:
        """A screen share appeared in a connection."""
        peer, stream = found.peer, found.stream
        if self._rows.carried_on_by(peer):
            return self._record_beside(peer, stream)
        entry = self._carry_screen(peer, stream)
        if entry is None:
            text = (
                "a screen share is not recorded: another stream has its name, or there are too many"
            )
            known = peer in self._rows.peers
            return [Note.warning(text, stream)] if known else []
        actions: list[Action] = [Note(EventType.STREAM_JOIN, "shares a screen", stream)]
        unwritable = self._conditions.unwritable
        if entry.recording:
            if not unwritable:
                actions.append(Tell(peer, Record(stream, True)))
            entry.failures.block(unwritable)
        elif entry.viewed:
            actions.append(Tell(peer, Record(stream, False, monitored=True)))
        return actions

    def _record_beside(self, peer: str, stream: str) -> list[Action]:
        """Have a connection that follows another one record the screen, too, as that does."""
        entry = self._rows.entries.get(stream)
        if entry is None or not entry.viewed:
            return []
        return [Tell(peer, Record(stream, entry.recording, monitored=not entry.recording))]

    # ── doubt ────────────────────────────────────────────────────────────────────────────

    def doubt(self, entry: Entry, now: float) -> list[Action]:
        """Find out whether the publisher of a row is still there."""
        peer = self._rows.peers.get(entry.peer)
        if peer is None or not peer.connected or peer.closing or peer.doubted_at is not None:
            return []
        if now - peer.alive_at < _SURE:
            return []
        peer.doubt(now)
        return [Tell(peer.name, Probe(peer.name))]

    def is_doubted(self, entry: Entry) -> bool:
        """Whether that is being found out."""
        peer = self._rows.peers.get(entry.peer)
        return peer is not None and peer.doubted_at is not None

    def stop_doubting(self, now: float) -> None:
        """Doubt nobody any more whose worker does not say: nobody is to wait for one that hangs."""
        for peer in self._rows.peers.values():
            if peer.doubted_at is not None and now - peer.doubted_at > _DOUBT:
                peer.lives(now)

    # ── the end ──────────────────────────────────────────────────────────────────────────

    def close(self, peer: str, reason: EndReason) -> Action:
        """Have a connection ended by its worker."""
        self._rows.peers[peer].closing = True
        return Tell(peer, Close(peer, reason))

    def is_up(self, entry: Entry) -> bool:
        """Whether the connection of a row is, and nobody has ended it."""
        peer = self._rows.peers.get(entry.peer)
        return peer is not None and peer.connected and not peer.closing

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _goes_beside(self, entry: Entry, current: PeerState, now: float) -> bool:
        """Whether an offer is of another connection that we asked for, and not in place of one."""
        asked = max(entry.succession.at, self._conditions.rejoined_at)
        return now - asked < BESIDE and current.connected and not current.closing

    def _end_all(self, entry: Entry, reason: EndReason) -> list[Action]:
        names = [name for name in (entry.peer, entry.succession.peer) if name in self._rows.peers]
        return [self.close(name, reason) for name in names]

    def _open(self, entry: Entry, offer: Offer, now: float, beside: bool) -> list[Action]:
        name = self._name_peer()
        peer = PeerState(name, entry.stream, offer.uuid, offer.session)
        self._rows.connect(peer)
        if beside:
            entry.succession.offer(name, now)
        else:
            entry.succession.lose()
            entry.offer(name, offer.uuid)
        group = self._suspicion.group(entry.stream, now)
        early = self._early.pop(offer.uuid, offer.session, now)
        return [
            Open(self._addressed(offer, peer), group, entry.names),
            *(Tell(name, Candidates(name, candidates)) for candidates in early),
        ]

    def _addressed(self, offer: Offer, peer: PeerState) -> Offer:
        entry = self._rows.entries[peer.stream]
        return msgspec.structs.replace(
            offer,
            peer=peer.name,
            stream=entry.stream,
            raw_id=entry.raw_id,
            claims=entry.claims,
            wanted=entry.recording,
        )

    def _carry_screen(self, peer: str, stream: str) -> Entry | None:
        owner = self._rows.peers.get(peer)
        parent = self._rows.entries.get(owner.stream) if owner else None
        if parent is None:
            return None
        entry = self._rows.put(stream, stream, parent.raw_id)
        if entry is not None and entry.parent != parent.stream and (entry.present or entry.peer):
            return None
        if entry is not None:
            entry.carry(parent, peer)
        return entry

"""The room's state machine: who is there, what is wanted, what is asked for. Pure.

Events in (methods), `Action`s out. ``now`` is monotonic seconds. The surroundings deliver
validated, decrypted messages only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..model import EndReason
from ..worker.link import Candidates, Close, Hello, Offer
from .actions import Action, Goodbye, Note, Open, Play, Tell
from .entry import Entry, Phase
from .rules import Rules

MAX_STREAMS = 500
EMPTY_AFTER = 20.0
"""Seconds after which a room in which nobody sends is worth a word."""
_EARLY_CANDIDATES = 100
_EARLY_SECONDS = 15.0
_FRESH_MEDIA = 5.0
_RECONNECT_DELAY = 1.0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the room who publishes."""

    uuid: str
    raw_id: str
    stream: str
    """The id without its suffix."""


@dataclass(slots=True)
class Peer:
    """A connection that a worker holds."""

    name: str
    stream: str
    uuid: str
    session: str | None
    connected: bool = False


@dataclass(frozen=True, slots=True)
class _Early:
    uuid: str
    session: str | None
    candidates: tuple[dict[str, Any], ...]
    time: float


class Room:
    """Everything that is known of one room."""

    def __init__(self, rules: Rules, name_peer: Callable[[], str]) -> None:
        self.entries: dict[str, Entry] = {}
        self.peers: dict[str, Peer] = {}
        self.joined_at: float | None = None
        self.disk_full = False
        self._rules = rules
        self._name_peer = name_peer
        self._early: list[_Early] = []
        self._warned_empty = False

    # ── the handshake server ─────────────────────────────────────────────────────────────

    def joined(self, now: float) -> list[Action]:
        """Take note that the websocket is in the room (again)."""
        self.joined_at, self._warned_empty = now, False
        return []

    def link_lost(self) -> list[Action]:
        """Take note that the websocket is gone; connections do not notice."""
        self.joined_at = None
        return []

    def listed(self, members: Sequence[Member], now: float) -> list[Action]:
        """Compare a listing with what is alive (protocol.md §8)."""
        actions: list[Action] = []
        here = {member.stream for member in members}
        for entry in self.entries.values():
            if entry.stream not in here and not entry.parent and entry.phase is not Phase.LIVE:
                actions += self._gone(entry)
        for member in members:
            actions += self.announced(member, now)
        return actions

    def announced(self, member: Member, now: float) -> list[Action]:
        """A member began to publish, or was found publishing."""
        entry = self.entries.get(member.stream)
        actions: list[Action] = []
        if entry is None or not entry.present:
            if entry is None:
                entry = self._add(member.stream, member.raw_id)
            if entry is None:
                return []
            entry.present = True
            actions.append(Note("stream.join", "is in the room", entry.stream))
        entry.uuid, entry.raw_id = member.uuid, member.raw_id
        if entry.phase is Phase.IDLE or (entry.phase is Phase.ASKED and entry.play_at is None):
            entry.plays = 0
            actions += self._play(entry, now)
        return actions

    def left(self, uuid: str) -> list[Action]:
        """The server says that a member is gone. Its media, if it still flows, decides."""
        actions: list[Action] = []
        for entry in self.entries.values():
            if entry.uuid == uuid and not entry.parent:
                actions += self._gone(entry)
        return actions

    def removed(self, stream: str) -> list[Action]:
        """The server says that a stream ended."""
        entry = self.entries.get(stream)
        return self._gone(entry) if entry else []

    def offered(
        self,
        member: Member | None,
        uuid: str,
        session: str | None,
        sdp: str,
        screen: tuple[int, ...],
        encrypted: bool,
        now: float,
    ) -> list[Action]:
        """A publisher offers a connection, or renegotiates one, through the server."""
        entry = self._entry_for_offer(member, uuid)
        if entry is None or not entry.recording or self.disk_full:
            return []
        current = self.peers.get(entry.peer)
        offer = Offer(
            peer=entry.peer,
            stream=entry.stream,
            raw_id=entry.raw_id,
            uuid=uuid,
            session=session,
            sdp=sdp,
            screen=screen,
            encrypted=encrypted,
        )
        if current and current.uuid == uuid and current.session == session:
            return [Tell(current.name, offer)]
        actions: list[Action] = []
        if current:
            if current.uuid != uuid and self._media_is_fresh(entry):
                return [self._stranger(entry)]
            actions.append(Tell(current.name, Close(current.name, EndReason.REPLACED)))
        return actions + self._open(entry, offer, now)

    def candidates(
        self, uuid: str, session: str | None, found: tuple[dict[str, Any], ...], now: float
    ) -> list[Action]:
        """A publisher's ICE candidates; those that come before their offer wait."""
        for peer in reversed(self.peers.values()):
            if peer.uuid == uuid and session in (None, peer.session):
                return [Tell(peer.name, Candidates(peer.name, found))]
        self._early = [early for early in self._early if now - early.time < _EARLY_SECONDS]
        if len(self._early) < _EARLY_CANDIDATES:
            self._early.append(_Early(uuid, session, found, now))
        return []

    # ── the workers ──────────────────────────────────────────────────────────────────────

    def adopt(self, hello: Hello) -> list[Action]:
        """Take over the connections of a worker that outlived its engine."""
        actions: list[Action] = []
        for info in hello.peers:
            entry = self._add(info.stream, info.raw_id)
            if entry is None:
                continue
            self.peers[info.peer] = Peer(
                info.peer, info.stream, info.uuid, info.session, info.connected
            )
            entry.uuid, entry.peer, entry.label = info.uuid, info.peer, info.label
            entry.phase = Phase.LIVE if info.connected else Phase.CONNECTING
            actions.append(Note("stream.adopt", "is still being recorded", info.stream))
        for status in hello.streams:
            entry = self.entries.get(status.stream) or self._adopt_screen(
                status.peer, status.stream
            )
            if entry is not None:
                entry.status, entry.recording = status, status.wanted
                entry.takes += status.take is not None
        return actions

    def connected(self, peer: str) -> list[Action]:
        """ICE and DTLS are done."""
        found = self.peers.get(peer)
        entry = self._entry_of(peer)
        if found is None or entry is None:
            return []
        found.connected = True
        entry.phase, entry.plays, entry.play_at = Phase.LIVE, 0, None
        return [Note("stream.connect", "connected", entry.stream)]

    def closed(self, peer: str, reason: EndReason, text: str, now: float) -> list[Action]:
        """A connection is over, or never came up."""
        self.peers.pop(peer, None)
        actions: list[Action] = []
        for entry in [entry for entry in self.entries.values() if entry.peer == peer]:
            entry.peer, entry.phase, entry.status, entry.saving = "", Phase.IDLE, None, False
            if entry.parent:
                entry.present = False
                continue
            actions.append(Note("stream.leave", text or reason.value, entry.stream))
            actions += self._after_close(entry, reason, now)
        return actions

    def worker_lost(self, peers: Sequence[str], now: float) -> list[Action]:
        """A worker died; its streams are asked for again."""
        actions: list[Action] = []
        for name in peers:
            actions += self.closed(name, EndReason.WORKER_LOST, "its worker died", now)
        return actions

    # ── time ─────────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> list[Action]:
        """Ask again what was not answered; say so when nobody is here. About once a second."""
        actions: list[Action] = []
        for entry in self.entries.values():
            if entry.play_at is not None and now >= entry.play_at and self.joined_at is not None:
                actions += self._play_again(entry, now)
        return actions + self._empty_room(now)

    def want(self, entry: Entry, now: float) -> list[Action]:
        """Get media for an entry that is to be recorded and has no connection."""
        entry.plays = 0
        return self._play(entry, now)

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _add(self, stream: str, raw_id: str) -> Entry | None:
        if stream in self.entries:
            return self.entries[stream]
        if len(self.entries) >= MAX_STREAMS:
            return None
        refusal = self._rules.refusal(stream)
        entry = Entry(
            stream, raw_id, recording=not refusal, refusal=refusal, excluded=bool(refusal)
        )
        self.entries[stream] = entry
        return entry

    def found_screen(self, peer: str, stream: str) -> tuple[Entry | None, list[Action]]:
        """A second stream appeared in a connection."""
        entry = self._adopt_screen(peer, stream)
        if entry is None:
            return None, []
        return entry, [Note("stream.join", "shares a screen", stream)]

    def _adopt_screen(self, peer: str, stream: str) -> Entry | None:
        owner = self.peers.get(peer)
        parent = self.entries.get(owner.stream) if owner else None
        if parent is None:
            return None
        entry = self._add(stream, parent.raw_id)
        if entry is not None:
            entry.parent, entry.peer, entry.uuid = parent.stream, peer, parent.uuid
            entry.phase, entry.present, entry.label = Phase.LIVE, True, parent.label
        return entry

    def _gone(self, entry: Entry) -> list[Action]:
        if not entry.present:
            return []
        entry.present = False
        if entry.phase is Phase.ASKED:
            entry.phase, entry.play_at = Phase.IDLE, None
        return [] if entry.peer else [Note("stream.leave", "left the room", entry.stream)]

    def _play(self, entry: Entry, now: float) -> list[Action]:
        if not (entry.recording and entry.present) or entry.parent or entry.peer:
            return []
        if self.joined_at is None or self.disk_full:
            entry.play_at = now
            return []
        entry.plays += 1
        entry.phase, entry.played_at = Phase.ASKED, now
        delay = entry.replay_delay()
        entry.play_at = None if delay is None else now + delay
        return [Play(entry.raw_id)]

    def _play_again(self, entry: Entry, now: float) -> list[Action]:
        if entry.phase not in (Phase.ASKED, Phase.IDLE):
            entry.play_at = None
            return []
        actions: list[Action] = []
        if entry.plays:
            text = "does not answer; asking again"
            actions.append(Note("warning", text, entry.stream, "warning"))
        return actions + self._play(entry, now)

    def _after_close(self, entry: Entry, reason: EndReason, now: float) -> list[Action]:
        entry.play_at = None
        if reason is EndReason.BYE:
            entry.present = False
        if not entry.recording or reason not in (EndReason.VANISHED, EndReason.WORKER_LOST):
            return []
        if reason is EndReason.WORKER_LOST:
            entry.plays = 0
            entry.play_at = now + _RECONNECT_DELAY
        else:
            delay = entry.replay_delay()
            entry.play_at = delay and max(now + _RECONNECT_DELAY, entry.played_at + delay)
        return [Goodbye(entry.uuid)]

    def _open(self, entry: Entry, offer: Offer, now: float) -> list[Action]:
        name = self._name_peer()
        self.peers[name] = Peer(name, entry.stream, offer.uuid, offer.session)
        entry.peer, entry.phase, entry.uuid = name, Phase.CONNECTING, offer.uuid
        entry.present, entry.play_at = True, None
        actions: list[Action] = [Open(msgspec.structs.replace(offer, peer=name))]
        waiting = [early for early in self._early if early.uuid == offer.uuid]
        self._early = [early for early in self._early if early.uuid != offer.uuid]
        for early in waiting:
            if now - early.time < _EARLY_SECONDS and early.session in (None, offer.session):
                actions.append(Tell(name, Candidates(name, early.candidates)))
        return actions

    def _entry_for_offer(self, member: Member | None, uuid: str) -> Entry | None:
        if member is not None:
            entry = self._add(member.stream, member.raw_id)
            if entry is not None and not entry.uuid:
                entry.uuid = uuid
            return entry
        mine = (entry for entry in self.entries.values() if entry.uuid == uuid and not entry.parent)
        return next(mine, None)

    def _entry_of(self, peer: str) -> Entry | None:
        found = self.peers.get(peer)
        entry = self.entries.get(found.stream) if found else None
        return entry if entry and entry.peer == peer else None

    def _media_is_fresh(self, entry: Entry) -> bool:
        age = entry.status.media_age if entry.status else None
        return age is not None and age < _FRESH_MEDIA

    def _stranger(self, entry: Entry) -> Action:
        text = "somebody else offers a stream of this name; the one that is recorded goes on"
        return Note("warning", text, entry.stream, "warning")

    def _empty_room(self, now: float) -> list[Action]:
        if self._warned_empty or self.joined_at is None or now - self.joined_at < EMPTY_AFTER:
            return []
        self._warned_empty = True
        if any(entry.present for entry in self.entries.values()):
            return []
        text = (
            "nobody is sending in this room; a wrong password or salt looks just like this: "
            "it leads to another, empty room"
        )
        return [Note("warning", text, level="warning")]

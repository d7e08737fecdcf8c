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
from ..worker.link import Candidates, Close, Hello, Offer, Probe
from .actions import Action, Goodbye, Note, Open, Play, Tell
from .entry import RETURN_DELAY, Entry, Member, Peer, Phase
from .rules import Rules

MAX_STREAMS = 500
EMPTY_AFTER = 20.0
"""Seconds after which a room in which nobody sends is worth a word."""
EMPTY_AGAIN = 180.0
"""Seconds between two of those words."""
_EVERYBODY_LEFT = "nobody is sending in this room any more"
_NOT_ANY_MORE = "nobody publishes {} any more; asked for until somebody does"
_NOBODY_CAME = (
    "nobody is sending in this room; a wrong password or salt looks just like this: "
    "it leads to another, empty room"
)
_NOT_YET = (
    "nobody publishes {} yet; a wrong password or salt looks just like this: it makes other ids"
)
_EARLY_CANDIDATES = 250
_EARLY_OF_ONE = 25
_EARLY_SECONDS = 15.0
_FRESH_MEDIA = 5.0
_RECONNECT_DELAY = 1.0
_REJOIN_DELAY = 3.0
"""Seconds that a listing may take after we joined again."""
_BY_HAND = (EndReason.STOPPED, EndReason.EXCLUDED)
_LOST = (EndReason.WORKER_LOST, EndReason.SHUTDOWN)
"""Why a connection ends though its publisher is there; a worker that somebody else told to
leave says `SHUTDOWN`."""


@dataclass(frozen=True, slots=True)
class _Early:
    uuid: str
    session: str | None
    candidates: tuple[dict[str, Any], ...]
    time: float


class Room:
    """Everything that is known of one room, or of some streams outside rooms."""

    def __init__(self, rules: Rules, name_peer: Callable[[], str]) -> None:
        self.entries: dict[str, Entry] = {}
        self.peers: dict[str, Peer] = {}
        self.joined_at: float | None = None
        self.disk_full = False
        self._rules = rules
        self._name_peer = name_peer
        self._early: list[_Early] = []
        self._here_at = -1e9
        """When somebody was last known to be there."""
        self._said_empty_at = -1e9

    # ── the handshake server ─────────────────────────────────────────────────────────────

    def expect(self, stream: str, raw_id: str) -> None:
        """Ask for a stream by its id, outside rooms, for as long as this lasts."""
        entry = self._add(stream, raw_id)
        if entry is not None:
            entry.wanted = True

    def joined(self, now: float) -> list[Action]:
        """Take note that the websocket is in the room (again), or open outside rooms."""
        self.joined_at = now
        if any(entry.wanted for entry in self.entries.values()):
            return self._ask_all(now)
        for entry in self.entries.values():
            if entry.phase is Phase.ASKED:
                # Asked through a websocket that is gone: the offer would go to an old address.
                entry.phase, entry.plays, entry.play_at = Phase.IDLE, 0, now + _REJOIN_DELAY
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
        entry = self._add(member.stream, member.raw_id)
        if entry is None or (entry.parent and entry.peer):
            return []
        entry.parent = ""
        unheard = entry.wanted and not entry.present
        actions = self._arrive(entry)
        entry.uuid, entry.raw_id, entry.announced_at = member.uuid, member.raw_id, now
        asked = entry.phase is Phase.ASKED and entry.play_at is not None and not unheard
        if not asked and not entry.peer:
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
        if entry is None:
            return []
        current = self.peers.get(entry.peer)
        if current and entry.parent:
            return [self._stranger(entry)]
        entry.parent = ""
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
            return [] if current.closing else [Tell(current.name, offer)]
        actions = self._arrive(entry)
        entry.uuid = entry.uuid or uuid
        if not entry.recording or self.disk_full:
            return actions
        if current:
            if current.uuid != uuid and self._media_is_fresh(entry):
                return [self._stranger(entry)]
            actions.append(self.close(current.name, EndReason.REPLACED))
        return actions + self._open(entry, offer, now)

    def candidates(
        self, uuid: str, session: str | None, found: tuple[dict[str, Any], ...], now: float
    ) -> list[Action]:
        """A publisher's ICE candidates; those that come before their offer wait."""
        for peer in reversed(self.peers.values()):
            if peer.uuid == uuid and session in (None, peer.session):
                return [Tell(peer.name, Candidates(peer.name, found))]
        self._early = [early for early in self._early if now - early.time < _EARLY_SECONDS]
        mine = sum(early.uuid == uuid for early in self._early)
        if mine < _EARLY_OF_ONE and len(self._early) < _EARLY_CANDIDATES:
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
            entry.present, entry.parent = True, ""
            entry.phase = Phase.LIVE if info.connected else Phase.CONNECTING
            actions.append(Note("stream.adopt", "is still being recorded", info.stream))
        for status in hello.streams:
            entry = self.entries.get(status.stream) or self._adopt_screen(
                status.peer, status.stream
            )
            if entry is not None:
                entry.status, entry.recording = status, status.wanted
                entry.excluded = False
                entry.refusal = "" if status.wanted else "was stopped before this engine came"
                entry.takes += status.take is not None
        return actions

    def connected(self, peer: str, now: float) -> list[Action]:
        """ICE and DTLS are done; ``now`` is when."""
        found = self.peers.get(peer)
        entry = self._entry_of(peer)
        if found is None or entry is None:
            return []
        found.connected = True
        entry.phase, entry.plays, entry.play_at, entry.live_at = Phase.LIVE, 0, None, now
        return [Note("stream.connect", "connected", entry.stream)]

    def closed(self, peer: str, reason: EndReason, text: str, now: float) -> list[Action]:
        """A connection is over, or never came up."""
        gone = self.peers.pop(peer, None)
        actions: list[Action] = []
        for entry in [entry for entry in self.entries.values() if entry.peer == peer]:
            entry.peer, entry.phase, entry.status, entry.saving = "", Phase.IDLE, None, False
            if entry.parent:
                entry.present = False
                continue
            if reason not in _BY_HAND:
                actions.append(Note("stream.leave", text or reason.value, entry.stream))
            if reason is EndReason.BYE and gone and entry.returned(gone, now):
                actions += self.want(entry, now)
            else:
                actions += self._after_close(entry, reason, now)
        return actions

    def worker_lost(self, peers: Sequence[str], now: float) -> list[Action]:
        """A worker died; its streams are asked for again."""
        actions: list[Action] = []
        for name in peers:
            actions += self.closed(name, EndReason.WORKER_LOST, "its worker died", now)
        return actions

    def close(self, peer: str, reason: EndReason) -> Action:
        """Have a connection ended by its worker."""
        self.peers[peer].closing = True
        return Tell(peer, Close(peer, reason))

    # ── time ─────────────────────────────────────────────────────────────────────────────

    def tick(self, now: float) -> list[Action]:
        """Ask again what was not answered; say so when nobody is here. About once a second."""
        actions: list[Action] = []
        for entry in self.entries.values():
            if entry.play_at is not None and now >= entry.play_at and self.joined_at is not None:
                actions += self._play_again(entry, now)
            elif entry.doubtful(now):
                entry.doubted_at = now
                actions.append(Tell(entry.peer, Probe(entry.peer)))
        return actions + self._empty_room(now)

    def want(self, entry: Entry, now: float) -> list[Action]:
        """Get media for an entry that is to be recorded and has no connection."""
        entry.plays = 0
        return self._play(entry, now)

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _add(self, stream: str, raw_id: str) -> Entry | None:
        if stream in self.entries:
            return self.entries[stream]
        if len(self.entries) >= MAX_STREAMS and not self._forget_one():
            return None
        refusal = self._rules.refusal(stream)
        entry = Entry(
            stream, raw_id, recording=not refusal, refusal=refusal, excluded=bool(refusal)
        )
        self.entries[stream] = entry
        return entry

    def _forget_one(self) -> bool:
        gone = next((entry for entry in self.entries.values() if entry.forgettable), None)
        if gone is None:
            return False
        del self.entries[gone.stream]
        return True

    def _arrive(self, entry: Entry) -> list[Action]:
        if entry.present:
            return []
        entry.present = True
        text = "is there" if entry.wanted else "is in the room"
        return [Note("stream.join", text, entry.stream)]

    def found_screen(self, peer: str, stream: str) -> tuple[Entry | None, list[Action]]:
        """A second stream appeared in a connection."""
        entry = self._adopt_screen(peer, stream)
        if entry is not None:
            return entry, [Note("stream.join", "shares a screen", stream)]
        if peer not in self.peers:
            return None, []
        text = "a screen share is not recorded: another stream has its name, or there are too many"
        return None, [Note("warning", text, stream, "warning")]

    def _adopt_screen(self, peer: str, stream: str) -> Entry | None:
        owner = self.peers.get(peer)
        parent = self.entries.get(owner.stream) if owner else None
        if parent is None:
            return None
        entry = self._add(stream, parent.raw_id)
        if entry is not None and entry.parent != parent.stream and (entry.present or entry.peer):
            return None
        if entry is not None:
            entry.parent, entry.peer, entry.uuid = parent.stream, peer, parent.uuid
            entry.phase, entry.present, entry.label = Phase.LIVE, True, parent.label
        return entry

    def _gone(self, entry: Entry) -> list[Action]:
        if not entry.present or (entry.parent and entry.peer):
            return []
        entry.present, entry.play_at = False, None
        if entry.phase is Phase.ASKED:
            entry.phase = Phase.IDLE
        if entry.wanted and not entry.peer:
            entry.play_at = entry.played_at + RETURN_DELAY
        return [] if entry.peer else [Note("stream.leave", "left the room", entry.stream)]

    def _ask_all(self, now: float) -> list[Action]:
        """Ask for all that are not connected: what a server kept in mind is gone with it."""
        actions: list[Action] = []
        for entry in self.entries.values():
            entry.plays = 0
            actions += self._play(entry, now)
        return actions

    def _play(self, entry: Entry, now: float) -> list[Action]:
        there = entry.present or entry.wanted
        if not (entry.recording and there) or entry.parent or entry.peer:
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
        repeated = entry.plays > 0
        actions = self._play(entry, now)
        if not actions and not self.disk_full:
            entry.play_at = None
        if actions and repeated and entry.present:
            text = "does not answer; asking again"
            actions.append(Note("warning", text, entry.stream, "warning"))
        return actions

    def _after_close(self, entry: Entry, reason: EndReason, now: float) -> list[Action]:
        entry.play_at = None
        if reason is EndReason.BYE or (entry.wanted and reason is EndReason.VANISHED):
            entry.present = False
        if not entry.recording or not (entry.present or entry.wanted):
            return []
        if reason is EndReason.BYE:
            entry.plays, entry.play_at = 0, now + RETURN_DELAY
            return []
        if reason in _LOST:
            entry.plays = 0
            entry.play_at = now + entry.lost_delay(now)
        elif reason is EndReason.VANISHED:
            delay = entry.replay_delay()
            entry.play_at = delay and max(now + _RECONNECT_DELAY, entry.played_at + delay)
        else:
            # Somebody changed their mind while it was being closed.
            entry.plays = 0
            entry.play_at = now + _RECONNECT_DELAY
        return [Goodbye(entry.uuid)] if reason not in _BY_HAND else []

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
            return self._add(member.stream, member.raw_id)
        named = [peer.stream for peer in self.peers.values() if peer.uuid == uuid]
        named += [
            one.stream for one in self.entries.values() if one.uuid == uuid and not one.parent
        ]
        if not named:
            # outside rooms an offer answers a request, even where it does not say which
            asked = (one for one in self.entries.values() if one.wanted)
            named = [one.stream for one in asked if one.phase is Phase.ASKED]
            return self.entries[named[0]] if len(named) == 1 else None
        return self.entries.get(named[0])

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
        if any(entry.here for entry in self.entries.values()):
            self._here_at = now
        if self.joined_at is None:
            return []
        since = max(self.joined_at, self._here_at)
        if now < max(since + EMPTY_AFTER, self._said_empty_at + EMPTY_AGAIN):
            return []
        self._said_empty_at = now
        data = {"seconds": round(now - since)}
        return [Note("warning", self._nobody(), level="warning", data=data)]

    def _nobody(self) -> str:
        """Return in words that nobody is here."""
        if not self.entries:
            return _NOBODY_CAME
        streams = ", ".join(name for name, entry in self.entries.items() if entry.wanted)
        if not streams:
            return _EVERYBODY_LEFT
        came = any(entry.takes for entry in self.entries.values())
        return (_NOT_ANY_MORE if came else _NOT_YET).format(streams)

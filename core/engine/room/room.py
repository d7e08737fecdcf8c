"""The room's state machine: who is there, what is wanted, what is asked for. Pure.

Events in (methods), `Action`s out. ``now`` is monotonic seconds. The surroundings deliver
validated, decrypted messages only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import msgspec

from ...ipc.worker_messages import Candidates, Close, Hello, Offer, Probe
from ...model import EndReason
from .actions import Action, Goodbye, Note, Open, Play, Tell
from .admission import MAX_OF_ONE, Openings, superfluous
from .claims import Claim, Claims, of_page, same_page
from .entry import AGAIN, INSIST, RELOAD, RETURN_DELAY, Entry, Member, Peer, Phase
from .rows import MAX_STREAMS, MAX_UNANNOUNCED, Rows
from .rules import Rules
from .suspicion import Suspicion

EMPTY_AFTER = 20.0
"""Seconds after which a room in which nobody sends is worth a word."""
EMPTY_AGAIN = 180.0
"""Seconds between two of those words."""
_EVERYBODY_LEFT = "nobody is sending in this room any more"
_NOT_ANY_MORE = "nobody publishes {} any more; asked for until somebody does"
_SUSPECT = "may have broken its worker; recorded by one of its own"
_NOBODY_CAME = (
    "nobody is sending in this room; a wrong password or salt looks just like this: "
    "it leads to another, empty room"
)
_NOT_YET = (
    "nobody publishes {} yet; a wrong password or salt looks just like this: it makes other ids"
)
_TOO_MANY_OF_ONE = f"one guest sends more than {MAX_OF_ONE} streams; the others are not recorded"
_TOO_MANY_CONNECTING = (
    "very many connections are offered that do not come up; the oldest of them are given up"
)
_TOO_MANY_STREAMS = f"more than {MAX_STREAMS} streams; further ones are not recorded"
_EARLY_CANDIDATES = 250
_EARLY_OF_ONE = 25
_EARLY_SECONDS = 15.0
_SURE = 2.0
"""Seconds for which a sign of life is enough."""
_DOUBT = 4.0
"""Seconds after which a worker has to have said whether a publisher is there."""
_REMOVED = 8.0
"""Seconds after which a stream that the server took out of the room ends: a page whose websocket
was cut is back within 5 s (protocol.md §1.1), and media that goes on must not suffer."""
_RECONNECT_DELAY = 1.0
_REJOIN_DELAY = 3.0
"""Seconds that a listing may take after we joined again."""
_PARTED = (EndReason.BYE, EndReason.VANISHED, EndReason.MOVED)
"""Why a connection ends with its publisher, who may be back already."""
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
        self._rows = Rows(rules)
        self.entries, self.peers = self._rows.entries, self._rows.peers
        self.joined_at: float | None = None
        self.announces = False
        """Whether the server says whose each stream is, as routed ones do of a room. Others pass
        on what peers say, so that an offer is an announcement too."""
        self.unwritable = ""
        """Why nothing can be written now; empty where it can."""
        self._claims = Claims()
        self._suspicion = Suspicion()
        self._openings = Openings()
        self._name_peer = name_peer
        self._early: list[_Early] = []
        self._here_at = -1e9
        """When somebody was last known to be there."""
        self._said_empty_at = -1e9

    # ── the handshake server ─────────────────────────────────────────────────────────────

    def expect(self, stream: str, raw_id: str) -> None:
        """Ask for a stream by its id, outside rooms, for as long as this lasts."""
        entry = self._rows.put(stream, stream, raw_id)
        if entry is not None:
            entry.wanted = True

    def joined(self, now: float, announces: bool = False) -> list[Action]:
        """Take note that the websocket is in the room (again), or open outside rooms."""
        self.joined_at, self.announces = now, announces
        if any(entry.wanted for entry in self.entries.values()):
            return self._ask_all(now)
        for entry in self.entries.values():
            entry.stale = announces and bool(entry.peer)
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
        self._claims.clear()
        for entry in self.entries.values():
            if entry.id not in here and not entry.parent and entry.phase is not Phase.LIVE:
                actions += self._gone(entry)
        for member in members:
            actions += self.announced(member, now)
        return actions

    def announced(self, member: Member, now: float) -> list[Action]:
        """A member began to publish, or was found publishing.

        Under an id that has a connection it is the same guest under a new address, or with a new
        page, or somebody else. Whether the connection is alive is found out; while it is, it goes
        on, and who announced the id gets a row beside it as soon as it offers.
        """
        claim = self._claims.make(member, now)
        rows = self._rows.of(member.stream)
        for one in rows:
            one.removed_at = None
        entry = self._rows.own(member.uuid, rows) or self._rows.free(member)
        entry = entry or next((one for one in rows if one.stale and not one.parent), None)
        if entry is None:
            return self._announced_beside(claim, rows, now)
        known = entry.uuid == member.uuid and entry.present
        entry.uuid, entry.raw_id, entry.announced_at = member.uuid, member.raw_id, now
        entry.stale, entry.announced = False, True
        if entry.peer:
            return [*self._arrive(entry), *self._doubt(entry, now)]
        entry.parent = ""
        actions = self._arrive(entry)
        waiting = entry.phase is Phase.ASKED and entry.play_at is not None
        if not (known and waiting and now - entry.played_at < AGAIN):
            actions += self._hurry(entry, now)
        return actions

    def _announced_beside(self, claim: Claim, rows: Sequence[Entry], now: float) -> list[Action]:
        """All rows of an id have connections of other addresses."""
        actions: list[Action] = []
        for entry in rows:
            actions += self._doubt(entry, now)
        wanted = all(entry.recording or not entry.by_hand for entry in rows)
        ready = wanted and self.joined_at is not None and not self.unwritable
        # A routed server passes it on to who announced the id last, be that who is recorded.
        publishers = [self.peers[one.peer] for one in rows if one.peer and one.announced]
        harmless = not self.announces or all(of_page(one.session) for one in publishers)
        if not rows:
            return self._no_place(claim.member, now)
        if not ready or not harmless:
            return actions
        if not self.announces or rows[0].hurry(now):
            claim.asked_at = now
            # Who is recorded need not hear of it.
            uuid = "" if self.announces else claim.member.uuid
            actions.append(Play(claim.member.raw_id, uuid))
        return actions

    def left(self, uuid: str) -> list[Action]:
        """The server says that a member is gone. Its media, if it still flows, decides."""
        self._claims.drop(uuid)
        actions: list[Action] = []
        for entry in self.entries.values():
            if entry.uuid == uuid and not entry.parent:
                actions += self._gone(entry)
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
                actions += self._gone(entry)
            elif peer.uuid == uuid and not peer.closing:
                actions.append(self.close(peer.name, EndReason.MOVED))
                entry.present = False
        return actions

    def removed(self, uuid: str, stream: str, now: float) -> list[Action]:
        """The server says that a stream is not in the room any more."""
        for entry in self._rows.of(stream):
            peer = self.peers.get(entry.peer)
            if entry.parent or uuid != (peer.uuid if peer else entry.uuid):
                continue
            if peer is None:
                return self._gone(entry)
            entry.removed_at = now
        return []

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
        """A publisher offers a connection, or renegotiates one, through the server.

        It is filed under the row of who sent it, whatever id it names.
        """
        offer = Offer(
            peer="",
            stream="",
            raw_id="",
            uuid=uuid,
            session=session,
            sdp=sdp,
            screen=screen,
            encrypted=encrypted,
        )
        if not self._openings.is_within(uuid, now):
            text = "one guest offers connections all the time; most of them are passed over"
            return self._limited(text, now)
        for peer in reversed(self.peers.values()):
            if peer.uuid == uuid and peer.session == session:
                return [] if peer.closing else [Tell(peer.name, self._addressed(offer, peer))]
        claim, member = self._claimed(member, uuid, now)
        if member is None:
            return []
        rows = self._rows.of(member.stream)
        entry = self._rows.own(uuid, rows)
        if entry is None and claim is not None:
            entry = self._rows.free(member)
        if entry is not None:
            return self._accept(entry, offer, now)
        if claim is None:
            return self._accept_unannounced(member, offer, now)
        return self._wait(claim, offer, rows, now)

    def _claimed(
        self, member: Member | None, uuid: str, now: float
    ) -> tuple[Claim | None, Member | None]:
        """Find out whose an offer is; without a claim it is not of who announced the id."""
        claim = self._claims.find(uuid, member.stream if member else "")
        if claim is not None:
            return claim, claim.member
        for entry in self.entries.values():
            peer = self.peers.get(entry.peer)
            if not entry.parent and uuid in (peer.uuid if peer else "", entry.uuid):
                return None, Member(uuid, entry.raw_id, entry.id)
        if member is None:
            # Outside rooms an offer answers a request, even where it does not say which.
            asked = [one for one in self.entries.values() if one.wanted]
            asked = [one for one in asked if one.phase is Phase.ASKED]
            if len(asked) != 1:
                return None, None
            member = Member(uuid, asked[0].raw_id, asked[0].id)
        return (None if self.announces else self._claims.make(member, now)), member

    def _wait(self, claim: Claim, offer: Offer, rows: Sequence[Entry], now: float) -> list[Action]:
        """Keep an offer until it is known whether the connections in its way are alive."""
        actions: list[Action] = []
        for entry in rows:
            actions += self._doubt(entry, now)
        claim.offer, claim.offered_at = offer, now
        return actions + self._settle(now)

    def _accept(self, entry: Entry, offer: Offer, now: float) -> list[Action]:
        """Open a connection in a row, in the place of another one of the same publisher."""
        current = self.peers.get(entry.peer)
        if current is None:
            entry.parent = ""
        actions = self._arrive(entry)
        entry.uuid = offer.uuid
        if not entry.recording or self.unwritable:
            self._say_unwritable(entry)
            return actions
        if current is not None:
            actions.append(self.close(current.name, EndReason.REPLACED))
        other, place = superfluous(self.peers.values(), offer.uuid)
        if not place:
            return actions + self._limited(_TOO_MANY_OF_ONE, now)
        if other is not None:
            actions.append(self.close(other.name, EndReason.VANISHED))
            actions += self._limited(_TOO_MANY_CONNECTING, now)
        return actions + self._open(entry, offer, now)

    def _accept_beside(self, claim: Claim, offer: Offer, now: float) -> list[Action]:
        """Somebody gives an id under which somebody else is alive."""
        for entry in self._rows.of(claim.member.stream):
            peer = self.peers.get(entry.peer)
            if peer is not None and same_page(offer.session, peer.session):
                # The very page that we are connected with, after a websocket was cut.
                entry.uuid = offer.uuid
                return []
        entry = self._rows.rival(claim.member, announced=True)
        return self._accept(entry, offer, now) if entry else self._no_place(claim.member, now)

    def _accept_unannounced(self, member: Member, offer: Offer, now: float) -> list[Action]:
        """Somebody offers what nobody announced, or somebody else did."""
        others = self._rows.unannounced()
        actions: list[Action] = []
        if len(others) >= MAX_UNANNOUNCED:
            idle = [one for one in others if one.phase is Phase.CONNECTING]
            idle = [one for one in idle if not self.peers[one.peer].closing]
            if not idle:
                text = "too many offers that nobody announced; further ones are refused"
                return self._limited(text, now)
            actions.append(self.close(idle[0].peer, EndReason.VANISHED))
        entry = self._rows.rival(member, announced=False)
        more = self._accept(entry, offer, now) if entry else self._no_place(member, now)
        return actions + more

    def _no_place(self, member: Member, now: float) -> list[Action]:
        """Say that a stream is not recorded, as there are too many."""
        if self._rows.has_too_many(member.uuid):
            return self._limited(_TOO_MANY_OF_ONE, now)
        return self._limited(_TOO_MANY_STREAMS, now)

    def _limited(self, text: str, now: float) -> list[Action]:
        """Say that a limit is reached, now and then."""
        if not self._openings.tells(text, now):
            return []
        return [Note("warning", text, level="warning")]

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
            entry = self._rows.put(info.stream, info.claims or info.stream, info.raw_id)
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
        entry.insist = 0
        return [Note("stream.connect", "connected", entry.stream)]

    def alive(self, peer: str, now: float) -> list[Action]:
        """A publisher that was doubted gave a sign of life."""
        found = self.peers.get(peer)
        if found is not None:
            found.doubted_at, found.alive_at = None, now
        return self._settle(now)

    def closed(self, peer: str, reason: EndReason, text: str, now: float) -> list[Action]:
        """A connection is over, or never came up."""
        gone = self.peers.pop(peer, None)
        actions: list[Action] = []
        for entry in [entry for entry in self.entries.values() if entry.peer == peer]:
            entry.peer, entry.phase, entry.status, entry.saving = "", Phase.IDLE, None, False
            entry.removed_at = None
            if entry.parent:
                entry.present = False
                continue
            if reason not in _BY_HAND:
                actions.append(Note("stream.leave", text or reason.value, entry.stream))
            back = self._return(entry, gone, reason, now) if gone and reason in _PARTED else None
            actions += self._after_close(entry, reason, now) if back is None else back
        return actions + self._settle(now)

    def _heir(self, entry: Entry, gone: Peer) -> Claim | None:
        """Return who announced the id of a row last and has no connection yet."""
        busy = {peer.uuid for peer in self.peers.values()} | {gone.uuid}
        claims = self._claims.of(entry.id) if entry.announced else []
        return next((claim for claim in claims if claim.member.uuid not in busy), None)

    def _return(
        self, entry: Entry, gone: Peer, reason: EndReason, now: float
    ) -> list[Action] | None:
        """Let who announced the id of a row meanwhile have it; ``None`` where nobody did."""
        heir = self._heir(entry, gone)
        if heir is not None:
            entry.uuid, entry.raw_id = heir.member.uuid, heir.member.raw_id
            entry.announced_at = max(entry.announced_at, heir.at)
            entry.present |= now - heir.at < RELOAD
            offer, heir.offer = heir.offer, None
            if offer is not None:
                return self._accept(entry, offer, now)
            if entry.recording and now - heir.asked_at < AGAIN:
                # Another request would make a page begin anew (protocol.md §4.6).
                entry.phase, entry.plays, entry.played_at = Phase.ASKED, 1, heir.asked_at
                entry.play_at = heir.asked_at + (entry.replay_delay() or 0.0)
                return []
        return self.want(entry, now) if entry.returned(gone, reason, now) else None

    def worker_lost(
        self, peers: Sequence[str], now: float, broke: bool = True, in_hand: Set[str] = frozenset()
    ) -> list[Action]:
        """A worker died; its streams are asked for again.

        Args:
            peers: The connections that it held.
            now: When.
            broke: By itself, so that one of its streams may be the reason.
            in_hand: Those whose packets it was handling, as far as that is known.
        """
        actions: list[Action] = []
        if broke:
            entries = [entry for name in peers if (entry := self._entry_of(name))]
            live = (one.live_at if one.phase is Phase.LIVE else now for one in entries)
            ages = {one.stream: now - at for one, at in zip(entries, live, strict=True)}
            owners = {self.peers[name].stream for name in peers if name in in_hand}
            for stream in self._suspicion.died(ages, owners, now):
                wait = self._suspicion.wait(stream)
                text = f"{_SUSPECT}; asked for again in {wait:.0f} s" if wait else _SUSPECT
                actions.append(Note("warning", text, stream, "warning"))
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
        actions = self._stop_doubting(now)
        for entry in self.entries.values():
            if entry.play_at is not None and now >= entry.play_at and self.joined_at is not None:
                actions += self._play_again(entry, now)
            elif entry.doubtful(now):
                entry.doubted_at = now
                actions += self._doubt(entry, now)
            peer = self.peers.get(entry.peer)
            removed = entry.removed_at is not None and now - entry.removed_at > _REMOVED
            if removed and peer is not None and not peer.closing:
                entry.present = False
                actions.append(self.close(peer.name, EndReason.MOVED))
        return actions + self._empty_room(now)

    def _stop_doubting(self, now: float) -> list[Action]:
        for peer in self.peers.values():
            if peer.doubted_at is not None and now - peer.doubted_at > _DOUBT:
                # Its worker hangs; nobody is to wait for that.
                peer.doubted_at, peer.alive_at = None, now
        return self._settle(now)

    def want(self, entry: Entry, now: float) -> list[Action]:
        """Get media for an entry that is to be recorded and has no connection."""
        entry.plays = entry.insist = 0
        return self._play(entry, now)

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _arrive(self, entry: Entry) -> list[Action]:
        if entry.present:
            return []
        entry.present = True
        level = "warning" if entry.why else "info"
        text = entry.why or ("is there" if entry.wanted else "is in the room")
        return [Note("stream.join", text, entry.stream, level)]

    def _doubt(self, entry: Entry, now: float) -> list[Action]:
        """Find out whether the publisher of a row is still there."""
        peer = self.peers.get(entry.peer)
        if peer is None or not peer.connected or peer.closing or peer.doubted_at is not None:
            return []
        if now - peer.alive_at < _SURE:
            return []
        peer.doubted_at = now
        return [Tell(peer.name, Probe(peer.name))]

    def _settle(self, now: float) -> list[Action]:
        """Open what was offered while it was not known who is alive."""
        actions: list[Action] = []
        for claim in self._claims.waiting():
            offer, rows = claim.offer, self._rows.of(claim.member.stream)
            if offer is None or any(self._doubtful(entry) for entry in rows):
                continue
            claim.offer = None
            entry = self._rows.own(offer.uuid, rows) or self._rows.free(claim.member)
            if entry is not None:
                actions += self._accept(entry, offer, now)
            else:
                actions += self._accept_beside(claim, offer, now)
        return actions

    def _doubtful(self, entry: Entry) -> bool:
        peer = self.peers.get(entry.peer)
        return peer is not None and peer.doubted_at is not None

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
        entry = self._rows.put(stream, stream, parent.raw_id)
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
        if not self._reaches(entry):
            entry.play_at = None
            return []
        if self.joined_at is None or self.unwritable:
            self._say_unwritable(entry)
            entry.play_at = now
            return []
        entry.plays += 1
        entry.phase, entry.played_at = Phase.ASKED, now
        delay = entry.replay_delay()
        entry.play_at = None if delay is None else now + delay
        return [Play(entry.raw_id, self._whom(entry))]

    def _say_unwritable(self, entry: Entry) -> None:
        if entry.recording and self.unwritable:
            entry.failure = self.unwritable

    def _whom(self, entry: Entry) -> str:
        """Return whom alone to ask, lest who is recorded under the same id begin anew."""
        shared = any(one.peer for one in self._rows.of(entry.id))
        return entry.uuid if shared and not (self.announces or entry.wanted) else ""

    def _reaches(self, entry: Entry) -> bool:
        """Whether a request for its id can reach a row's publisher.

        A routed server passes it on to who announced the id last: not to strangers, and not to
        who was there before somebody else.
        """
        if not self.announces:
            return True
        claims = self._claims.of(entry.id)
        last = claims[0].member.uuid if claims else entry.uuid
        return entry.announced and all(peer.uuid != last for peer in self.peers.values())

    def _hurry(self, entry: Entry, now: float) -> list[Action]:
        """Ask at once who has just announced a stream; who does so all the time has to wait."""
        if entry.hurry(now):
            return self.want(entry, now)
        entry.play_at = entry.hurried[0] + AGAIN
        return []

    def _play_again(self, entry: Entry, now: float) -> list[Action]:
        repeated = entry.plays > 0
        insists = repeated and entry.insist > 0
        if insists:
            entry.insist, entry.plays = entry.insist - 1, entry.plays - 1
        actions = self._play(entry, now)
        if not actions and not self.unwritable:
            entry.play_at = None
        if actions and repeated and entry.present:
            text = "does not answer; asking again"
            actions.append(Note("warning", text, entry.stream, "warning"))
        return [Goodbye(entry.uuid), *actions] if insists and actions else actions

    def _after_close(self, entry: Entry, reason: EndReason, now: float) -> list[Action]:
        entry.play_at = None
        vanished = entry.wanted and reason is EndReason.VANISHED
        if reason is EndReason.BYE or vanished or not entry.announced:
            entry.present = False
        if not entry.recording or not (entry.present or entry.wanted):
            return []
        if reason is EndReason.BYE:
            entry.plays, entry.play_at = 0, now + RETURN_DELAY
            return []
        if reason in _LOST:
            return [Goodbye(entry.uuid), *self._ask_after_loss(entry, now)]
        if reason is EndReason.VANISHED:
            delay = entry.replay_delay()
            entry.play_at = delay and max(now + _RECONNECT_DELAY, entry.played_at + delay)
        else:
            # Somebody changed their mind while it was being closed.
            entry.plays = 0
            entry.play_at = now + _RECONNECT_DELAY
        return [Goodbye(entry.uuid)] if reason not in _BY_HAND else []

    def _ask_after_loss(self, entry: Entry, now: float) -> list[Action]:
        """Ask again for a stream whose worker is gone: at once, unless it breaks every worker."""
        entry.plays, entry.insist = 0, INSIST
        wait = self._suspicion.wait(entry.stream)
        if not wait and entry.hurry(now):
            return self._play(entry, now)
        entry.play_at = now + max(wait, AGAIN)
        return []

    def _addressed(self, offer: Offer, peer: Peer) -> Offer:
        entry = self.entries[peer.stream]
        return msgspec.structs.replace(
            offer, peer=peer.name, stream=entry.stream, raw_id=entry.raw_id, claims=entry.claims
        )

    def _open(self, entry: Entry, offer: Offer, now: float) -> list[Action]:
        name = self._name_peer()
        self.peers[name] = peer = Peer(name, entry.stream, offer.uuid, offer.session)
        entry.peer, entry.phase, entry.uuid = name, Phase.CONNECTING, offer.uuid
        entry.present, entry.play_at, entry.stale = True, None, False
        group = self._suspicion.group(entry.stream, now)
        actions: list[Action] = [Open(self._addressed(offer, peer), group)]
        waiting = [early for early in self._early if early.uuid == offer.uuid]
        self._early = [early for early in self._early if early.uuid != offer.uuid]
        for early in waiting:
            if now - early.time < _EARLY_SECONDS and early.session in (None, offer.session):
                actions.append(Tell(name, Candidates(name, early.candidates)))
        return actions

    def _entry_of(self, peer: str) -> Entry | None:
        found = self.peers.get(peer)
        entry = self.entries.get(found.stream) if found else None
        return entry if entry and entry.peer == peer else None

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

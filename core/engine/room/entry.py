"""A stream as the room's state machine knows it, and all that can happen to it. Pure.

Everybody may read an `Entry`; only its own methods change it, and its two states as `states` says.
What has a state of its own is a part of it, and changes in the same way: the requests for an offer,
files that failed, the connection that is to follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ...ipc.worker_messages import PeerInfo, PublisherInfo, StreamStatus
from ...model import (
    EndReason,
    Kind,
    PictureMeter,
    SoundMeter,
    StandingStall,
    TakeSummary,
)
from .failures import Failures
from .peers import Announcement, PeerState
from .plays import Plays
from .stalls import DEAD, StallWatch, quiet_kinds
from .states import PHASES, WISHES, Order, Phase, Turn, Wish
from .succession import Succession

RETURN_DELAY = 1.0
"""Seconds after which who left is asked for again, outside rooms: its websocket is gone by then,
so that the server keeps the request until it is back."""
DOUBT = 15.0
"""Seconds between two questions whether a silent publisher is there, outside rooms."""
STALL_MEDIA = 3.0
"""Seconds without media after which somebody may be gone."""
RELOAD = 30.0
"""Seconds within which a reloaded page is back, with or before the goodbye of the old one."""
SILENT = 4.0
"""Seconds without a word from its worker after which nothing is known of a stream."""
_REJOIN_DELAY = 3.0
"""Seconds that a listing may take after we joined again."""


@dataclass(slots=True)
class Entry:
    """A stream that is, or was, in the room."""

    stream: str
    """Name of its row and its files."""
    raw_id: str
    claims: str = ""
    """The id that its publisher gives, where that is the name of somebody else."""
    why: str = ""
    """Why it has another name, in words."""
    announced: bool = True
    """The server said whose it is, or is of a family that does not."""
    uuid: str = ""
    """Address of its publisher, as last announced."""
    stale: bool = False
    """That address is of before we joined (again): its publisher may have another one by now."""
    removed_at: float | None = None
    """When the server said that it is no longer in the room although its media goes on."""
    present: bool = False
    """Announced, and not known to have left."""
    parted: bool = False
    """It was said that its connection ended, and not yet that it is there again."""
    expected: bool = False
    """Asked for by its id, outside rooms, where nobody announces it."""
    wish: Wish = Wish.WANTED
    refusal: str = ""
    """Why nobody wants it recorded."""
    by_hand: bool = False
    """Somebody decided about it; that is kept for when it comes back."""
    parent: str = ""
    """The stream whose connection carries it (screen shares)."""
    phase: Phase = Phase.IDLE
    peer: str = ""
    """The connection that carries it, while one does."""
    succession: Succession = field(default_factory=Succession)
    """The connection that is to follow that one."""
    plays: Plays = field(default_factory=Plays)
    """Requests for an offer."""
    announced_at: float = -1e9
    """When it was last announced."""
    doubted_at: float = -1e9
    """When its publisher was last asked for a sign of life."""
    live_at: float = -1e9
    """When its connection last came up."""
    failures: Failures = field(default_factory=Failures)
    """Of its files."""
    label: str = ""
    muted: bool = False
    camera_off: bool = False
    screen: bool = False
    """Its one picture is a screen."""
    status: StreamStatus | None = None
    heard_at: float = -1e9
    """When `status` came."""
    silent: bool = False
    """`status` is too old to say anything about now."""
    seen_at: float | None = None
    """When its publisher last gave a sign of life."""
    away: float | None = None
    """For how long it gave none though it should; ``None``: it is here, or never was."""
    watch: StallWatch = field(default_factory=StallWatch)
    takes: int = 0
    last_take: TakeSummary | None = None
    saving: bool = False
    """Its file is being closed."""

    # ── what is known of it ──────────────────────────────────────────────────────────────

    @property
    def id(self) -> str:
        """The stream id that its publisher gives."""
        return self.claims or self.stream

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called: its row, its id, and how its publisher calls itself."""
        return tuple(dict.fromkeys(filter(None, (self.stream, self.id, self.label))))

    @property
    def recording(self) -> bool:
        """Whether somebody wants it recorded."""
        return self.wish is Wish.WANTED

    @property
    def viewed(self) -> bool:
        """Whether somebody wants it connected, to record it or to look at it."""
        return self.wish in (Wish.WANTED, Wish.MONITORED)

    @property
    def forgettable(self) -> bool:
        """Whether nothing is lost when it makes place for another."""
        return not (self.present or self.peer or self.by_hand or self.expected)

    @property
    def never_connected(self) -> bool:
        """Whether it was announced, and nothing else: who means it is back with its offer."""
        return self.live_at < 0 and not (self.peer or self.by_hand or self.expected)

    @property
    def due(self) -> bool:
        """Whether it should come: it is there, or was never seen where its id is asked for."""
        return self.here or (self.expected and not self.takes)

    @property
    def here(self) -> bool:
        """Whether it is in the room, as far as we know: not everybody who leaves says so."""
        return bool(self.peer) or (self.present and not self.unheard)

    @property
    def unheard(self) -> bool:
        """Whether it was asked for so often without an answer that nobody can be there."""
        lost = self.live_at >= self.announced_at
        return self.phase is Phase.ASKED and self.plays.hopeless(lost)

    @property
    def askable(self) -> bool:
        """Whether it lacks a connection of its own that it should have."""
        there = self.present or self.expected
        return self.viewed and there and not (self.parent or self.peer)

    def returned(self, gone: PeerState, reason: EndReason, now: float) -> bool:
        """Whether its publisher was back, as a reloaded page, before its old connection ended."""
        again = gone.connected and reason is not EndReason.BYE and self.announced_at > self.live_at
        back = again or self.uuid != gone.uuid
        return self.present and back and now - self.announced_at < RELOAD

    def doubtful(self, now: float) -> bool:
        """Whether it may be gone, and back under another address, of which nobody tells us."""
        if not self.expected or self.phase is not Phase.LIVE or self.status is None:
            return False
        age = self.status.media_age
        return age is not None and age > STALL_MEDIA and now - self.doubted_at >= DOUBT

    @property
    def quiet(self) -> frozenset[Kind]:
        """Kinds whose silence is no stall."""
        return quiet_kinds(
            muted=self.muted and not self.parent,
            camera_off=self.camera_off,
            screen=self.shows_screen,
        )

    @property
    def shows_screen(self) -> bool:
        """Its pictures are of a screen: its one, as is said, or the one that is shared beside."""
        return self.screen or bool(self.parent)

    # ── its publisher ────────────────────────────────────────────────────────────────────

    def expect(self) -> None:
        """It is asked for by its id, outside rooms, from now on."""
        self.expected = True

    def announce(self, said: Announcement, now: float) -> None:
        """Its publisher has this address, the server says."""
        self.uuid, self.raw_id, self.announced_at = said.uuid, said.raw_id, now
        self.seen_at = now
        self.stale, self.announced = False, True
        if not self.peer:
            self.parent = ""

    def inherit(self, said: Announcement, at: float, now: float) -> None:
        """Who announced its id meanwhile, while another had the connection, has it now."""
        self.uuid, self.raw_id = said.uuid, said.raw_id
        self.announced_at = max(self.announced_at, at)
        self.present |= now - at < RELOAD

    def claim(self, uuid: str, announced: bool, why: str) -> None:
        """Somebody has this row beside those of others who give the same id."""
        self.announced, self.uuid, self.why = announced, uuid, why

    def follow(self, other: Entry) -> None:
        """What somebody decided about one who gives an id is meant of all who do."""
        self.wish, self.refusal = other.wish, other.refusal

    def move(self, uuid: str) -> None:
        """Its publisher has another address; the page is the same."""
        self.uuid = uuid

    def arrive(self) -> bool:
        """It is there; return whether it was not, as far as anybody was told."""
        was = self.present and not self.parted
        self.present, self.parted = True, False
        return not was

    def part(self) -> None:
        """It is told that its connection ended: that it is there again is news."""
        self.parted = True

    def depart(self) -> None:
        """It is not there any more, and whoever carries it is told to leave."""
        self.present = False

    def leave(self) -> None:
        """Its publisher left; media that still flows goes on."""
        self.present = False
        self.plays.ask_at(None)
        self._turn(Turn.WITHDRAW)
        if self.expected and not self.peer:
            self.plays.ask_at(self.plays.last_at + RETURN_DELAY)

    def remove(self, now: float) -> None:
        """The server says that it is not in the room any more, although its media goes on."""
        self.removed_at = now

    def remain(self) -> None:
        """It was announced again since the server said that."""
        self.removed_at = None

    def introduce(self, info: PublisherInfo) -> None:
        """Its publisher says something about itself; ``None`` is nothing said."""
        self.label = self.label if info.label is None else info.label
        self.muted = self.muted if info.muted is None else info.muted
        self.camera_off = self.camera_off if info.camera_off is None else info.camera_off
        self.screen = self.screen if info.screen is None else info.screen

    # ── the connection that carries it ───────────────────────────────────────────────────

    def _turn(self, turn: Turn) -> None:
        self.phase = PHASES[self.phase][turn]

    def ask(self, now: float) -> None:
        """Its publisher is asked for an offer."""
        self.plays.sent(now, self.expected)
        self._turn(Turn.ASK)

    def count_asked(self, at: float) -> None:
        """Its publisher was asked already, when another had the connection."""
        self.plays.begin_anew()
        self.ask(at)

    def rejoin(self, announces: bool, now: float) -> None:
        """The websocket is another one: an offer would go to an address that is gone."""
        self.stale = announces and bool(self.peer)
        if self.phase is Phase.ASKED:
            self._turn(Turn.WITHDRAW)
            self.plays.begin_anew()
            self.plays.ask_at(now + _REJOIN_DELAY)

    def offer(self, peer: str, uuid: str) -> None:
        """A worker is to connect with its publisher."""
        self.peer, self.uuid = peer, uuid
        self._turn(Turn.OFFER)
        self.present, self.stale = True, False
        self.plays.ask_at(None)

    def connect(self, now: float) -> None:
        """That connection is up."""
        self._turn(Turn.CONNECT)
        self.plays.answered()
        self.live_at = self.seen_at = now

    def adopt(self, info: PeerInfo) -> None:
        """A worker that outlived its engine holds that connection."""
        self.uuid, self.peer, self.label = info.uuid, info.peer, info.label
        self.muted, self.camera_off, self.screen = info.muted, info.camera_off, info.screen
        self.present, self.parent = True, ""
        self._turn(Turn.OFFER)
        if info.connected:
            self._turn(Turn.CONNECT)

    def carry(self, parent: Entry, peer: str) -> None:
        """The connection of another stream carries it."""
        self.parent, self.peer, self.uuid = parent.stream, peer, parent.uuid
        self._turn(Turn.CARRY)
        self.present, self.label = True, parent.label

    def own(self) -> None:
        """Its publisher offers a connection for it alone."""
        self.parent = ""

    def close(self) -> None:
        """The connection that carried it is over."""
        self._turn(Turn.CLOSE)
        self.peer, self.status, self.saving, self.removed_at = "", None, False, None

    def doubt(self, now: float) -> None:
        """It is found out whether its publisher is still there."""
        self.doubted_at = now

    def succeed(self, connected: bool, now: float) -> None:
        """The connection that followed carries it alone."""
        self.peer, self.status, self.saving = self.succession.complete(), None, False
        self._turn(Turn.OFFER)
        if connected:
            self._turn(Turn.CONNECT)
            self.live_at = now
        self.watch_anew(self.peer)

    # ── whether it is to be recorded ─────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        self.wish = WISHES[self.wish][order]

    def decide(self) -> None:
        """Somebody decides about it by hand."""
        self.by_hand = True

    def start(self) -> None:
        """It is to be recorded, whatever became of its files so far."""
        self._order(Order.START)
        self.refusal = ""
        self.failures.forget()

    def monitor(self) -> None:
        """It is to be looked at, and not recorded."""
        self._order(Order.MONITOR)
        self._wind_up()
        self.refusal = ""

    def stop(self) -> None:
        """It is not to be recorded for now."""
        self._order(Order.STOP)
        self._wind_up()
        self.plays.ask_at(None)
        self._turn(Turn.WITHDRAW)
        self.refusal = self.refusal or "stopped by hand"

    def _wind_up(self) -> None:
        """Its file is closed, if it has one, as somebody wanted."""
        self.decide()
        self.failures.over()
        self.saving = bool(self.peer) and self.status is not None and self.status.take is not None

    def exclude(self) -> None:
        """It is not to be recorded at all."""
        self._order(Order.EXCLUDE)
        self.refusal = "excluded by hand"

    def include(self) -> None:
        """It is not excluded any more."""
        self._order(Order.INCLUDE)
        self.decide()
        self.refusal = "included again; r records it"

    # ── its files ────────────────────────────────────────────────────────────────────────

    def take_started(self) -> None:
        """A file of it was opened."""
        self.takes += 1
        self.failures.over()

    def take_ended(self, take: TakeSummary) -> None:
        """A file of it was closed."""
        self.last_take, self.saving = take, False
        status = self.status
        if status is not None and status.take is not None and status.take.file == take.file:
            self.status = msgspec.structs.replace(status, take=None)
        if take.reason is EndReason.SHARE and self.parent:
            self.present = False
        self.failures.ended(take.seconds)

    def take_mended(self, take: TakeSummary) -> None:
        """A file of it was put right."""
        if self.last_take and self.last_take.file == take.file:
            self.last_take = take

    # ── what its worker reports ──────────────────────────────────────────────────────────

    def adopt_status(self, status: StreamStatus, now: float) -> None:
        """A worker that outlived its engine says whether it writes it."""
        self.status, self.heard_at = status, now
        self.seen_at = now - (status.heard_age or 0.0)
        if status.monitored:
            self.wish, self.refusal = Wish.MONITORED, ""
        elif status.wanted:
            self.wish, self.refusal = Wish.WANTED, ""
        else:
            self.wish, self.refusal = Wish.STOPPED, "was stopped before this engine came"

    def report(self, status: StreamStatus, now: float) -> None:
        """Its worker tells of it."""
        self.status, self.heard_at, self.silent = status, now, False
        self.saving = self.saving and status.take is not None
        if status.heard_age is not None:
            self.seen_at = now - status.heard_age

    def hear(self, meter: SoundMeter) -> None:
        """Its worker tells how loud it is, between two reports."""
        if self.status is not None:
            self.status = msgspec.structs.replace(self.status, sound=meter)

    def see(self, meter: PictureMeter) -> None:
        """Its worker tells what its pictures show, between two reports."""
        if self.status is not None:
            self.status = msgspec.structs.replace(self.status, picture=meter)

    def listen(self, now: float) -> float:
        """Take note of how long its worker said nothing; return that, in seconds."""
        unheard = now - self.heard_at
        self.silent = self.status is not None and unheard > SILENT
        self.away = self._absence(now)
        return unheard

    def _absence(self, now: float) -> float | None:
        """Return for how long it is away; where nothing can be known it counts as here."""
        if self.seen_at is None:
            return None
        gone = now - self.seen_at
        if self.peer:
            told = self.phase is Phase.LIVE and not self.silent
            return gone if told and gone > DEAD else None
        lost = self.viewed and self.live_at >= self.announced_at
        return gone if lost or not self.present else None

    def watch_anew(self, peer: str, stalls: Iterable[StandingStall] = ()) -> None:
        """What stood still in another connection, or while nothing was due, does not count.

        Args:
            peer: Which connection is watched from now on.
            stalls: What stands still in it, as another engine told.
        """
        self.watch = StallWatch(peer)
        self.watch.resume(stalls)

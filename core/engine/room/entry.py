"""Members, connections and streams as the room's state machine knows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from ...ipc.worker_messages import StreamStatus
from ...model import EndReason, Kind, StreamState, TakeSummary
from .stalls import StallWatch, quiet_kinds

REPLAY_DELAYS = (15.0, 30.0, 60.0)
"""Seconds before an unanswered ``play`` is repeated (protocol.md §4.6, §8)."""
MAX_PLAYS = 3
"""Unanswered requests after which nobody can be there; the next one is the last."""
LOST_PLAYS = 2
"""The same where a connection was lost: it had answered before."""
RETURN_DELAY = 1.0
"""Seconds after which who left is asked for again, outside rooms: its websocket is gone by then,
so that the server keeps the request until it is back."""
DOUBT = 15.0
"""Seconds between two questions whether a silent publisher is there, outside rooms."""
RETRY_DELAYS = (2.0, 5.0, 10.0, 30.0)
"""Seconds before a file that failed is followed by a new one."""
STALL_MEDIA = 3.0
"""Seconds without media after which somebody may be gone."""
INSIST = 2
INSIST_DELAY = 4.0
"""How often, and after how many seconds, a publisher whose connection died with its worker is told
again that it is over, and asked for another: pages ignore who they believe to be connected with
(protocol.md §4.6), and the offer of one that does not comes within a second."""
HURRY = 3
"""How often a stream that is announced again and again may be asked for within `AGAIN`."""
AGAIN = 3.0
"""Seconds after which an announcement repeats an unanswered request."""
RELOAD = 30.0
"""Seconds within which a reloaded page is back, with or before the goodbye of the old one."""
SILENT = 4.0
"""Seconds without a word from its worker after which nothing is known of a stream."""


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
    closing: bool = False
    """Its worker was told to say goodbye."""
    doubted_at: float | None = None
    """When its worker was asked whether the publisher is still there, and has not said."""
    alive_at: float = -1e9
    """When its worker last said so."""


class Phase(Enum):
    """How far the connection for a stream is."""

    IDLE = auto()
    """None, and none asked for."""
    ASKED = auto()
    """``play`` is sent; the publisher should offer."""
    CONNECTING = auto()
    """A worker has the offer."""
    LIVE = auto()


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
    wanted: bool = False
    """Asked for by its id, outside rooms, where nobody announces it."""
    recording: bool = True
    """Somebody wants it recorded."""
    refusal: str = ""
    """Why nobody does."""
    excluded: bool = False
    by_hand: bool = False
    """Somebody decided about it; that is kept for when it comes back."""
    parent: str = ""
    """The stream whose connection carries it (screen shares)."""
    phase: Phase = Phase.IDLE
    peer: str = ""
    plays: int = 0
    """Unanswered ``play`` requests in a row."""
    play_at: float | None = None
    """When to ask (again)."""
    announced_at: float = -1e9
    """When it was last announced."""
    played_at: float = -1e9
    doubted_at: float = -1e9
    """When its publisher was last asked for a sign of life."""
    hurried: list[float] = field(default_factory=list[float])
    """When it was last asked for because somebody announced it."""
    live_at: float = -1e9
    """When its connection last came up."""
    insist: int = 0
    """How often its publisher is still to be told that its worker died."""
    record_at: float | None = None
    """When to try a new file after a failure."""
    failures: int = 0
    failure: str = ""
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
    watch: StallWatch = field(default_factory=StallWatch)
    takes: int = 0
    last_take: TakeSummary | None = None
    saving: bool = False
    """Its file is being closed."""

    @property
    def id(self) -> str:
        """The stream id that its publisher gives."""
        return self.claims or self.stream

    @property
    def forgettable(self) -> bool:
        """Whether nothing is lost when it makes place for another."""
        return not (self.present or self.peer or self.by_hand or self.wanted)

    @property
    def never_connected(self) -> bool:
        """Whether it was announced, and nothing else: who means it is back with its offer."""
        return self.live_at < 0 and not (self.peer or self.by_hand or self.wanted)

    @property
    def due(self) -> bool:
        """Whether it is expected: it is there, or was never seen where its id is asked for."""
        return self.here or (self.wanted and not self.takes)

    @property
    def here(self) -> bool:
        """Whether it is in the room, as far as we know: not everybody who leaves says so."""
        return bool(self.peer) or (self.present and not self.unheard)

    @property
    def unheard(self) -> bool:
        """Whether it was asked for so often without an answer that nobody can be there."""
        lost = self.live_at >= self.announced_at
        return self.phase is Phase.ASKED and self.plays > (LOST_PLAYS if lost else MAX_PLAYS)

    def returned(self, gone: Peer, reason: EndReason, now: float) -> bool:
        """Whether its publisher was back, as a reloaded page, before its old connection ended."""
        again = gone.connected and reason is not EndReason.BYE and self.announced_at > self.live_at
        back = again or self.uuid != gone.uuid
        return self.present and back and now - self.announced_at < RELOAD

    def hurry(self, now: float) -> bool:
        """Whether it may be asked for at once; counts it. A flood must not disturb who answers."""
        self.hurried = [time for time in self.hurried if now - time < AGAIN]
        if len(self.hurried) >= HURRY:
            return False
        self.hurried.append(now)
        return True

    def doubtful(self, now: float) -> bool:
        """Whether it may be gone, and back under another address, of which nobody tells us."""
        if not self.wanted or self.phase is not Phase.LIVE or self.status is None:
            return False
        age = self.status.media_age
        return age is not None and age > STALL_MEDIA and now - self.doubted_at >= DOUBT

    def replay_delay(self) -> float | None:
        """Return the least time between the last ``play`` and the next; ``None`` is for ever."""
        if self.insist:
            return INSIST_DELAY
        tried = max(self.plays - 1, 0)
        if self.wanted:
            tried = min(tried, len(REPLAY_DELAYS) - 1)
        return REPLAY_DELAYS[tried] if tried < len(REPLAY_DELAYS) else None

    def retry_delay(self) -> float:
        """Return how long to wait before the next file after a failure."""
        return RETRY_DELAYS[min(self.failures, len(RETRY_DELAYS)) - 1]

    def state(self) -> StreamState:
        """Return the word for the dashboard, from what the worker last reported."""
        if self.saving:
            return StreamState.SAVE
        if self.failure:
            return StreamState.FAIL
        if not self.recording:
            return self._unwanted()
        if self.parent and not self.present:
            return StreamState.DONE
        if self.phase is Phase.LIVE:
            return self._live()
        return StreamState.WAIT if self.due else StreamState.DONE

    def _unwanted(self) -> StreamState:
        if not (self.present or self.due):
            return StreamState.DONE
        return StreamState.SKIP if self.excluded else StreamState.OFF

    def _live(self) -> StreamState:
        status, watch = self.status, self.watch
        if status is None or status.take is None:
            return StreamState.IDLE if watch.sends_nothing else StreamState.WAIT
        if watch.standing:
            return StreamState.STALL
        return StreamState.WAIT if watch.pending else StreamState.REC

    @property
    def quiet(self) -> frozenset[Kind]:
        """Kinds whose silence is no stall."""
        return quiet_kinds(
            muted=self.muted and not self.parent,
            camera_off=self.camera_off,
            screen=self.screen or bool(self.parent),
        )

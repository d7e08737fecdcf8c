"""What of a stream stands still, by what its worker says of it about once a second. Pure.

Silence is told by when packets came; what comes and does not reach the file, by when more of it
was written. Both need hysteresis: a stall is over when things went on for some time, and who
sends rarely is given as long as it takes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ...ipc.worker_messages import StreamStatus
from ...model import LONGEST_PACKET, Codec, Kind, Stall, TrackAges, TrackStats

FRESH = 1.5
"""Seconds within which something that goes on has come."""
SILENT = 2.5
"""Seconds of silence after which what came steadily stands still."""
LATE = 4.0
"""The same for what has just begun, and for what never came."""
RARE = 8.0
"""The same at least for what comes now and then."""
WRITTEN = 1.8
"""Seconds within which something that is recorded was written: that is told once a second."""
OWED = 2.2
"""Seconds after which what comes and is not written stands still."""
OWED_SLOW = 3.2
"""The same for what comes about once between two looks."""
PATIENT = 8.0
"""The same for sound that waits for the pictures with which its file is to begin."""
STEADY = 2.0
"""Seconds after which what goes on does so steadily."""
DEAD = 8.0
"""Seconds without any sign of life of a peer of which nothing else is expected; consent checks
are answered every 5 s."""
_WAKES = 3
"""How often what stood still moves before it counts as something that comes now and then."""

_STALLS = {Kind.VIDEO: Stall.PICTURE, Kind.AUDIO: Stall.SOUND}
_NAMES = {Kind.VIDEO: "the picture", Kind.AUDIO: "the sound"}
NOTHING_CAME = (
    "connected, but nothing comes of what was announced; the publisher may have reached its number "
    "of viewers, may be asked for permission, or its network lets nothing through"
)
SENDS_NOTHING = (
    "connected; sends neither sound nor pictures, as a director without a camera, or a guest who "
    "waits to be let in"
)
_HEADERS = {Codec.AV1: "sequence header"}
_NOT_HEARD = "its worker does not answer, so that nothing is known"


def without_headers(codec: Codec) -> str:
    """Return why pictures of a codec cannot be recorded whose headers were never seen."""
    header = _HEADERS.get(codec, "parameter sets")
    return (
        f"only its sound can be recorded: the {header} of its {codec.value} pictures was sent "
        "before we came, and not again; it helps that the sender begins anew"
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A stall that began, or is over."""

    what: Stall
    why: str
    seconds: float
    """Since when it had stood still; or how long it did."""
    over: bool = False


@dataclass(slots=True)
class _Standing:
    since: float
    why: str


@dataclass(slots=True)
class _Flow:
    """How regularly something goes on."""

    steady: bool = False
    longest: float = 0.0
    """Seconds of the longest pause after which it went on."""
    wakes: int = 0
    """How often it went on after a pause since it stood still."""
    begun: float | None = None
    """Since when it goes on without a pause."""
    _pause: float = 0.0

    def see(self, age: float, fresh: float, now: float) -> None:
        """Take how long ago it last moved."""
        if age > fresh:
            self.begun, self._pause = None, age
            return
        if self.begun is None:
            self.begun = now
            self.wakes += self._pause > fresh
            self.longest = max(self.longest, self._pause)
        if now - self.begun >= STEADY:
            self.steady, self.longest, self._pause = True, 0.0, 0.0

    @property
    def patience(self) -> float:
        """Seconds for which it may pause."""
        if self.steady:
            return SILENT
        return max(RARE, 2 * self.longest) if self.longest > FRESH else LATE

    @property
    def goes_on(self) -> bool:
        """Whether it does again, after it stood still."""
        return self.steady or self.wakes >= _WAKES

    def stand(self) -> None:
        """It stands still."""
        self.steady, self.wakes = False, 0


def _arrived(stats: TrackStats) -> int:
    refused = stats.unknown + stats.undecryptable + stats.too_long
    return stats.received + stats.recovered + refused


@dataclass(slots=True)
class _Track:
    """One track that was announced."""

    since: float
    seen: TrackStats
    mark: TrackStats
    """Its counters when it was last written."""
    marked_at: float
    pace: int = 0
    """Looks in a row at which it had come several times since the one before."""
    came_at: float | None = None
    """When anything of it last came."""
    written_at: float | None = None
    owed_at: float | None = None
    """Since when it comes and is not written."""
    frames_at: float = float("-inf")
    """When whole frames of it last came."""
    arrival: _Flow = field(default_factory=_Flow)
    writing: _Flow = field(default_factory=_Flow)

    def see(self, stats: TrackStats, ages: TrackAges, now: float) -> None:
        """Take its counters and ages as they are now."""
        came = None if ages.media is None else now - ages.media
        grew = _arrived(stats) != _arrived(self.seen)
        if grew and (came is None or ages.media is None or ages.media > 1.0):
            # Packets of which nothing can be made have no age.
            came = now
        if came is not None:
            self.came_at = came if self.came_at is None else max(came, self.came_at)
        frames = stats.frames - self.seen.frames
        if frames:
            self.frames_at = now
        several = (frames or _arrived(stats) - _arrived(self.seen)) > 1
        self.pace = self.pace + 1 if several else 0
        self.seen = stats
        written_at = None if ages.written is None else now - ages.written
        last = float("-inf") if self.written_at is None else self.written_at
        wrote = written_at is not None and written_at > last + 0.5
        self.written_at = written_at
        if self.came_at is not None:
            self.arrival.see(now - self.came_at, FRESH, now)
        self.writing.see(self._unwritten(now), WRITTEN, now)
        self._owe(wrote, now)

    def _unwritten(self, now: float) -> float:
        return float("inf") if self.written_at is None else now - self.written_at

    def _owe(self, wrote: bool, now: float) -> None:
        if wrote:
            self.mark, self.marked_at, self.owed_at = self.seen, now, None
        elif not self.comes(now):
            self.owed_at, self.marked_at = None, now
        elif self.owed_at is None and _arrived(self.seen) != _arrived(self.mark):
            self.owed_at = self.marked_at if self.dense else self.came_at

    @property
    def dense(self) -> bool:
        """Whether it comes several times between two looks."""
        return self.pace > 1

    def idle(self, now: float) -> float:
        """Seconds since anything came of it."""
        return now - (self.since if self.came_at is None else max(self.came_at, self.since))

    def comes(self, now: float) -> bool:
        """Whether something of it has just come."""
        return self.came_at is not None and now - self.came_at <= FRESH

    def moves(self, now: float) -> bool:
        """Whether it is being written."""
        return self._unwritten(now) <= WRITTEN

    def owed(self, now: float) -> float:
        """Seconds for which it has come without being written."""
        return 0.0 if self.owed_at is None else now - self.owed_at

    def whole(self, now: float) -> bool:
        """Whether whole frames come, which only need to be written."""
        return now - self.frames_at <= FRESH

    def forgive(self, now: float) -> None:
        """Count from now on what is silent or owed: something else was to blame until now."""
        self.since = self.marked_at = now
        self.owed_at = None

    def why(self, kind: Kind, now: float) -> str:
        """Why what comes of it is not written."""
        new, old = self.seen, self.mark
        asked = new.plis - old.plis
        counts = {
            f"its packets are longer than {LONGEST_PACKET} bytes": new.too_long - old.too_long,
            "its packets cannot be decrypted": new.undecryptable - old.undecryptable,
            "its packets are of a kind that was not agreed on": new.unknown - old.unknown,
        }
        text, count = max(counts.items(), key=lambda one: one[1])
        if 2 * count > _arrived(new) - _arrived(old) > 0:
            return text
        if self.whole(now):
            return "the file does not take it"
        if kind is Kind.VIDEO and (new.dropped_frames > old.dropped_frames or asked > 0):
            times = "once" if asked == 1 else f"{asked} times"
            return f"no key frame comes, asked for {times}"
        return "nothing whole can be made of its packets"


class StallWatch:
    """Looks at one connection's stream; a new connection gets a new one."""

    def __init__(self, peer: str = "") -> None:
        self.peer = peer
        self.standing: dict[Stall, _Standing] = {}
        self.pending: str = ""
        """Why something that comes is not written yet; empty where all of it is."""
        self.sends_nothing = False
        """Nothing was announced for some time."""
        self._tracks: dict[Kind, _Track] = {}
        self._began: float | None = None

    @property
    def why(self) -> str:
        """What stands still and why, in words; empty where nothing does."""
        return "; ".join(one.why for one in self.standing.values())

    def look(self, status: StreamStatus, quiet: Collection[Kind], now: float) -> list[Change]:
        """Take what the worker says, and return what changed.

        Args:
            status: Of the stream.
            quiet: Kinds whose silence is no stall: muted ones, pictures of a screen.
            now: Monotonic seconds.
        """
        self._began = now if self._began is None else self._began
        for kind in set(self._tracks) - set(status.tracks):
            del self._tracks[kind]
        for kind, stats in status.tracks.items():
            track = self._tracks.setdefault(kind, _Track(now, stats, stats, now))
            track.see(stats, status.ages.get(kind, TrackAges()), now)
        self.sends_nothing = not status.tracks and now - self._began >= LATE
        self.pending = self._pending(now)
        over = self._over(status, quiet, now)
        return over + self._begin(status, quiet, now)

    def unheard(self, seconds: float, now: float) -> list[Change]:
        """The worker has said nothing for so long."""
        if Stall.WORKER in self.standing:
            return []
        return [self._stand(Stall.WORKER, _NOT_HEARD, now - seconds, now)]

    def _pending(self, now: float) -> str:
        for kind, track in sorted(self._tracks.items(), reverse=True):
            if track.comes(now) and track.written_at is None:
                return f"{_NAMES[kind]} comes and is not written yet: {track.why(kind, now)}"
        return ""

    # ── the end of stalls ────────────────────────────────────────────────────────────────

    def _over(self, status: StreamStatus, quiet: Collection[Kind], now: float) -> list[Change]:
        changes: list[Change] = []
        for kind, what in _STALLS.items():
            if what in self.standing and (text := self._goes_on(kind, quiet, now)):
                changes.append(self._end(what, text, now))
        if Stall.WORKER in self.standing:
            changes.append(self._end(Stall.WORKER, "its worker answers again", now))
            self._forgive(now)
        tracks = self._tracks.values()
        heard = status.heard_age is not None and status.heard_age <= FRESH
        if Stall.NETWORK in self.standing and (
            any(track.arrival.goes_on for track in tracks)
            or (heard and not self._loud(quiet))
            or not tracks
        ):
            changes.append(self._end(Stall.NETWORK, "media comes again", now))
            self._forgive(now)
        if Stall.DISK in self.standing and any(track.writing.goes_on for track in tracks):
            changes.append(self._end(Stall.DISK, "the file grows again", now))
            self._forgive(now)
        return changes

    def _goes_on(self, kind: Kind, quiet: Collection[Kind], now: float) -> str:
        track = self._tracks.get(kind)
        if track is None:
            return f"{_NAMES[kind]} is not announced any more"
        if track.writing.goes_on:
            return f"{_NAMES[kind]} goes on"
        if kind in quiet and not track.comes(now):
            return f"{_NAMES[kind]} is off, its sender says"
        return ""

    def _end(self, what: Stall, text: str, now: float) -> Change:
        stood = self.standing.pop(what)
        return Change(what, text, now - stood.since, over=True)

    def _forgive(self, now: float) -> None:
        for track in self._tracks.values():
            track.forgive(now)

    # ── their beginning ──────────────────────────────────────────────────────────────────

    def _begin(self, status: StreamStatus, quiet: Collection[Kind], now: float) -> list[Change]:
        if self.standing.keys() & {Stall.NETWORK, Stall.DISK, Stall.WORKER}:
            return []
        return self._silence(status, quiet, now) + self._owing(status, now)

    def _loud(self, quiet: Collection[Kind]) -> dict[Kind, _Track]:
        return {kind: track for kind, track in self._tracks.items() if kind not in quiet}

    def _silence(self, status: StreamStatus, quiet: Collection[Kind], now: float) -> list[Change]:
        loud = self._loud(quiet)
        heard = status.heard_age
        if not loud:
            dead = bool(self._tracks) and heard is not None and heard >= DEAD
            return [self._network(heard or 0.0, now)] if dead else []
        silent = {
            kind: track for kind, track in loud.items() if track.idle(now) >= track.arrival.patience
        }
        undecided = any(
            track.arrival.steady and track.idle(now) > FRESH
            for kind, track in loud.items()
            if kind not in silent
        )
        if undecided or not silent:
            return []
        idle = min(track.idle(now) for track in loud.values())
        if len(silent) == len(loud):
            if all(track.came_at is None for track in loud.values()):
                return [self._stand(Stall.NETWORK, NOTHING_CAME, now - idle, now)]
            if (heard is None or heard >= idle - 1) and not self._stands(loud):
                return [self._network(idle, now)]
        return [
            self._stand(_STALLS[kind], self._silent(kind, track, now), now - track.idle(now), now)
            for kind, track in silent.items()
            if _STALLS[kind] not in self.standing
        ]

    def _stands(self, tracks: Collection[Kind]) -> bool:
        return any(_STALLS[kind] in self.standing for kind in tracks)

    def _network(self, idle: float, now: float) -> Change:
        why = "nothing comes any more, and nobody answers"
        return self._stand(Stall.NETWORK, why, now - idle, now)

    def _silent(self, kind: Kind, track: _Track, now: float) -> str:
        never = "has come" if track.came_at is None else "comes any more"
        others = [_NAMES[other] for other, one in self._tracks.items() if one.comes(now)]
        rest = f"; {others[0]} goes on" if others else "; the connection stands"
        stands = "stands still" if kind is Kind.VIDEO else "is missing"
        return f"{_NAMES[kind]} {stands}: nothing of it {never}{rest}"

    def _owing(self, status: StreamStatus, now: float) -> list[Change]:
        owing = {
            kind: track
            for kind, track in self._tracks.items()
            if track.owed(now) >= self._lenience(kind, track, status, now)
            and _STALLS[kind] not in self.standing
        }
        moving = any(track.moves(now) for track in self._tracks.values())
        whole = [track for track in owing.values() if track.whole(now)]
        if whole and not moving:
            why = "media comes, but the file does not grow: the disk does not take it"
            since = now - max(track.owed(now) for track in whole)
            return [self._stand(Stall.DISK, why, since, now)]
        return [
            self._stand(
                _STALLS[kind],
                f"{_NAMES[kind]} comes, but is not written: {track.why(kind, now)}",
                now - track.owed(now),
                now,
            )
            for kind, track in owing.items()
        ]

    def _lenience(self, kind: Kind, track: _Track, status: StreamStatus, now: float) -> float:
        waits = status.take is None and kind is Kind.AUDIO and Kind.VIDEO in self._tracks
        if waits and track.whole(now):
            return PATIENT
        return OWED if track.dense else OWED_SLOW

    def _stand(self, what: Stall, why: str, since: float, now: float) -> Change:
        self.standing[what] = _Standing(since, why)
        for kind, track in self._tracks.items():
            if what not in _STALLS.values() or _STALLS[kind] is what:
                track.arrival.stand()
                track.writing.stand()
        return Change(what, why, now - since)


def quiet_kinds(*, muted: bool, camera_off: bool, screen: bool) -> frozenset[Kind]:
    """Return the kinds whose silence is no stall.

    Args:
        muted: The publisher says that its microphone is.
        camera_off: The same of its camera.
        screen: The pictures are of a screen, of which a still one is not sent again.
    """
    kinds: Mapping[Kind, bool] = {Kind.AUDIO: muted, Kind.VIDEO: camera_off or screen}
    return frozenset(kind for kind, is_quiet in kinds.items() if is_quiet)

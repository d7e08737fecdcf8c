"""What of a stream stands still, by what its worker says of it about once a second. Pure.

Silence is told by when packets came; what comes and does not reach the file, by when more of it
was written. Both need hysteresis: a stall is over when things went on for some time, and who
sends rarely is given as long as it takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ...ipc.worker_messages import StreamStatus
from ...model import Codec, Kind, Stall, StandingStall, TrackAges
from .track_progress import FRESH, LATE, TrackProgress

OWED = 2.2
"""Seconds after which what comes and is not written stands still."""
OWED_SLOW = 3.2
"""The same for what comes about once between two looks."""
PATIENT = 8.0
"""The same for sound that waits for the pictures with which its file is to begin."""
DEAD = 8.0
"""Seconds without any sign of life of a peer of which nothing else is expected; consent checks
are answered every 5 s."""

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


class StallWatch:
    """Looks at one connection's stream; a new connection gets a new one."""

    def __init__(self, peer: str = "") -> None:
        self.peer = peer
        self.standing: dict[Stall, _Standing] = {}
        self.pending: str = ""
        """Why something that comes is not written yet; empty where all of it is."""
        self.sends_nothing = False
        """Nothing was announced for some time."""
        self._tracks: dict[Kind, TrackProgress] = {}
        self._began: float | None = None
        self._looked = 0.0

    @property
    def why(self) -> str:
        """What stands still and why, in words; empty where nothing does."""
        return "; ".join(one.why for one in self.standing.values())

    @property
    def lasts(self) -> float | None:
        """Seconds for which what stands still first did when it was last looked at."""
        began = min((one.since for one in self.standing.values()), default=None)
        return None if began is None else max(0.0, self._looked - began)

    def resume(self, stalls: Iterable[StandingStall]) -> None:
        """Go on with what another engine told."""
        self.standing |= {stall.what: _Standing(stall.since, stall.why) for stall in stalls}

    def inspect(self, status: StreamStatus, quiet: Collection[Kind], now: float) -> list[Change]:
        """Take what the worker says, and return what changed.

        Args:
            status: Of the stream.
            quiet: Kinds whose silence is no stall: muted ones, pictures of a screen.
            now: Monotonic seconds.
        """
        self._looked = now
        self._began = now if self._began is None else self._began
        for kind in set(self._tracks) - set(status.tracks):
            del self._tracks[kind]
        for kind, stats in status.tracks.items():
            if kind not in self._tracks:
                self._tracks[kind] = TrackProgress(now, stats, stats, now)
            self._tracks[kind].see(stats, _ages(status, kind), now)
        self.sends_nothing = not status.tracks and now - self._began >= LATE
        if not self.standing and all(track.goes_well(now) for track in self._tracks.values()):
            # As nearly always: there is nothing to find out.
            self.pending = ""
            return []
        self.pending = self._pending(now)
        over = self._over(status, quiet, now)
        return over + self._begin(status, quiet, now)

    def unheard(self, seconds: float, now: float) -> list[Change]:
        """The worker has said nothing for so long."""
        self._looked = now
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

    def _loud(self, quiet: Collection[Kind]) -> dict[Kind, TrackProgress]:
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

    def _silent(self, kind: Kind, track: TrackProgress, now: float) -> str:
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

    def _lenience(
        self, kind: Kind, track: TrackProgress, status: StreamStatus, now: float
    ) -> float:
        waits = status.take is None and kind is Kind.AUDIO and Kind.VIDEO in self._tracks
        if waits and track.whole(now):
            return PATIENT
        return OWED if track.dense else OWED_SLOW

    def _stand(self, what: Stall, why: str, since: float, now: float) -> Change:
        self.standing[what] = _Standing(since, why)
        for kind, track in self._tracks.items():
            if what not in _STALLS.values() or _STALLS[kind] is what:
                track.arrival.stop()
                track.writing.stop()
        return Change(what, why, now - since)


def _ages(status: StreamStatus, kind: Kind) -> TrackAges:
    """Return those of a track; what is only looked at counts as written when it comes."""
    ages = status.ages.get(kind, TrackAges())
    return ages if status.wanted else TrackAges(ages.media, ages.media)


def quiet_kinds(*, muted: bool, camera_off: bool, screen: bool) -> frozenset[Kind]:
    """Return the kinds whose silence is no stall.

    Args:
        muted: The publisher says that its microphone is.
        camera_off: The same of its camera.
        screen: The pictures are of a screen, of which a still one is not sent again.
    """
    kinds: Mapping[Kind, bool] = {Kind.AUDIO: muted, Kind.VIDEO: camera_off or screen}
    return frozenset(kind for kind, is_quiet in kinds.items() if is_quiet)

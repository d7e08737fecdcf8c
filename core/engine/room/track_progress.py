"""How regularly a track comes and is written, by counters read about once a second. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...model import LONGEST_PACKET, Kind, TrackAges, TrackStats

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
STEADY = 2.0
"""Seconds after which what goes on does so steadily."""
_WAKES = 3
"""How often what stood still moves before it counts as something that comes now and then."""


@dataclass(slots=True)
class Flow:
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

    def stop(self) -> None:
        """It stands still."""
        self.steady, self.wakes = False, 0


def _arrived(stats: TrackStats) -> int:
    refused = stats.unknown + stats.undecryptable + stats.too_long
    return stats.received + stats.recovered + refused


@dataclass(slots=True)
class TrackProgress:
    """One track that was announced."""

    since: float
    seen: TrackStats
    baseline: TrackStats
    """Its counters when it was last written."""
    baseline_at: float
    pace: int = 0
    """Looks in a row at which it had come several times since the one before."""
    came_at: float | None = None
    """When anything of it last came."""
    written_at: float | None = None
    owed_at: float | None = None
    """Since when it comes and is not written."""
    frames_at: float = float("-inf")
    """When whole frames of it last came."""
    arrival: Flow = field(default_factory=Flow)
    writing: Flow = field(default_factory=Flow)

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
            self.baseline, self.baseline_at, self.owed_at = self.seen, now, None
        elif not self.comes(now):
            self.owed_at, self.baseline_at = None, now
        elif self.owed_at is None and _arrived(self.seen) != _arrived(self.baseline):
            self.owed_at = self.baseline_at if self.dense else self.came_at

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

    def goes_well(self, now: float) -> bool:
        """Whether all that comes of it is written, and something has just come."""
        return self.owed_at is None and self.written_at is not None and self.comes(now)

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
        self.since = self.baseline_at = now
        self.owed_at = None

    def why(self, kind: Kind, now: float) -> str:
        """Why what comes of it is not written."""
        new, old = self.seen, self.baseline
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

"""One clock for the tracks of a take: weighs, all the time, what there is.

The lead's first frame is time zero of the file, and the lead's RTP clock is the clock of the
file while it goes on. Its partner is put beside it, by the best that is known at the moment:

* sender reports of both (RFC 3550, 6.4.1), where arrival does not contradict them by more than
  `scales.CLAMP`: the sender's wall clock at file time zero has to be the same;
* otherwise arrival: the least delay of both over some seconds has to be the same. First packets
  are no evidence: a publisher that queues while it connects sends seconds of them at once.

A clock that stood still (a process that hung) shows as a rise of its delay at one frame, that
stays, and that the other track or the reports do not have. Whatever is found out later holds
for what is written already: `TrackClock.shifts` says by how much, and the file is mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...model import Codec, EncodedFrame, Kind, SenderReport
from ...rtp.bitstream import reorder_depth
from .placements import ARRIVAL, REPORTS, START, Placed, Placements
from .scales import Scales
from .shifts import RIGHT, Shifts
from .track import TrackClock

_REORDERING = frozenset({Codec.H264, Codec.H265})
ZERO_WITHIN = 30.0
"""Seconds of a file in which it is looked for when it began."""
_INTERVAL = 1.25
"""Seconds until clocks are weighed once more without a report; most senders report each second."""
_RECENT = 1.0


class Timeline:
    """Gives the frames of one take their times.

    Args:
        lead: The track whose first frame begins the file.
        rates: RTP clock rate of each track of the file, in Hz.
    """

    def __init__(self, lead: Kind, rates: Mapping[Kind, int]) -> None:
        self.lead = lead
        self._tracks = {kind: TrackClock(rate) for kind, rate in rates.items()}
        self._placements = Placements(rates)
        self._scales = Scales(lead, self._tracks, self._placements)
        self._ahead: Mapping[Kind, Sequence[EncodedFrame]] = {}
        self._due = 0.0
        self._news = False
        self._zero, self._zero_until = float("inf"), 0.0
        self._zero_by: tuple[int, int] | None = None
        """Of which track it is, and where that was."""

    # ── what there is ────────────────────────────────────────────────────────────────────

    @property
    def aligned_by(self) -> str:
        """By what the partner has its place: ``sender-reports`` or ``arrival``."""
        by = [by for kind, by in self._placements.by.items() if kind is not self.lead]
        return REPORTS if by == [REPORTS] else ARRIVAL

    @property
    def placed(self) -> Mapping[Kind, Sequence[Placed]]:
        """By what each track has its place, and when that changed."""
        return self._placements.all

    @property
    def odd(self) -> dict[Kind, int]:
        """How many frames of each track had stamps that cannot be true."""
        return {kind: track.odd for kind, track in self._tracks.items() if track.odd}

    @property
    def shifts(self) -> dict[Kind, Shifts]:
        """How far what was written is from where it belongs."""
        return {kind: track.shifts for kind, track in self._tracks.items()}

    @property
    def wrong(self) -> bool:
        """Whether anything was written that is not in its place."""
        return any(
            track.shifts and track.shifts.worst(track.written + 1) > RIGHT * track.rate
            for track in self._tracks.values()
        )

    @property
    def settled(self) -> bool:
        """Whether the place of both tracks is known as well as it can be for now."""
        tracks = self._tracks.values()
        if len(tracks) < 2 or self._scales.known:
            return True
        ages = [track.transit.last - track.began for track in tracks if track.epoch is not None]
        return len(ages) < len(tracks) or min(ages) > 3.0

    @property
    def zero(self) -> float | None:
        """Arrival of a frame at file time zero that nothing delayed, monotonic, as far as known.

        The least delay of a take's first half minute: a machine that is busy while many join
        delays all frames for seconds, and later a sender's clock may run away from ours.
        """
        return self._zero if self._zero < float("inf") else None

    def sender_time(self, kind: Kind, tick: int) -> float | None:
        """Return the sender's wall clock at a written time, where believed reports say so."""
        track = self._tracks[kind]
        if len(self._tracks) > 1:
            zero = self._scales.zeros.get(kind)
            return None if zero is None else zero + (tick + track.shifts.at(tick)) / track.rate
        report = track.report
        if report is None or not self._two_agree(track):
            return None
        return track.zero(report) + (tick + track.shifts.at(tick)) / track.rate

    def report(self, kind: Kind, report: SenderReport) -> None:
        """Take the newest point of a sender's clock."""
        track = self._tracks.get(kind)
        if track is not None and track.see(report):
            self._news = True

    def expect(self, frames: Sequence[EncodedFrame]) -> None:
        """Show what is there already of both tracks, so that a burst does not look like a delay."""
        ahead: dict[Kind, list[EncodedFrame]] = {}
        for frame in frames:
            ahead.setdefault(frame.codec.kind, []).append(frame)
        self._ahead = ahead

    # ── frames ───────────────────────────────────────────────────────────────────────────

    def time(self, frame: EncodedFrame) -> int:
        """Return when to write the next frame of a track, in ticks.

        Below zero for what was sent before the file began. Of sound, and of pictures in the order
        of showing, each is later than the one before.
        """
        kind = frame.codec.kind
        track = self._tracks[kind]
        if track.epoch != frame.epoch:
            self._begin(kind, track, frame)
        if frame.width and frame.codec in _REORDERING:
            track.reorders(reorder_depth(frame.codec, frame.data))
        tick = track.time(frame)
        if track.jumped:
            self._jumped(kind, track, frame)
        if self._news or frame.arrival >= self._due:
            self._weigh(frame.arrival)
        return tick

    def begin_with(self, frame: EncodedFrame) -> int:
        """Return when to write the frame that `time` has just put before the file, in ticks.

        Below zero it is not in the file, unless `before` says so later.
        """
        return self._tracks[frame.codec.kind].begin_with(frame)

    def early(self, kind: Kind) -> int:
        """Return the time of the last frame from before the file, in ticks, without `before`."""
        return self._tracks[kind].early

    def _begin(self, kind: Kind, track: TrackClock, frame: EncodedFrame) -> None:
        """Put the first frame of a clock where it belongs by what has arrived."""
        first, soonest = track.epoch is None, self._soonest(track, frame)
        reference = self._reference(kind, track)
        if reference is None:
            track.begin_at(frame, 0, soonest)
            self._placements.note(kind, frame.arrival, 0, START, 0.0)
            return
        track.begin_at(frame, round((soonest - reference) * track.rate), soonest)
        if not first:
            self._scales.forget()
        self._placements.note(kind, frame.arrival, track.begin, ARRIVAL, 0.0)
        self._weigh(frame.arrival)

    def _weigh(self, now: float) -> None:
        self._due, self._news = now + _INTERVAL, False
        self._scales.weigh(now)
        self._find_zero(now)

    def _find_zero(self, now: float) -> None:
        if self._zero_by is None:
            self._zero_until = now + ZERO_WITHIN
        if now >= self._zero_until:
            return
        sound = self._tracks.get(Kind.AUDIO) if self.aligned_by == REPORTS else None
        track = sound or self._tracks[self.lead]
        by, level = (track.rate, track.origin), track.transit.level
        self._zero = min(self._zero, level) if by == self._zero_by else level
        self._zero_by = by

    def _soonest(self, track: TrackClock, first: EncodedFrame) -> float:
        """When a frame would have arrived that nothing kept back, by all that is there."""
        soonest, last = first.arrival, first
        for frame in self._ahead.get(first.codec.kind, ()):
            step = (frame.rtp_time - last.rtp_time) / track.rate
            if frame.epoch == first.epoch and 0 < step < 1.0 + max(0, frame.arrival - last.arrival):
                last = frame
                sent = (frame.rtp_time - first.rtp_time) / track.rate
                soonest = min(soonest, frame.arrival - sent)
        return soonest

    def _reference(self, kind: Kind, track: TrackClock) -> float | None:
        """Least delay of the other track, or of its own clock before this one."""
        level = track.transit.level if track.epoch is not None else float("inf")
        other = self._other(kind)
        if other is not None and other.transit.level < float("inf"):
            fresh = level == float("inf") or other.transit.last >= track.transit.last - _RECENT
            level = other.transit.level if fresh else level
        return level if level < float("inf") else None

    def _jumped(self, kind: Kind, track: TrackClock, frame: EncodedFrame) -> None:
        track.jumped = False
        self._scales.forget()
        self._placements.note(kind, frame.arrival, track.begin, ARRIVAL, 0.0)

    def _other(self, kind: Kind) -> TrackClock | None:
        return next((track for one, track in self._tracks.items() if one is not kind), None)

    def _two_agree(self, track: TrackClock) -> bool:
        """Whether two reports of a lone track tell of the same clock."""
        if len(track.reports) < 2:
            return bool(track.reports)
        one, two = track.reports
        return abs((two.ntp - one.ntp) - (two.arrival - one.arrival)) < 1.0

    # ── files ────────────────────────────────────────────────────────────────────────────

    def mended(self) -> None:
        """All that was written has been put into its place."""
        for track in self._tracks.values():
            track.mended()

    def before(self, kind: Kind) -> int:
        """Return by how many ticks what was sent before the file began is later by now."""
        return self._tracks[kind].before

    def place(self, frame: EncodedFrame) -> float | None:
        """Return where a frame belongs, in seconds; ``None``: it is on another clock."""
        track = self._tracks[frame.codec.kind]
        known = track.epoch == frame.epoch
        return (frame.rtp_time - track.origin) / track.rate if known else None

    def fork(self, first: EncodedFrame, rates: Mapping[Kind, int]) -> Timeline:
        """Return the timeline of a file that begins at ``first``, a frame of any track.

        All that is known of the clocks stays known.
        """
        lead = first.codec.kind
        own = self._tracks[lead]
        if own.epoch != first.epoch:
            self._begin(lead, own, first)
        ticks = first.rtp_time - own.origin
        other = Timeline(lead, rates)
        for kind, rate in rates.items():
            track = self._tracks.get(kind)
            if track is not None and track.rate == rate:
                other._tracks[kind] = track.fork(round(ticks * rate / own.rate))
                zero, by = self._scales.zeros.get(kind), self._placements.by.get(kind, ARRIVAL)
                if zero is not None:
                    other._scales.zeros[kind] = zero + ticks / own.rate
                other._placements.note(kind, first.arrival, 0, by, 0.0)
        return other

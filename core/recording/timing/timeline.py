"""One clock for the tracks of a take: weighs, all the time, what there is.

The lead's first frame is time zero of the file, and the lead's RTP clock is the clock of the
file while it goes on. Its partner is put beside it, by the best that is known at the moment:

* sender reports of both (RFC 3550, 6.4.1), where arrival does not contradict them by more than
  `CLAMP`: the sender's wall clock at file time zero has to be the same;
* otherwise arrival: the least delay of both over some seconds has to be the same. First packets
  are no evidence: a publisher that queues while it connects sends seconds of them at once.

A clock that stood still (a process that hung) shows as a rise of its delay at one frame, that
stays, and that the other track or the reports do not have. Whatever is found out later holds
for what is written already: `TrackClock.shifts` says by how much, and the file is mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...model import Codec, EncodedFrame, Kind, SenderReport
from ...rtp.bitstream import reorder_depth
from . import evidence
from .shifts import RIGHT, Shifts
from .track import TrackClock

CLAMP = 0.5
"""Seconds by which sender reports may contradict arrival before arrival is believed."""
REPORTS, ARRIVAL, START = "sender-reports", "arrival", "start"
_INTERVAL = 1.0
_YOUNG = 12.0
"""Seconds in which a track without reports is still looking for its place."""
_FINE = 0.003
_COARSE = 0.012
_SURE = 0.06
"""Seconds by which one report may contradict arrival before a second has to bear it out."""
_SAME = 0.03
_STEADY = 3
"""Reports of both tracks that have to agree before they are believed against delays that do not."""
_SHARE = 0.3
"""Part of a rise of both delays that one track may have more of than the other."""
_LEAD_SLIP = 0.15
_LONE_SLIP = 0.5
_SLEW = 0.0005
"""Seconds of `_INTERVAL` by which a track without reports follows the other at most: 500 ppm."""
_RECENT = 1.0
_FRESH = 5.0
"""Seconds for which both tracks are sure to remember what was before a rise."""
_PATIENCE = 3.0
"""Seconds after which a report that arrival does not explain is about the sender's wall clock."""
_FORGOTTEN = 15.0
"""Seconds without a report that can be believed after which arrival has to do."""
_MOST_NEWS = 500


class Placed(NamedTuple):
    """That a track got another place."""

    arrival: float
    """When, monotonic."""
    tick: int
    """From this written time on."""
    by: str
    moved: float
    """Seconds."""


class _Known(NamedTuple):
    """What was true when a report last confirmed the place of the partner."""

    report: SenderReport
    delay: float
    lead_delay: float
    tick: int
    """Written time of the partner."""


class _Steady(NamedTuple):
    """What the reports of both tracks say again and again."""

    by: float
    apart: float
    """Difference of the delays when they first said so."""
    arrivals: tuple[float, ...]
    times: int


class _Seen(NamedTuple):
    """What was true of the lead at its last report."""

    report: SenderReport
    zero: float
    delay: float


class Timeline:
    """Gives the frames of one take their times.

    Args:
        lead: The track whose first frame begins the file.
        rates: RTP clock rate of each track of the file, in Hz.
    """

    def __init__(self, lead: Kind, rates: Mapping[Kind, int]) -> None:
        self.lead = lead
        self.placed: dict[Kind, list[Placed]] = {kind: [] for kind in rates}
        self._tracks = {kind: TrackClock(rate) for kind, rate in rates.items()}
        self._ahead: Mapping[Kind, Sequence[EncodedFrame]] = {}
        self._by: dict[Kind, str] = {}
        self._known: _Known | None = None
        self._doubt: tuple[float, ...] | None = None
        self._zeros: dict[Kind, float] = {}
        """The sender's wall clock at file time zero, by reports that were believed."""
        self._steady: _Steady | None = None
        self._seen: _Seen | None = None
        self._unknown = 0
        """Written time of the partner from which on no report has confirmed its place."""
        self._trusted_at = 0.0
        self._due = 0.0
        self._news = False

    # ── what there is ────────────────────────────────────────────────────────────────────

    @property
    def aligned_by(self) -> str:
        """By what the partner has its place: ``sender-reports`` or ``arrival``."""
        by = [by for kind, by in self._by.items() if kind is not self.lead]
        return REPORTS if by == [REPORTS] else ARRIVAL

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
        if len(tracks) < 2 or self._known is not None:
            return True
        ages = [track.transit.last - track.began for track in tracks if track.epoch is not None]
        return len(ages) < len(tracks) or min(ages) > 3.0

    @property
    def zero(self) -> float | None:
        """Arrival of a frame at file time zero that the network did not delay, monotonic."""
        tracks = self._tracks
        best = tracks.get(Kind.AUDIO) if self.aligned_by == REPORTS else None
        level = (best or tracks[self.lead]).transit.level
        return level if level < float("inf") else None

    def sender_time(self, kind: Kind, tick: int) -> float | None:
        """Return the sender's wall clock at a written time, where believed reports say so."""
        track = self._tracks[kind]
        if len(self._tracks) > 1:
            zero = self._zeros.get(kind)
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
        if frame.key and frame.codec in (Codec.H264, Codec.H265):
            track.reorders(reorder_depth(frame.codec, frame.data))
        tick = track.time(frame)
        if track.jumped:
            self._jumped(kind, track, frame)
        if self._news or frame.arrival >= self._due:
            self._weigh(frame.arrival)
        return tick

    def _begin(self, kind: Kind, track: TrackClock, frame: EncodedFrame) -> None:
        """Put the first frame of a clock where it belongs by what has arrived."""
        first, soonest = track.epoch is None, self._soonest(track, frame)
        reference = self._reference(kind, track)
        if reference is None:
            track.begin_at(frame, 0, soonest)
            self._note(kind, frame.arrival, 0, START, 0.0)
            return
        track.begin_at(frame, round((soonest - reference) * track.rate), soonest)
        if not first:
            self._forget()
        self._note(kind, frame.arrival, track.begin, ARRIVAL, 0.0)
        self._weigh(frame.arrival)

    def _forget(self) -> None:
        """From now on no report says where the partner is."""
        if self._known is not None:
            self._known, self._unknown = None, self._known.tick

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
        self._forget()
        self._note(kind, frame.arrival, track.begin, ARRIVAL, 0.0)

    def _other(self, kind: Kind) -> TrackClock | None:
        return next((track for one, track in self._tracks.items() if one is not kind), None)

    # ── weighing ─────────────────────────────────────────────────────────────────────────

    def _weigh(self, now: float) -> None:
        self._due, self._news = now + _INTERVAL, False
        lead = self._tracks[self.lead]
        if lead.epoch is None:
            return
        decided = self._weigh_lead(lead, now)
        kind = next((kind for kind in self._tracks if kind is not self.lead), None)
        partner = self._tracks[kind] if kind else None
        if kind is None or partner is None or partner.epoch is None:
            self._weigh_lone(self.lead, lead, now)
        elif not (
            self._weigh_edge(kind, partner, lead, now)
            or (not decided and self._trusted(now))
            or self._weigh_reports(kind, partner, lead, now)
        ):
            self._weigh_arrival(kind, partner, lead, now)

    def _weigh_edge(self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float) -> bool:
        """Move the track whose delay rose alone and at once, if no report is newer than that."""
        by = evidence.rise(partner.transit, now) - evidence.rise(lead.transit, now)
        if abs(by) < evidence.NOTICEABLE:
            return False
        one, track = (kind, partner) if by > 0 else (self.lead, lead)
        edge = evidence.step(track.transit, now, abs(by))
        if (
            edge is None
            or edge.begin < now - _FRESH
            or (track.reports and track.reports[-1].arrival >= edge.begin)
        ):
            return False
        self._move(one, track, now, abs(by), [(edge.tick, abs(by))], ARRIVAL)
        return True

    def _weigh_lead(self, lead: TrackClock, now: float) -> bool:
        """Move the lead where its reports and its delay both say that its clock slipped.

        Returns:
            Whether it is known what its last report means.
        """
        report, delay, seen = lead.report, evidence.known(lead.transit, now), self._seen
        if report is None or delay is None or now - lead.transit.last > _RECENT:
            return True
        if seen and seen.report == report:
            return True
        zero = lead.zero(report)
        by = zero - seen.zero if seen else 0.0
        if seen and abs(by) >= _LEAD_SLIP:
            # What was queued at its last report may have come in since.
            rises = delay - seen.delay, evidence.rise(lead.transit, now)
            if any(abs(rise - by) <= 0.1 + 0.2 * abs(by) for rise in rises):
                since = seen.report.arrival
                old = evidence.settled(lead.transit, seen.delay, by)
                changes = evidence.moves(lead.transit, since, lead.begin, old, by)
                self._move(self.lead, lead, now, by, changes, REPORTS)
                zero -= by
            elif now - report.arrival < _PATIENCE:
                return False
        self._seen = _Seen(report, zero, evidence.at(lead.transit, report.arrival))
        return True

    def _weigh_reports(self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float) -> bool:
        """Put the partner where the reports say; whether there is nothing more to weigh."""
        report, beside = partner.report, lead.report
        if report is None or beside is None:
            return self._trusted(now)
        by = partner.zero(report) - lead.zero(beside)
        delay = evidence.known(partner.transit, now)
        lead_delay = evidence.known(lead.transit, now)
        if delay is None or lead_delay is None:
            return self._trusted(now)
        arrivals = (report.arrival, beside.arrival)
        steady = self._is_steady(by, delay - lead_delay, arrivals)
        if abs(by - delay + lead_delay) > CLAMP and not steady:
            return self._trusted(now)
        self._trusted_at = now
        if self._known is None:
            begin = max(partner.begin, self._unknown)
            self._move(kind, partner, now, by, [(begin, by)], REPORTS)
        elif abs(by) >= _FINE:
            if not self._is_sure(kind, by, delay - lead_delay, arrivals, self._known):
                return True
            changes = self._changes(partner, by, self._known)
            self._move(kind, partner, now, by, changes, REPORTS)
        elif report == self._known.report:
            return True
        self._doubt = None
        self._zeros = {kind: partner.zero(report), self.lead: lead.zero(beside)}
        delay, lead_delay = (
            evidence.at(track.transit, report.arrival) for track in (partner, lead)
        )
        after = partner.transit.stretches(report.arrival)
        tick = after[0].tick if after else partner.written
        self._known = _Known(report, delay, lead_delay, tick)
        return True

    def _is_steady(self, by: float, apart: float, arrivals: tuple[float, float]) -> bool:
        """Whether reports go on saying the same while delays do not, as of a queue that drains."""
        steady = self._steady
        if steady is None or abs(by - steady.by) > _SAME:
            self._steady = _Steady(by, apart, arrivals, 1)
            return False
        if all(new > old for new, old in zip(arrivals, steady.arrivals, strict=True)):
            self._steady = steady._replace(arrivals=arrivals, times=steady.times + 1)
        return steady.times >= _STEADY and abs(apart - steady.apart) >= evidence.NOTICEABLE

    def _trusted(self, now: float) -> bool:
        """Whether reports were good until a moment ago, so that nothing is done without them."""
        if self._known is not None and now - self._trusted_at < _FORGOTTEN:
            return True
        self._forget()
        return False

    def _changes(self, partner: TrackClock, by: float, known: _Known) -> list[tuple[int, float]]:
        """What has to be moved of what was written since the last report."""
        if abs(by) < evidence.SMALL:
            return []
        since = known.report.arrival
        old = evidence.settled(partner.transit, known.delay, by)
        return evidence.moves(partner.transit, since, known.tick, old, by)

    def _is_sure(
        self, kind: Kind, by: float, apart: float, arrivals: tuple[float, float], known: _Known
    ) -> bool:
        """Whether arrival bears the reports out, or those of both tracks that came after them."""
        before = self._doubt
        if abs(by) <= RIGHT:
            return True
        if before is None or abs(by - before[0]) > _SAME:
            self._doubt = (by, *arrivals)
        elif all(new > old for new, old in zip(arrivals, before[1:], strict=True)):
            return True
        here, there = self._tracks[kind].transit, self._tracks[self.lead].transit
        delay = evidence.settled(here, known.delay, by)
        lead_delay = evidence.settled(there, known.lead_delay, 0.0)
        return abs(by - (apart - (delay - lead_delay))) <= min(_SURE, max(abs(by) / 2, RIGHT))

    def _weigh_arrival(self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float) -> None:
        """Put the partner where the least delays of both are the same."""
        here, there = evidence.present(partner.transit, now), evidence.present(lead.transit, now)
        if here is None or there is None:
            for one, track in ((kind, partner), (self.lead, lead)):
                if evidence.present(track.transit, now) is not None:
                    self._weigh_lone(one, track, now)
            return
        by = here - there
        if abs(by) < _COARSE or self._one_slipped(kind, partner, lead, now, by):
            return
        if now - max(partner.began, lead.began) <= _YOUNG:
            by = partner.transit.level - lead.transit.level
            if abs(by) >= _COARSE:
                self._move(kind, partner, now, by, [(partner.begin, by)], ARRIVAL)
        else:
            self._move(kind, partner, now, max(-_SLEW, min(_SLEW, by)), [], ARRIVAL)

    def _one_slipped(
        self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float, by: float
    ) -> bool:
        """Whether one delay rose alone; sound is moved then.

        Pictures may wait for a link that is full, and sound does not.
        """
        rises = {one: evidence.rise(self._tracks[one].transit, now) for one in (kind, self.lead)}
        both = max(0.0, min(rises.values()))
        if abs(by - rises[kind] + rises[self.lead]) > _COARSE or abs(by) < _SHARE * both:
            return False
        one, track = (kind, partner) if by > 0 else (self.lead, lead)
        if rises[one] < abs(by) - _COARSE:
            return False
        if one is Kind.AUDIO:
            old = evidence.earlier(track.transit, now) or 0.0
            changes = evidence.moves(track.transit, track.began, track.begin, old, abs(by))
            self._move(one, track, now, abs(by), changes, ARRIVAL)
        return one is Kind.AUDIO or abs(by) >= evidence.NOTICEABLE

    def _weigh_lone(self, kind: Kind, track: TrackClock, now: float) -> None:
        """A delay that rose by much, at once, and stays is a clock that stood still."""
        by = evidence.rise(track.transit, now)
        if by < _LONE_SLIP:
            return
        edge = evidence.step(track.transit, now, by)
        if edge is not None:
            self._move(kind, track, now, by, [(edge.tick, by)], ARRIVAL)

    def _move(
        self,
        kind: Kind,
        track: TrackClock,
        now: float,
        by: float,
        changes: list[tuple[int, float]],
        because: str,
    ) -> None:
        track.move(by, changes)
        if kind in self._zeros:
            self._zeros[kind] -= by
        self._note(kind, now, changes[0][0] if changes else track.written + 1, because, by)

    def _note(self, kind: Kind, now: float, tick: int, by: str, moved: float) -> None:
        """Remember a move; small ones of the same kind add up to one."""
        self._by[kind] = by
        news = self.placed[kind]
        if news and news[-1].by == by and abs(moved) < RIGHT and abs(news[-1].moved) < RIGHT:
            news[-1] = news[-1]._replace(moved=news[-1].moved + moved)
        elif len(news) < _MOST_NEWS:
            news.append(Placed(now, tick, by, moved))

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

    def fork(self, first: EncodedFrame, rates: Mapping[Kind, int]) -> Timeline:
        """Return the timeline of a file that begins at ``first``, a frame of the lead.

        All that is known of the clocks stays known.
        """
        own = self._tracks[self.lead]
        if own.epoch != first.epoch:
            self._begin(self.lead, own, first)
        ticks = first.rtp_time - own.origin
        other = Timeline(self.lead, rates)
        for kind, rate in rates.items():
            track = self._tracks.get(kind)
            if track is not None and track.rate == rate:
                other._tracks[kind] = track.fork(round(ticks * rate / own.rate))
                other._by[kind] = self._by.get(kind, ARRIVAL)
                if kind in self._zeros:
                    other._zeros[kind] = self._zeros[kind] + ticks / own.rate
                other.placed[kind].append(Placed(first.arrival, 0, other._by[kind], 0.0))
        return other

"""Puts two tracks side by side, by all that is known of their clocks at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...model import Kind, SenderReport
from . import evidence
from .placements import ARRIVAL, REPORTS, Placements
from .shifts import RIGHT
from .track import TrackClock
from .transit import Stretch

CLAMP = 0.5
"""Seconds by which sender reports may contradict arrival before arrival is believed."""
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
"""Seconds by which a track without reports follows the other at most each second."""
_RECENT = 1.0
_FRESH = 5.0
"""Seconds for which both tracks are sure to remember what was before a rise."""
_PATIENCE = 3.0
"""Seconds after which a report that arrival does not explain is about the sender's wall clock."""
_FORGOTTEN = 15.0
"""Seconds without a report that can be believed after which arrival has to do."""


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


class Scales:
    """Weighs the clock of a partner against that of the lead, and moves what slipped."""

    def __init__(
        self, lead: Kind, tracks: Mapping[Kind, TrackClock], placements: Placements
    ) -> None:
        self.zeros: dict[Kind, float] = {}
        """The sender's wall clock at file time zero, by reports that were believed."""
        self._lead = lead
        self._tracks = tracks
        self._placements = placements
        self._known: _Known | None = None
        self._doubt: tuple[float, ...] | None = None
        self._steady: _Steady | None = None
        self._seen: _Seen | None = None
        self._unknown = 0
        """Written time of the partner from which on no report has confirmed its place."""
        self._trusted_at = 0.0

    @property
    def known(self) -> bool:
        """Whether reports that are believed say where the partner is."""
        return self._known is not None

    def forget(self) -> None:
        """From now on no report says where the partner is."""
        if self._known is not None:
            self._known, self._unknown = None, self._known.tick

    def weigh(self, now: float) -> None:
        """Do so with what is known now, in seconds of arrival; about once a second."""
        lead = self._tracks[self._lead]
        if lead.epoch is None:
            return
        decided = self._weigh_lead(lead, now)
        kind = next((kind for kind in self._tracks if kind is not self._lead), None)
        partner = self._tracks[kind] if kind else None
        if kind is None or partner is None or partner.epoch is None:
            self._weigh_lone(self._lead, lead, now)
        elif not (
            self._weigh_edge(kind, partner, lead, now)
            or (not decided and self._trusted(now))
            or self._weigh_reports(kind, partner, lead, now)
        ):
            self._weigh_arrival(kind, partner, lead, now)

    def _weigh_edge(self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float) -> bool:
        """Move the track whose delay rose alone and at once, if its reports do not tell of that.

        Returns:
            Whether it was moved, or is still to be seen what happens there.
        """
        by = evidence.rise(partner.transit, now) - evidence.rise(lead.transit, now)
        if abs(by) < evidence.NOTICEABLE:
            return False
        one, track = (kind, partner) if by > 0 else (self._lead, lead)
        edge = evidence.step(track.transit, now, abs(by))
        if edge is None or edge.begin < now - _FRESH or self._tells(one, edge.begin):
            return False
        if not evidence.lasts(edge, now):
            return True
        said = self._apart(kind, edge.begin)
        if said is not None and abs(said - by) > abs(said):
            return False
        self._move_from(edge, one, now, abs(by))
        return True

    def _tells(self, kind: Kind, when: float) -> bool:
        """Whether reports from before and after a moment say what happened to a clock."""
        track = self._tracks[kind]
        before = self._seen if kind is self._lead else self._known
        return bool(
            before
            and before.report.arrival < when
            and track.reports
            and track.reports[-1].arrival >= when
        )

    def _apart(self, kind: Kind, since: float) -> float | None:
        """By how much the partner is early, by reports of both since then, if there are such."""
        partner, lead = self._tracks[kind], self._tracks[self._lead]
        report, beside = partner.report, lead.report
        if report is None or beside is None or min(report.arrival, beside.arrival) < since:
            return None
        return partner.zero(report) - lead.zero(beside)

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
                self._move(self._lead, lead, now, by, changes, REPORTS)
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
        apart = delay - lead_delay
        off = abs(by - apart)
        steady = self._is_steady(by, apart, arrivals)
        if off > CLAMP and not steady:
            return self._trusted(now)
        if self._known is None and off > _SURE and self._has_slipped(kind, by, arrivals, now):
            return False
        self._trusted_at = now
        if self._known is None:
            self._move(kind, partner, now, by, self._first_changes(partner, by, now), REPORTS)
        elif abs(by) >= _FINE:
            if not self._is_sure(kind, by, apart, arrivals, self._known):
                return True
            changes = self._changes(partner, by, self._known)
            self._move(kind, partner, now, by, changes, REPORTS)
        elif report == self._known.report:
            return True
        self._doubt = None
        self.zeros = {kind: partner.zero(report), self._lead: lead.zero(beside)}
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
        return self._known is not None and now - self._trusted_at < _FORGOTTEN

    def _has_slipped(
        self, kind: Kind, by: float, arrivals: tuple[float, float], now: float
    ) -> bool:
        """Whether a clock stood still just now, or after its report, or it is too soon to know.

        Delays say the same as reports then, but only from these on; or one has risen since.
        """
        since = max(arrivals)
        here, there = (one.transit for one in (self._tracks[kind], self._tracks[self._lead]))
        delay, lead_delay = here.least(since), there.least(since)
        if delay is None or lead_delay is None or abs(by - delay + lead_delay) <= _SURE:
            return True
        return any(
            (evidence.known(transit, now) or 0.0) - evidence.at(transit, arrival)
            >= evidence.NOTICEABLE
            for transit, arrival in zip((here, there), arrivals, strict=True)
        )

    def _first_changes(self, partner: TrackClock, by: float, now: float) -> list[tuple[int, float]]:
        """What has to be moved of what was written when nothing but arrival was known."""
        begin = max(partner.begin, self._unknown)
        rise = evidence.rise(partner.transit, now)
        edge = evidence.step(partner.transit, now, rise) if rise >= evidence.NOTICEABLE else None
        if edge is None or abs(by - rise) > abs(by):
            return [(begin, by)]
        return [(begin, by - rise), (max(edge.tick, begin), by)]

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
        here, there = self._tracks[kind].transit, self._tracks[self._lead].transit
        delay = evidence.settled(here, known.delay, by)
        lead_delay = evidence.settled(there, known.lead_delay, 0.0)
        return abs(by - (apart - (delay - lead_delay))) <= min(_SURE, max(abs(by) / 2, RIGHT))

    def _weigh_arrival(self, kind: Kind, partner: TrackClock, lead: TrackClock, now: float) -> None:
        """Put the partner where the least delays of both are the same."""
        here, there = evidence.present(partner.transit, now), evidence.present(lead.transit, now)
        if here is None or there is None:
            for one, track in ((kind, partner), (self._lead, lead)):
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
        rises = {one: evidence.rise(self._tracks[one].transit, now) for one in (kind, self._lead)}
        both = max(0.0, min(rises.values()))
        if abs(by - rises[kind] + rises[self._lead]) > _COARSE or abs(by) < _SHARE * both:
            return False
        one, track = (kind, partner) if by > 0 else (self._lead, lead)
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
        if edge is not None and evidence.lasts(edge, now):
            self._move_from(edge, kind, now, by)

    def _move_from(self, edge: Stretch, kind: Kind, now: float, by: float) -> None:
        """Move a track from where its delay rose, and what its reports have said since then."""
        track = self._tracks[kind]
        self._move(kind, track, now, by, [(edge.tick, by)], ARRIVAL)
        track.reports = [report for report in track.reports if report.arrival >= edge.begin]
        seen, known = self._seen, self._known
        leads = kind is self._lead
        if leads and seen and seen.report.arrival >= edge.begin:
            self._seen = seen._replace(zero=seen.zero - by, delay=seen.delay - by)
        if known and known.report.arrival >= edge.begin:
            self._known = (
                known._replace(lead_delay=known.lead_delay - by)
                if leads
                else known._replace(delay=known.delay - by)
            )

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
        if kind in self.zeros:
            self.zeros[kind] -= by
        self._placements.note(
            kind, now, changes[0][0] if changes else track.written + 1, because, by
        )

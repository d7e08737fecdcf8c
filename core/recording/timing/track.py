"""RTP times of one track → times in the file, as far as the track itself can tell."""

from __future__ import annotations

import msgspec

from ...model import EncodedFrame, SenderReport
from .shifts import Shifts
from .transit import Transit
from .zero import from_zero

CROWDED = 500
"""Frames in a second where more were written than there is room for: two milliseconds apart they
are told from each other in containers that round to one."""
_EARLY = 0.08
"""Seconds, beside the usual distance of two frames, by which a frame may arrive sooner than any
other did: nothing arrives before it was sent."""
_UNSETTLED = 0.3
"""The same for the first seconds of a clock, while what was queued comes in."""
_SAME_STEP = 0.001
"""Seconds by which frames may follow each other unevenly that count as even."""
_LEAP = 1.0
"""Seconds by which a frame may be further from the one before it than they arrived apart, in the
first seconds of a clock. Later it is known how late a frame is, and what is sent once more after a
hole in the network is seconds later than what comes next."""
_SETTLED = 5.0
_FIRST = 0.5
"""Seconds of arrival within which the first frames of a clock come, where all had to be sent
again."""
_KEPT_BACK = 3.0
"""Seconds by which that may make them late: a packet is asked for half as long."""
_SURE_FRAMES = 4
_SURE_SECONDS = 0.2
"""How long stamps have to agree with each other before the clock is taken to have jumped."""
_AGREE = 0.3
_LATE = 0.5
"""Seconds by which a busy machine or network may keep a frame back."""
_NEAR = 10.0
"""Seconds by which the RTP time of a sender report may be away from the frames that come in."""
_RESTS = 3.0
"""Seconds without a frame after which a clock rests."""
_PAUSE = 0.45
"""Seconds without a frame, and more than four of its intervals, in which a clock may have stood
still. Opus sends a packet every 0.4 s when there is nothing to hear (RFC 7587, 3.1.3)."""
_EVER = -(1 << 62)
"""A time before all others."""
_SLOWEST = 1 / 15
"""Seconds between two pictures of a stream that reorders them, while that is not known."""


class Stray(msgspec.Struct):
    """Stamps that do not fit, and that the next ones may bear out."""

    rtp_time: int
    tick: int
    arrival: float
    since: float
    """Arrival of the first of them."""
    begin: int
    """Written time of the first of them."""
    frames: int = 1


class TrackClock:
    """Where one track is in the file.

    A frame's time is its RTP time minus ``origin``; where a stamp cannot be true, its place is
    behind the frame before it. What is written never goes back, so it may be away from where it
    belongs; ``shifts`` knows by how much.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.epoch: int | None = None
        self.origin = 0
        """RTP time of file time zero."""
        self.began = 0.0
        """Arrival of the first frame on this clock."""
        self.begin = 0
        """Written time of that frame."""
        self.transit = Transit()
        self.shifts = Shifts()
        self.odd = 0
        """Frames whose stamps were not believed."""
        self.jumped = False
        """The clock has jumped with the last frame; whoever acts on it resets this."""
        self.reports: list[SenderReport] = []
        """Two at most, the newest last: those that can be true."""
        self.reorder = 0
        """Ticks by which a frame may go back behind the one before it (B-frames)."""
        self.before = 0
        """Ticks by which what was sent before the file began is later than was thought."""
        self.early = 0
        """Time of the last frame from before the file as was thought at first: without that."""
        self.written = -1
        """Last time that was given out and is not below zero."""
        self.newest: EncodedFrame | None = None
        """The last frame whose stamp was believed."""
        self._tick = self._before = 0
        """Times of the last two frames whose stamps were believed."""
        self._tick_length = 1 / rate
        self._slack = _EARLY
        """Seconds by which a frame may arrive sooner than any other did."""
        self._usual_step: int | None = None
        """Ticks between two frames, where they are the same for all and written as they are."""
        self._pause = 2 * rate
        self._off = 0
        """Ticks by which what is written now is away from its place."""
        self._stray: Stray | None = None
        self._offered: SenderReport | None = None

    # ── frames ───────────────────────────────────────────────────────────────────────────

    def begin_at(self, frame: EncodedFrame, tick: int, soonest: float) -> None:
        """Begin a clock with this frame at this time.

        ``soonest`` is when it would have arrived if nothing had kept it back, as far as is known.
        """
        if frame.epoch != self.epoch:
            self.reports = [report for report in self.reports if report.epoch == frame.epoch]
        self.epoch, self.origin = frame.epoch, frame.rtp_time - tick
        self.began, self.begin = frame.arrival, max(tick, self.written + 1)
        self.transit.clear()
        self._tick = self._before = tick - 1
        self._stray, self._usual_step, self.newest = None, None, frame
        self.transit.add(frame.arrival, self.begin, soonest - tick / self.rate)

    def reorders(self, depth: int | None) -> None:
        """Take how many pictures that are shown later may come before any picture."""
        if depth is not None:
            self.reorder = round(1.5 * depth * max(self._step, _SLOWEST) * self.rate)

    def time(self, frame: EncodedFrame) -> int:
        """Return the time at which the next frame of this clock is to be written, in ticks."""
        tick = frame.rtp_time - self.origin
        arrival = frame.arrival
        delay = arrival - tick * self._tick_length
        step = tick - self._tick
        transit, slack = self.transit, self._slack
        if step == self._usual_step and delay > transit.level - slack and self.written < tick:
            # As nearly always: what is below would find that nothing has changed.
            self._before, self._tick, self.newest = self._tick, tick, frame
            self.written = tick
            transit.add(arrival, tick, delay)
            return tick
        usual = -self.reorder < step < self.rate and delay > transit.level - slack
        if usual or self._is_plausible(tick, delay, arrival):
            if usual:
                self._stray = None
            self._before, self._tick, self.newest = self._tick, tick, frame
            if step < self._pause:
                change = step * self._tick_length + _EARLY - slack
                self._slack = slack + (change * 0.1 if slack > _EARLY else change)
                plain = abs(change) < _SAME_STEP and self._stray is None and not self._off
                self._usual_step = step if plain else None
        else:
            tick = self._astray(frame)
            if not self.jumped:
                return self._place(tick)
            delay = arrival - tick / self.rate
        if self._off or tick <= self.written:
            written = self._place(tick)
        else:
            written = self.written = tick
        transit.add(arrival, written, delay)
        return written

    def _is_plausible(self, tick: int, delay: float, arrival: float) -> bool:
        """Whether a stamp that is out of the ordinary may be true all the same."""
        if self._tick < _EVER // 2:
            return True
        if self._stray is None and self._before < tick <= self._tick:
            return True  # It was the frame before this one whose stamp ran ahead.
        step = tick - self._tick
        if step <= -self.reorder:
            return False
        slack = self._slack
        if arrival - self.began <= _SETTLED:
            seconds = step * self._tick_length
            waited = arrival - self.newest.arrival if self.newest else arrival
            if seconds - max(waited, 0.0) > _LEAP:
                return False
            slack += _UNSETTLED - _EARLY
            if waited < 0.0:
                # The one before it was sent again, so that its delay says nothing.
                slack += seconds - waited
        return delay > self.transit.level - slack

    @property
    def _step(self) -> float:
        """Seconds between two frames, as a rule; 0 where that is not known."""
        return self._slack - _EARLY

    def _place(self, tick: int) -> int:
        """Return when to write what belongs here: later where something was written already."""
        if tick < 0:
            self.early = tick - self.before
            return tick
        last = self.written
        written = tick
        if tick <= last and (not self.reorder or tick <= last - self.reorder):
            written = last + self.rate // CROWDED
        if written > last:
            self._write(tick, written)
        return written

    def _write(self, tick: int, written: int) -> None:
        if tick - written != self._off:
            self._off, self._usual_step = tick - written, None
            self.shifts.begin(written, self._off)
        self.written = written

    def begin_with(self, frame: EncodedFrame) -> int:
        """Return when to write the frame that `time` put before the file, as is known by now.

        Below zero it is still not in the file (`from_zero`).
        """
        belongs = self.early + self.before
        written = from_zero(frame, belongs)
        if written <= self.written:
            return min(belongs, -1)
        self._write(belongs, written)
        return written

    def _astray(self, frame: EncodedFrame) -> int:
        """Place a frame whose stamp contradicts its arrival; see whether the next ones do too."""
        stray = self._stray
        if stray is not None and self._goes_on(stray, frame):
            tick = stray.tick + frame.rtp_time - stray.rtp_time
            since, begin, frames = stray.since, stray.begin, stray.frames + 1
        else:
            tick, since, begin, frames = self._behind(frame), frame.arrival, self.written + 1, 1
        self._usual_step = None
        self._stray = Stray(frame.rtp_time, tick, frame.arrival, since, begin, frames)
        self.odd += 1
        if frames >= _SURE_FRAMES and frame.arrival - since >= _SURE_SECONDS:
            self.odd -= frames
            tick = self._believe(frame, self._stray)
            self._tick = self._before = tick
            self._stray, self.newest = None, frame
        return tick

    def _believe(self, frame: EncodedFrame, stray: Stray) -> int:
        """Return the time of a frame that bears out others whose stamps contradicted arrival."""
        tick = frame.rtp_time - self.origin
        late = tick - stray.tick
        if stray.since - self.began < _FIRST and 0 < late < _KEPT_BACK * self.rate:
            # Nothing jumped: what came first was sent again.
            self.shifts.add(stray.begin, self.written + 1, late)
            self.transit.add(frame.arrival, tick, frame.arrival - tick / self.rate)
            return tick
        self.origin, self.jumped = frame.rtp_time - stray.tick, True
        self.began, self.begin = stray.since, stray.begin
        self.reports.clear()
        return stray.tick

    def _goes_on(self, stray: Stray, frame: EncodedFrame) -> bool:
        step = (frame.rtp_time - stray.rtp_time) / self.rate
        return step > 0 and abs(step - (frame.arrival - stray.arrival)) < _AGREE

    def _behind(self, frame: EncodedFrame) -> int:
        last = self._stray
        tick = last.tick if last else self._tick
        before = last.arrival if last else (self.newest.arrival if self.newest else frame.arrival)
        waited, usual = frame.arrival - before, self._step
        passed = waited if waited > max(_LATE, 4 * usual) else usual
        return tick + max(round(passed * self.rate), 1)

    # ── moves ────────────────────────────────────────────────────────────────────────────

    def move(self, seconds: float, moves: list[tuple[int, float]]) -> None:
        """Everything from now on is so much later in the file, and so is what was written.

        Args:
            seconds: Of what is to come.
            moves: (written from this time on, seconds) of what was written, in order; what was
                written before the first one is right as it is.
        """
        # Where the next frame may be at the earliest.
        end = self.written + self.rate // CROWDED if self.written >= 0 else 0
        bounds = [*(tick for tick, _ in moves[1:]), end]
        for (begin, by), until in zip(moves, bounds, strict=False):
            self.shifts.add(max(begin, 0), min(until, end), round(by * self.rate))
        if moves and moves[0][0] <= self.begin:
            self.before += round(moves[0][1] * self.rate)
            moves = [(_EVER, moves[0][1]), *moves[1:]]
        self.transit.moved(moves)
        ticks = round(seconds * self.rate)
        self.origin -= ticks
        self._tick += ticks
        self._before += ticks
        if self._stray is not None:
            self._stray.tick += ticks

    def mended(self) -> None:
        """What was written is in its place now."""
        self.written += self.shifts.at(self.written)
        self.begin += self.shifts.at(self.begin)
        for stretch in self.transit.stretches():
            stretch.tick += self.shifts.at(stretch.tick)
        self.shifts, self._off = Shifts(), 0

    # ── reports ──────────────────────────────────────────────────────────────────────────

    def see(self, report: SenderReport) -> bool:
        """Take a report, unless it is known or cannot be true; return whether it was taken."""
        if report == self._offered:
            return False
        self._offered, newest = report, self.newest
        if newest is not None and newest.epoch == report.epoch:
            # Of a clock that rests nobody knows whether it stands still.
            waited = report.arrival - newest.arrival
            ahead = (report.rtp_time - newest.rtp_time) / self.rate
            if waited > _RESTS or abs(ahead - waited) > _NEAR:
                return False
        self.reports = [*self.reports[-1:], report]
        return True

    @property
    def report(self) -> SenderReport | None:
        """The last report on this clock that came while frames did.

        In a pause the clock may have stood still.
        """
        longest = max(_PAUSE, 4 * self._step)
        for report in reversed(self.reports):
            known = report.epoch == self.epoch and report.arrival <= self.transit.last
            if known and self.transit.gap(report.arrival) <= longest:
                return report
        return None

    def zero(self, report: SenderReport) -> float:
        """Return the sender's wall clock at file time zero, by a report on this clock."""
        return report.ntp - (report.rtp_time - self.origin) / self.rate

    def fork(self, ticks: int) -> TrackClock:
        """Return the same clock for a file that begins so much later."""
        other = TrackClock(self.rate)
        other.epoch, other.origin, other.reorder = self.epoch, self.origin + ticks, self.reorder
        other.began, other.newest, other.reports = self.began, self.newest, list(self.reports)
        other.transit = self.transit.shifted(ticks / self.rate, ticks)
        # Sound of the last seconds comes once more.
        other._tick = other._before = _EVER
        other._slack = self._slack
        return other

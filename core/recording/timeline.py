"""RTP times of one or two tracks → times in a file. Pure: no clock, no I/O.

One track leads: its first frame is time zero of the file. Where a partner is expected, the
first frames are held until sender reports of both tracks say how their clocks relate (RFC
3550, 6.4.1), or until the hold is over; then arrival times have to say it. Once a track has
its place it keeps it: within an epoch the differences of RTP times are the differences of
file times, exactly. A track gets a new place only where its RTP clock began anew (an epoch)
or contradicts arrival by many seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model import EncodedFrame, Kind, SenderReport

CLAMP = 0.5
"""Seconds by which sender reports may contradict arrival before arrival is believed."""
JUMP = 10.0
"""Seconds by which RTP time may run away from arrival within an epoch."""
BACKWARD = 1.0
"""Seconds by which RTP time may step back within an epoch."""
HOLD_BYTES = 64_000_000
"""Held frames never take more memory than this."""
_WINDOW = 5.0
_STALE = 2.0


class TimedFrame(NamedTuple):
    """A frame and its time in the file."""

    frame: EncodedFrame
    pts: int
    """Ticks of the codec's RTP clock. Below zero on a partner's frames from before the start."""


class Transit:
    """Least of arrival minus file time over the last seconds: delay without its jitter.

    The window lets it follow senders whose clock runs fast or slow.
    """

    def __init__(self) -> None:
        self._began = -math.inf
        self._old = self._new = math.inf
        self.value: float | None = None
        """Seconds; ``None`` before the first frame."""
        self.last = -math.inf
        """Arrival of the last frame."""

    def add(self, arrival: float, seconds: float) -> None:
        """Count a frame that arrived then and has this time in the file."""
        if arrival - self._began > _WINDOW:
            self._began, self._old, self._new = arrival, self._new, math.inf
        delay = arrival - seconds
        if delay < self._new:
            self._new = delay
        self.value = self._new if self._new < self._old else self._old
        self.last = arrival

    def shifted(self, seconds: float) -> Transit:
        """Return the same for a file that begins so much later."""
        other = Transit()
        other._began, other.last = self._began, self.last
        other._old, other._new = self._old + seconds, self._new + seconds
        other.value = None if self.value is None else self.value + seconds
        return other


class _Track:
    """Where one track is in the file."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.epoch: int | None = None
        self.origin = 0
        """RTP time of file time zero."""
        self.last: int | None = None
        self.transit = Transit()
        self.report: SenderReport | None = None
        self.zero: float | None = None
        """The sender's wall clock at file time zero, where its reports said so."""

    def see(self, report: SenderReport) -> None:
        if report != self.report:
            self.report = report
            if report.epoch == self.epoch:
                self._find_zero(report)

    def place(self, epoch: int, origin: int) -> None:
        same = epoch == self.epoch
        self.epoch, self.origin = epoch, origin
        if not same and self.report is not None and self.report.epoch == epoch:
            self._find_zero(self.report)

    def _find_zero(self, report: SenderReport) -> None:
        self.zero = report.ntp - (report.rtp_time - self.origin) / self.rate

    def wall(self, frame: EncodedFrame) -> float | None:
        """The sender's wall clock at a frame."""
        report = self.report
        if report is None or report.epoch != frame.epoch:
            return None
        return report.ntp + (frame.rtp_time - report.rtp_time) / self.rate

    def runs_away(self, frame: EncodedFrame) -> bool:
        """Whether the RTP time of a frame contradicts its arrival."""
        transit = self.transit.value
        if transit is None:
            return False
        pts = frame.rtp_time - self.origin
        if self.last is not None and pts < self.last - BACKWARD * self.rate:
            return True
        return not -JUMP <= pts / self.rate - (frame.arrival - transit) <= JUMP

    def advance(self, frame: EncodedFrame) -> int:
        """Return the file time of a frame in ticks, and remember it if it is in the file."""
        pts = frame.rtp_time - self.origin
        self.transit.add(frame.arrival, pts / self.rate)
        if pts >= 0:
            # A whole millisecond, so that coarse containers see two times as well.
            if self.last is not None and pts <= self.last:
                pts = self.last + self.rate // 1000
            self.last = pts
        return pts

    def shifted(self, seconds: float) -> _Track:
        other = _Track(self.rate)
        other.epoch, other.report = self.epoch, self.report
        other.origin = self.origin + round(seconds * self.rate)
        other.transit = self.transit.shifted(seconds)
        other.zero = None if self.zero is None else self.zero + seconds
        return other


class Timeline:
    """Gives the frames of one take their times.

    Args:
        lead: The track whose first frame begins the file.
        rates: RTP clock rate of each track of the file, in Hz.
        hold: Longest wait for sender reports in seconds; only where there are two tracks.
    """

    def __init__(self, lead: Kind, rates: Mapping[Kind, int], hold: float) -> None:
        self.lead = lead
        self.aligned_by = "arrival"
        """``sender-reports`` or ``arrival``."""
        self._hold = hold
        self._tracks = {kind: _Track(rate) for kind, rate in rates.items()}
        self.holding = len(rates) > 1
        """Whether frames are still kept back."""
        self._held: list[EncodedFrame] = []
        self._held_bytes = 0
        self._held_epochs: dict[Kind, int] = {}
        """Of the first frame that is held of each track."""
        self._since: float | None = None

    def report(self, kind: Kind, report: SenderReport) -> None:
        """Take the newest point of a sender's clock."""
        if kind in self._tracks:
            self._tracks[kind].see(report)

    def sender_time(self, frame: EncodedFrame) -> float | None:
        """Return the sender's wall clock at a frame, where its reports say so."""
        return self._tracks[frame.codec.kind].wall(frame)

    def time(self, frame: EncodedFrame) -> int:
        """Return the time of the next frame of a track, in ticks; not while it is holding."""
        track = self._tracks[frame.codec.kind]
        if track.epoch != frame.epoch or track.runs_away(frame):
            self._anchor(track, [frame])
        return track.advance(frame)

    def push(self, frame: EncodedFrame, now: float) -> list[TimedFrame]:
        """Take a frame; return those whose time is known now, in order of time."""
        if not self.holding:
            return [TimedFrame(frame, self.time(frame))]
        self._held.append(frame)
        self._held_bytes += len(frame.data)
        self._held_epochs.setdefault(frame.codec.kind, frame.epoch)
        if self._since is None and frame.codec.kind is self.lead:
            self._since = now
        return self.poll(now)

    def poll(self, now: float) -> list[TimedFrame]:
        """Return held frames if they need not wait any longer."""
        if not self.holding or self._since is None:
            return []
        waited = now - self._since >= self._hold or self._held_bytes > HOLD_BYTES
        return self.release() if waited or self._reported() else []

    def release(self) -> list[TimedFrame]:
        """Return held frames at once; nothing where the lead has not begun."""
        frames, self._held, self.holding = self._held, [], False
        lead = [frame for frame in frames if frame.codec.kind is self.lead]
        partner = [frame for frame in frames if frame.codec.kind is not self.lead]
        if not lead:
            return []
        timed = [TimedFrame(frame, self.time(frame)) for frame in lead]
        if partner:
            # All that came of the partner says more about its delay than one packet.
            epoch = partner[0].epoch
            track = self._tracks[partner[0].codec.kind]
            self._anchor(track, [frame for frame in partner if frame.epoch == epoch])
            timed += [TimedFrame(frame, self.time(frame)) for frame in partner]
        return sorted(timed, key=self._seconds)

    def fork(self, first: EncodedFrame, rates: Mapping[Kind, int]) -> Timeline:
        """Return the timeline of a file that begins at ``first``, a frame of the lead.

        It is aligned as this one is, so that it need not hold anything.
        """
        own = self._tracks[self.lead]
        if own.epoch != first.epoch or own.runs_away(first):
            self._anchor(own, [first])
        cut = (first.rtp_time - own.origin) / own.rate
        other = Timeline(self.lead, rates, self._hold)
        other.holding, other.aligned_by = False, self.aligned_by
        for kind, rate in rates.items():
            track = self._tracks.get(kind)
            if track is not None and track.rate == rate:
                other._tracks[kind] = track.shifted(cut)
        other._tracks[self.lead].transit.add(first.arrival, 0.0)
        return other

    def _seconds(self, timed: TimedFrame) -> tuple[float, bool]:
        kind = timed.frame.codec.kind
        return timed.pts / self._tracks[kind].rate, kind is not self.lead

    def _reported(self) -> bool:
        """Whether every track has a report on the clock of its first frame."""
        return all(
            track.report is not None
            and track.report.epoch == self._held_epochs.get(kind, track.report.epoch)
            for kind, track in self._tracks.items()
        )

    def _anchor(self, track: _Track, frames: Sequence[EncodedFrame]) -> None:
        """Give a track a place at the first of some frames of one epoch."""
        first = frames[0]
        seconds = self._by_arrival(track, frames)
        if seconds is None:
            track.place(first.epoch, first.rtp_time)
            return
        reported = self._by_report(track, first)
        believed = reported is not None and abs(reported - seconds) <= CLAMP
        if reported is not None and believed:
            seconds = reported
        if track.epoch is None:
            self.aligned_by = "sender-reports" if believed else "arrival"
        track.place(first.epoch, first.rtp_time - round(seconds * track.rate))

    def _by_arrival(self, track: _Track, frames: Sequence[EncodedFrame]) -> float | None:
        """File time of the first frame in seconds, if all tracks are delayed alike."""
        reference = self._reference(track)
        if reference is None or reference.transit.value is None:
            return None
        first = frames[0].rtp_time
        earliest = min(f.arrival - (f.rtp_time - first) / track.rate for f in frames)
        return earliest - reference.transit.value

    def _by_report(self, track: _Track, frame: EncodedFrame) -> float | None:
        """File time of a frame in seconds, if all tracks share the sender's wall clock."""
        wall = track.wall(frame)
        zeros = [other.zero for other in self._others_first(track) if other.zero is not None]
        return None if wall is None or not zeros else wall - zeros[0]

    def _reference(self, track: _Track) -> _Track | None:
        known = [other for other in self._others_first(track) if other.transit.value is not None]
        if len(known) > 1 and known[0].transit.last < track.transit.last - _STALE:
            return track
        return known[0] if known else None

    def _others_first(self, track: _Track) -> list[_Track]:
        return [*(other for other in self._tracks.values() if other is not track), track]

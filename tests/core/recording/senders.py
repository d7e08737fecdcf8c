"""A sender, its clocks and the way to us, simulated: what arrives of whom, and when.

Everything is a function of true time in seconds, at which a sound or a picture was captured.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from roomdeck.core.model import Codec, EncodedFrame, Kind, SenderReport
from roomdeck.core.recording.timing import Timeline

RATES = {Kind.VIDEO: 90000, Kind.AUDIO: 48000}
BEGIN = 1000.0
"""Monotonic time at which capture begins."""
WALL = 1_700_000_000.0
BATCH = 0.2


@dataclass
class Track:
    """One track of a sender."""

    kind: Kind
    interval: float
    """Seconds between two frames."""
    delay: float = 0.03
    """Seconds from capture to arrival, where nothing is in the way."""
    jitter: float = 0.004
    burst: float = 0.0
    """Nothing leaves before this time; then all that was queued does."""
    drain: float = 0.0
    """Times real time at which it does; 0 is at once."""
    ppm: float = 0.0
    stood: Sequence[tuple[float, float]] = ()
    """(when, seconds) for which the RTP clock stood still."""
    silent: Sequence[tuple[float, float]] = ()
    """From, to: nothing is captured."""
    kept: Sequence[tuple[float, float]] = ()
    """From, to: what is captured in between is kept back until then."""
    odd: Mapping[int, float] = field(default_factory=lambda: dict[int, float]())
    """Frame number → seconds by which its stamp is off."""
    again: Mapping[int, float] = field(default_factory=lambda: dict[int, float]())
    """Frame number → seconds by which it is later than others, as it had to be sent again."""
    offset: int = 12345
    reports: float | None = 1.0
    """Seconds between two sender reports; ``None``: there are none."""
    reports_from: float = 0.0
    report: Callable[[int, SenderReport], SenderReport | None] = lambda _, report: report
    """What becomes of the nth report."""

    def clock(self, true: float) -> float:
        """Seconds on the RTP clock."""
        stood = sum(min(max(true - when, 0.0), seconds) for when, seconds in self.stood)
        return (true - stood) * (1 + self.ppm * 1e-6)

    def rtp(self, true: float) -> int:
        return self.offset + round(self.clock(true) * RATES[self.kind])


@dataclass
class Sent:
    """A frame and the true time of its capture."""

    frame: EncodedFrame
    true: float
    handed: float
    """When it is handed over: those before it in the order of sending are waited for."""


@dataclass
class Sender:
    """Both tracks, and the network they share."""

    video: Track
    audio: Track
    seconds: float = 20.0
    seed: int = 0
    wall: Callable[[float], float] = lambda true: WALL + true
    """The sender's own clock at a true time."""
    network: Callable[[float], float] = lambda _: 0.0
    """Extra delay of whatever is sent at a true time."""
    loss: float = 0.0

    def frames(self, track: Track) -> list[Sent]:
        chooser = random.Random(f"{self.seed}{track.kind}")
        sent: list[Sent] = []
        latest = handed = 0.0
        for number in range(int(self.seconds / track.interval)):
            true = number * track.interval
            if any(begin <= true < end for begin, end in track.silent):
                continue
            leaves = max(true, track.burst + (true / track.drain if track.drain else 0.0))
            leaves = max([leaves, *(end for begin, end in track.kept if begin <= true < end)])
            leaves += track.delay + chooser.expovariate(1 / track.jitter)
            latest = max(latest, leaves + self.network(leaves))
            rtp = track.rtp(true) + round(track.odd.get(number, 0.0) * RATES[track.kind])
            codec = Codec.VP8 if track.kind is Kind.VIDEO else Codec.OPUS
            data = f"{track.kind}{number}".encode()
            arrival = BEGIN + latest + track.again.get(number, 0.0)
            handed = max(handed, arrival)
            frame = EncodedFrame(codec, data, rtp, arrival, number == 0, 64, 48)
            if chooser.random() >= self.loss or number == 0:
                sent.append(Sent(frame, true, handed))
        return sent

    def reports(self, track: Track) -> list[SenderReport]:
        if track.reports is None:
            return []
        found: list[SenderReport] = []
        true, number = track.reports_from, 0
        while true < self.seconds:
            arrival = BEGIN + true + 0.03 + self.network(true)
            report = SenderReport(self.wall(true), track.rtp(true), arrival)
            changed = track.report(number, report)
            if changed is not None and true >= track.burst:
                found.append(changed)
            true, number = true + track.reports, number + 1
        return found


class Result:
    """What became of the frames of a sender."""

    def __init__(self, sender: Sender) -> None:
        self.timeline = Timeline(Kind.VIDEO, RATES)
        self.written: dict[Kind, list[tuple[float, int]]] = {Kind.VIDEO: [], Kind.AUDIO: []}
        """(true time, written tick) in the order of sending."""
        self.early = 0
        self._record(sender)

    def _record(self, sender: Sender) -> None:
        sent = [*sender.frames(sender.video), *sender.frames(sender.audio)]
        sent.sort(key=lambda one: one.handed)
        reports = sorted(
            (
                (report.arrival, track.kind, report)
                for track in (sender.video, sender.audio)
                for report in sender.reports(track)
            ),
            key=lambda one: one[0],
        )
        first = next(one for one in sent if one.frame.codec.kind is Kind.VIDEO)
        begun = False
        waiting: list[Sent] = []
        now = BEGIN
        handed, at = [one.handed for one in sent], 0
        while at < len(sent):
            now += BATCH
            while reports and reports[0][0] <= now:
                _, kind, report = reports.pop(0)
                self.timeline.report(kind, report)
            end = bisect_right(handed, now, at)
            batch, at = sent[at:end], end
            if not begun:
                waiting += batch
                if first not in batch:
                    continue
                begun = True
                batch = [first, *(one for one in waiting if one is not first)]
            self.timeline.expect([one.frame for one in batch])
            for one in batch:
                tick = self.timeline.time(one.frame)
                if tick < 0:
                    self.early += 1
                    continue
                self.written[one.frame.codec.kind].append((one.true, tick))

    def finished(self, kind: Kind, mended: bool = True) -> list[tuple[float, float]]:
        """(true time, seconds in the finished file) of each frame."""
        shifts = self.timeline.shifts[kind]
        return [
            (true, (tick + (shifts.at(tick) if mended else 0)) / RATES[kind])
            for true, tick in self.written[kind]
        ]

    def apart(self, *, mended: bool = True) -> list[float]:
        """By how much each sound is later than the picture of its moment, in seconds."""
        pictures = self.finished(Kind.VIDEO, mended)
        index = 0
        result: list[float] = []
        for true, seconds in self.finished(Kind.AUDIO, mended):
            while index + 1 < len(pictures) and pictures[index + 1][0] <= true:
                index += 1
            if abs(pictures[index][0] - true) < 0.5:
                result.append((seconds - true) - (pictures[index][1] - pictures[index][0]))
        return result

    def increases(self) -> bool:
        return all(
            one[1] < two[1] for ticks in self.written.values() for one, two in pairwise(ticks)
        )


def picture(**words: object) -> Track:
    return Track(Kind.VIDEO, **({"interval": 1 / 30} | words))  # type: ignore[arg-type]


def sound(**words: object) -> Track:
    return Track(Kind.AUDIO, **({"interval": 0.02} | words))  # type: ignore[arg-type]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(abs(value) for value in values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

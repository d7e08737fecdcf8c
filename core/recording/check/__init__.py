"""Read a recorded file again and say what is in it and what is wrong with it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import msgspec

from ...model import Kind, TakeSummary
from ..sentlog import SentFrame, read_sent_log
from .alignment import against_sent, by_arrival, by_reports
from .compare import compare
from .demux import Content, Track, read_file
from .judge import Evidence, judge, verdict
from .measure import measure
from .report import (
    CheckReport,
    Comparison,
    Finding,
    Lateness,
    Level,
    Recorded,
    TrackReport,
    Verdict,
    What,
)
from .sidecars import Known, Sidecars
from .words import describe, summarise

__all__ = [
    "CheckReport",
    "Comparison",
    "Finding",
    "Level",
    "Sidecars",
    "TrackReport",
    "Verdict",
    "What",
    "check",
    "describe",
    "summarise",
]

GROWS = 10.0
"""Seconds since its last change in which a file counts as being written."""


def check(path: Path, against: Path | None = None, sidecars: Sidecars | None = None) -> CheckReport:
    """Demux and decode every packet of ``path``, and judge what is found.

    A damaged file does not raise: the report says what is wrong.

    Args:
        path: Of the file.
        against: A sent log of its publisher, to compare with frame by frame.
        sidecars: Those that were read already, where many files are checked.

    Raises:
        UsageError: The sent log cannot be used.
    """
    sent = read_sent_log(against) if against is not None else None
    known = (sidecars or Sidecars()).find(path)
    content = read_file(path, keep=sent is not None)
    zero = min((track.cadence.first for track in content.tracks.values()), default=math.inf)
    reports = {kind: measure(track, zero) for kind, track in content.tracks.items()}
    comparisons = [] if sent is None else list(_comparisons(content, sent))
    seconds = max((report.end for report in reports.values()), default=0.0)
    take = known.take if known else None
    aligned_by, late = _alignment(comparisons, take, seconds) or (None, [])
    video, audio = reports.get(Kind.VIDEO), reports.get(Kind.AUDIO)
    both = video is not None and audio is not None and video.frames and audio.frames
    report = CheckReport(
        file=str(path),
        bytes=path.stat().st_size if path.exists() else 0,
        container=content.container,
        seconds=seconds,
        video=video,
        audio=audio,
        start_offset=audio.start - video.start if video and audio and both else None,
        end_offset=audio.end - video.end if video and audio and both else None,
        aligned_by=aligned_by,
        late=late,
        comparisons=comparisons,
        recorded=_recorded(known) if known else None,
        unreadable=content.errors,
    )
    findings = judge(Evidence(report, take, _grows(path, take)))
    return msgspec.structs.replace(report, findings=findings, verdict=verdict(findings))


def _comparisons(content: Content, sent: list[SentFrame]) -> Iterator[Comparison]:
    zero = min((t.packets[0].time for t in content.tracks.values() if t.packets), default=None)
    for kind, track in content.tracks.items():
        frames = [frame for frame in sent if frame.kind is kind]
        yield compare(kind, track.packets, frames, _tolerance(track), zero or Fraction(0))


def _tolerance(track: Track) -> Fraction:
    """How far a time may be off because the container counts in coarser ticks than RTP does."""
    exact = track.codec is None or (track.time_base * track.codec.clock_rate).numerator == 1
    return Fraction(0) if exact else track.time_base


def _alignment(
    comparisons: Sequence[Comparison], take: TakeSummary | None, seconds: float
) -> tuple[str, list[Lateness]] | None:
    """Where sound and picture are apart, by the best that says so, and what that is."""
    by_kind = {comparison.kind: comparison for comparison in comparisons}
    if len(by_kind) > 1:
        late = against_sent(by_kind[Kind.VIDEO], by_kind[Kind.AUDIO], seconds)
        if late is not None:
            return "sent-log", late
    clocks = take.clocks if take else {}
    late = by_reports(clocks, seconds)
    if late is not None:
        return "sender-reports", late
    late = by_arrival(clocks, seconds)
    return None if late is None else ("arrival", late)


def _recorded(known: Known) -> Recorded:
    take = known.take
    frames = {Kind.VIDEO: take.video.frames if take.video else 0}
    frames[Kind.AUDIO] = take.audio.packets if take.audio else 0
    return Recorded(
        sidecar=str(known.sidecar),
        stream=take.stream,
        reason=take.reason,
        seconds=take.seconds,
        frames={kind: number for kind, number in frames.items() if number},
        lost={kind: counts.lost for kind, counts in take.packets.items()},
        holes=take.holes,
        aligned_by=take.aligned_by,
    )


def _grows(path: Path, take: TakeSummary | None) -> bool:
    if take is None or take.reason is not None or not path.exists():
        return False
    return time.time() - path.stat().st_mtime < GROWS

"""Read a recorded file again and say what is in it and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ...model import Codec, Kind
from ..sentlog import SentFrame, read_sent_log
from .compare import compare
from .demux import Content, Track, read_file
from .measure import measure
from .report import CheckReport, Comparison, TrackReport, describe

__all__ = ["CheckReport", "Comparison", "TrackReport", "check", "describe"]


def check(path: Path, against: Path | None = None) -> CheckReport:
    """Demux and decode every packet of ``path``; compare with the sent log ``against``.

    A damaged file does not raise: the report says what is wrong.

    Raises:
        UsageError: The sent log cannot be used.
    """
    sent = read_sent_log(against) if against is not None else None
    content = read_file(path)
    times = [packet.time for track in content.tracks.values() for packet in track.packets]
    zero = min(times, default=Fraction(0))
    reports = {kind: measure(track, zero) for kind, track in content.tracks.items()}
    video, audio = reports.get(Kind.VIDEO), reports.get(Kind.AUDIO)
    both = video is not None and audio is not None and video.frames and audio.frames
    comparisons = [] if sent is None else list(_comparisons(content, sent))
    return CheckReport(
        file=str(path),
        bytes=path.stat().st_size if path.exists() else 0,
        container=content.container,
        seconds=max((report.end for report in reports.values()), default=0.0),
        video=video,
        audio=audio,
        start_offset=audio.start - video.start if video and audio and both else None,
        end_offset=audio.end - video.end if video and audio and both else None,
        comparisons=comparisons,
        problems=[
            *content.errors,
            *_file_problems(content, reports),
            *(problem for c in comparisons for problem in _differences(c)),
        ],
    )


def _comparisons(content: Content, sent: list[SentFrame]) -> Iterator[Comparison]:
    for kind, track in content.tracks.items():
        frames = [frame for frame in sent if frame.kind is kind]
        yield compare(kind, track.packets, frames, _tolerance(content.container, track))


def _tolerance(container: str, track: Track) -> Fraction:
    """Matroska counts milliseconds, MPEG-TS the 90 kHz of RTP video."""
    if container != "mpegts":
        return Fraction(1, 1000)
    return Fraction(0) if track.kind is Kind.VIDEO else Fraction(1, 90000)


def _file_problems(content: Content, reports: dict[Kind, TrackReport]) -> Iterator[str]:
    if not content.errors and not any(report.frames for report in reports.values()):
        yield "no frames"
    for kind, report in reports.items():
        if report.error_count:
            shown = "; ".join(report.errors[:3])
            yield f"{report.error_count} errors while decoding: {shown}"
        if report.not_monotonic:
            yield f"{kind}: {report.not_monotonic} times are not after the one before"
        if report.frames and not report.starts_with_key:
            yield f"{kind}: does not begin with a key frame"
        yield from _undecoded(report)


def _undecoded(report: TrackReport) -> Iterator[str]:
    # VP8, VP9 and AV1 have frames that are not shown.
    every = report.kind is Kind.AUDIO or report.codec in (Codec.H264, Codec.H265)
    if report.decoded < report.frames and (every or not report.decoded):
        yield f"{report.kind}: {report.frames - report.decoded} frames gave no picture or sound"


def _differences(c: Comparison) -> Iterator[str]:
    if not c.in_file:
        if c.sent:
            yield f"{c.kind}: nothing of what was sent is in the file"
        return
    if c.first is None:
        yield f"{c.kind}: nothing in the file is in the sent log; is it that of another stream?"
        return
    if not c.first_is_key:
        yield f"{c.kind}: the first frame is not a key frame that was sent"
    counts = {
        "sent frames are missing": c.missing,
        "frames differ from what was sent": c.wrong,
        "frames were never sent": c.extra,
        "jumps in time that were not sent": c.mistimed,
    }
    yield from (f"{c.kind}: {number} {what}" for what, number in counts.items() if number)

"""Bad networks: what was sent is in the file all the same, and nothing in it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.recording.check.report import CheckReport, Comparison
from roomdeck.core.recording.sentlog import read_sent_log

from .lab import Lab

CASES = {
    "1percent": (Impairment(loss=0.01, rtt=0.05), 0.99),
    "5percent": (Impairment(loss=0.05, rtt=0.05), 0.99),
    "20percent": (Impairment(loss=0.20, rtt=0.05), 0.95),
    "bursts": (Impairment(loss=0.05, burst=5, rtt=0.1), 0.95),
    "disorder": (Impairment(reorder=0.05, duplicate=0.02, rtt=0.02), 0.99),
}
LATE = 2
"""Key frames that may be sent before the one that a file begins with: the first packet of each may
be lost, and of that nobody knows."""


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
async def test_frames_survive(lab: Lab, codec: Codec) -> None:
    recorder = await lab.record()
    for number, (case, (impairment, _)) in enumerate(CASES.items(), 1):
        lab.publish(
            case,
            codec,
            number=number,
            seconds=8.0,
            impairment=impairment,
            source={"bitrate": 1_000_000},
        )
    takes = {case: await recorder.line("take.end", case) for case in CASES}
    assert await recorder.stop() == 0

    for case, (_, wanted) in CASES.items():
        report = await lab.check(takes[case])
        video = _video(report)
        assert video.first in _key_frames(lab.sent(case))[: LATE + 1], (case, report.problems)
        # What is lost of the last picture nobody can know of.
        sent = video.sent - video.first - min(video.missing_at_end, 1)
        assert video.matched / sent >= wanted, (case, report.problems)
        assert (video.wrong, video.extra) == (0, 0), (case, report.problems)
        assert report.video is not None
        assert report.video.error_count == 0, (case, report.problems)
        assert report.video.decoded == report.video.frames, (case, report.problems)


def _key_frames(sent: Path) -> list[int]:
    frames = [frame for frame in read_sent_log(sent) if frame.kind is Kind.VIDEO]
    return [index for index, frame in enumerate(frames) if frame.key]


def _video(report: CheckReport) -> Comparison:
    return next(one for one in report.comparisons if one.kind is Kind.VIDEO)

"""Bad networks: what was sent is in the file all the same, and nothing in it is wrong."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.recording.check.report import CheckReport, Comparison

from .lab import Lab

CASES = {
    "1 %": (Impairment(loss=0.01, rtt=0.05), 0.99),
    "5 %": (Impairment(loss=0.05, rtt=0.05), 0.99),
    "20 %": (Impairment(loss=0.20, rtt=0.05), 0.95),
    "bursts": (Impairment(loss=0.05, burst=5, rtt=0.1), 0.95),
    "disorder": (Impairment(reorder=0.05, duplicate=0.02, rtt=0.02), 0.99),
}


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize("case", list(CASES))
async def test_frames_survive(lab: Lab, case: str, codec: Codec) -> None:
    impairment, wanted = CASES[case]
    recorder = await lab.record()
    lab.publish("alice", codec, seconds=8.0, impairment=impairment, source={"bitrate": 1_000_000})
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    report = await lab.check(take)
    video = _video(report)
    assert video.matched / video.sent >= wanted, report
    assert (video.wrong, video.extra) == (0, 0)
    assert report.video is not None
    assert report.video.error_count == 0
    assert report.video.decoded == report.video.frames


def _video(report: CheckReport) -> Comparison:
    return next(one for one in report.comparisons if one.kind is Kind.VIDEO)

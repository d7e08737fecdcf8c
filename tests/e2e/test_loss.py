"""Bad networks: what was sent is in the file all the same, and nothing in it is wrong."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.recording.check import CheckReport

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
    share = _share(report)
    assert share >= wanted, report
    assert report.video is not None
    assert report.video.decode_errors == 0
    _nothing_is_wrong(report)


def _share(report: CheckReport) -> float:
    comparison = report.comparisons["video"]  # placeholder for the report's own shape
    return comparison.matched / comparison.sent


def _nothing_is_wrong(report: CheckReport) -> None:
    comparison = report.comparisons["video"]
    assert comparison.wrong == 0
    assert comparison.extra == 0

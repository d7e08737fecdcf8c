"""Recordings of a real native publisher: GStreamer's webrtcbin, as raspberry_ninja is."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from roomdeck.core.model import Codec
from roomdeck.core.recording.check import CheckReport, Level, What, check
from roomdeck.core.recording.check.alignment import TOLERABLE

from .gstreamer.publisher import available, gstreamer
from .lab import SOON, Lab, Line

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        not available(), reason="GStreamer's webrtcbin or its bindings for Python are not installed"
    ),
]


def _recorded(seconds: float):
    def enough(line: Line) -> bool:
        return any(s["stream"] == "pi" and s["seconds"] > seconds for s in line["streams"])

    return enough


async def record(
    lab: Lab, codec: Codec, keep_video: float = 0.0, keep_audio: float = 0.0
) -> tuple[CheckReport, CheckReport]:
    """What a check says of a take with the list of what was sent, and without.

    Both have to be good; sound and picture may be apart by as much more as the sender was late.
    """
    recorder = await lab.record()
    async with gstreamer(
        lab.room(), "pi", lab.sent("pi"), codec, keep_video=keep_video, keep_audio=keep_audio
    ) as publisher:
        await recorder.status(_recorded(6 + max(keep_video, keep_audio)))
        publisher.say_goodbye()
        take = await recorder.line("take.end", "pi")
    assert await recorder.stop() == 0
    assert take["reason"] == "bye"
    reports = check(Path(take["file"]), lab.sent("pi")), check(Path(take["file"]))
    for report in reports:
        others = [one for one in report.findings if one.what is not What.OFFSET]
        assert {one.level for one in others} <= {Level.NOTE}, others
        worst = max((abs(part.seconds) for part in report.late), default=0.0)
        assert worst <= TOLERABLE + publisher.late, (report.late, publisher.late)
    return reports


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
async def test_what_gstreamer_encodes_is_in_the_file(lab: Lab, codec: Codec) -> None:
    report, by_itself = await record(lab, codec)
    assert [(one.missing, one.wrong, one.extra) for one in report.comparisons] == [(0, 0, 0)] * 2
    assert report.comparisons[0].first == 0
    # The sidecar knows of the sender's clock what the list of what was sent knows.
    assert (report.aligned_by, by_itself.aligned_by) == ("sent-log", "sender-reports")


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize(("keep_video", "keep_audio"), [(0, 0), (2, 0), (0, 2)])
async def test_sound_and_picture_are_together_whatever_came_as_a_burst(
    lab: Lab, codec: Codec, keep_video: float, keep_audio: float
) -> None:
    await record(lab, codec, keep_video, keep_audio)


async def test_it_is_recorded_again_at_once_after_its_worker_was_killed(lab: Lab) -> None:
    recorder = await lab.record()
    async with gstreamer(lab.room(), "pi", lab.sent("pi"), Codec.H264) as publisher:
        await recorder.status(_recorded(2))
        os.kill(lab.worker_pid(1), signal.SIGKILL)
        lost = await recorder.line("take.end", "pi")
        begun = await recorder.line("take.start", "pi", 2)
        await recorder.status(_recorded(2))
        publisher.say_goodbye()
        take = await recorder.line("take.end", "pi", 2)
    await recorder.stop()

    assert begun["time"] - lost["time"] < SOON
    assert (lost["reason"], take["reason"]) == ("worker-lost", "bye")
    assert not check(Path(take["file"])).bad

"""Files to edit with, made by themselves when the recording is over."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from roomdeck.core.config import RecordConfig
from roomdeck.core.model import Codec

from ..core.delivery.stage import watch
from .lab import PATIENCE, Lab


async def test_a_recording_that_is_over_is_delivered(lab: Lab) -> None:
    recorder = await lab.record("--deliver", "edit")
    lab.publish("alice", Codec.H264, seconds=3.0)
    lab.publish("bob", Codec.VP8, seconds=3.0)
    for stream in ("alice", "bob"):
        await recorder.line("take.end", stream)
    assert await recorder.stop() == 0
    made = {line["stream"]: line for line in recorder.all("deliver.file")}
    assert {line["error"] for line in made.values()} == {""}
    seen = {stream: watch(lab.output / line["file"]) for stream, line in made.items()}
    assert seen["alice"].pictures == seen["bob"].pictures >= 75
    for stream, what in seen.items():
        assert len(what.flashes) >= 2, stream
        for flash in what.flashes[1:]:
            beep = min(what.beeps, key=lambda at: abs(at - flash))
            # Half a slot, and what a test source's picture is late by.
            assert abs(flash - beep) < 0.06, (stream, what)


async def test_so_is_one_whose_engine_runs_by_itself(lab: Lab) -> None:
    config = RecordConfig(
        room=lab.room(),
        output=str(lab.output),
        prefix="lab",
        workers=1,
        deliver="audio",
    )
    lab.publish("alice")
    await lab.record_apart(config)
    await asyncio.to_thread(_wait_for, lab.output, "*-audio/markers.csv")
    (made,) = lab.output.glob("*-audio/alice.wav")
    assert watch(made).samples >= 2 * 48000
    (log,) = lab.output.glob("*.audio.log")
    assert "alice.wav: made" in log.read_text()


def _wait_for(folder: Path, pattern: str) -> None:
    """Wait for what no process tells of that is still there to be asked."""
    end = time.monotonic() + PATIENCE
    while not any(folder.glob(pattern)):
        assert time.monotonic() < end, sorted(folder.rglob("*"))
        time.sleep(0.05)

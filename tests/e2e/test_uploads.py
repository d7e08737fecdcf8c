"""What is recorded is uploaded beside the recording, and goes from the disk then."""

from __future__ import annotations

import asyncio
from pathlib import Path

from roomdeck.core.recording import sidecar
from roomdeck.core.recording.check import Verdict, check
from tests.e2e.lab import PATIENCE, Lab


async def test_a_take_goes_up_and_then_from_the_disk(lab: Lab, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    recorder = await lab.record("--upload", str(there), "--keep", "0")
    lab.publish("alice", seconds=3.0)
    take = await recorder.line("take.end", "alice")
    told = await recorder.line("upload.done")
    assert (told["file"], told["bytes"]) == (take["file"], take["bytes"])
    status = await recorder.status(lambda line: bool(line["uploads"]))
    assert status["uploads"]["failed"] == 0
    await recorder.line("file.removed")
    assert not list(lab.output.glob("*.ts"))
    assert await recorder.stop() == 0

    (described,) = lab.output.glob("*.json")
    async with asyncio.timeout(PATIENCE):
        while not (there / described.name).exists():  # noqa: ASYNC110 - by another process
            await asyncio.sleep(0.1)
    uploaded = there / Path(take["file"]).name
    report = await asyncio.to_thread(check, uploaded, lab.sent("alice"))
    assert report.verdict is Verdict.GOOD
    known = sidecar.load(there / described.name)
    assert known is not None
    (place,) = known.whereabouts
    assert place.to == uploaded.as_uri()
    assert place.removed

"""Disks that are tiny, fill, or are taken away while they are recorded to."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomdeck.core.recording.sidecar import load

from ..disks import Disk, Unmountable, mounted
from .lab import Command, Lab, Line


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    try:
        with mounted(tmp_path, megabytes=40) as disk:
            yield disk
    except Unmountable as error:
        pytest.skip(str(error))


def _row(line: Line) -> Line:
    return line["streams"][0] if line["streams"] else {"state": "", "reason": ""}


async def test_a_small_disk_fills_and_is_cleared(lab: Lab, disk: Disk) -> None:
    lab.output = disk.folder / "out"
    ballast = disk.folder / "ballast"
    recorder = await lab.record()
    small = await recorder.line("disk.small")
    assert "small disk" in small["text"]
    alice = lab.publish("alice", seconds=None)
    await recorder.status(lambda line: _row(line)["state"] == "REC")
    space = os.statvfs(disk.folder)
    ballast.write_bytes(bytes(space.f_bavail * space.f_frsize - 3_000_000))
    full = await recorder.line("take.end", "alice")
    failed = await recorder.status(lambda line: _row(line)["state"] == "FAIL")
    assert _row(failed)["reason"].startswith("the disk is full, ")
    assert "goes on by itself at" in _row(failed)["reason"]
    bob = lab.publish("bob", seconds=None)
    await recorder.status(
        lambda line: (
            [row["state"] for row in line["streams"]] == ["FAIL", "FAIL"]
            and all(row["reason"].startswith("the disk is full") for row in line["streams"])
        )
    )
    ballast.unlink()
    await recorder.line("take.start", "alice", 2)
    await recorder.line("take.start", "bob")
    alice.stop()
    bob.stop()
    again = await recorder.line("take.end", "alice", 2)
    await recorder.line("take.end", "bob")
    assert await recorder.stop() == 4
    assert (full["reason"], again["reason"]) == ("disk-full", "bye")
    for take in (full, again):
        assert not (await lab.check(take)).bad


async def test_a_folder_and_a_disk_that_are_taken_away(lab: Lab, disk: Disk) -> None:
    lab.output = disk.folder / "out"
    recorder = await lab.record()
    alice = lab.publish("alice", seconds=None)
    first = await recorder.line("take.start", "alice")
    await asyncio.to_thread(shutil.rmtree, lab.output)
    removed = await _lost(recorder, 1)
    assert f"the folder {lab.output} was removed" in removed["text"]

    second = await recorder.line("take.start", "alice", 2)
    assert second["file"] != first["file"]
    await recorder.status(lambda line: _row(line)["state"] == "REC")
    disk.snatch()
    unmounted = await _lost(recorder, 2)
    assert "was unmounted" in unmounted["text"] or "not mounted" in unmounted["text"]
    await recorder.status(lambda line: "is not mounted any more" in _row(line)["reason"])
    assert os.listdir(disk.folder) == []

    disk.put_back()
    await recorder.line("take.start", "alice", 3)
    alice.stop()
    last = await recorder.line("take.end", "alice", 3)
    assert await recorder.stop() == 3
    assert not (await lab.check(last)).bad
    assert not (await lab.check(unmounted)).bad
    [sidecar] = lab.output.glob("*.json")
    known = load(sidecar)
    assert known is not None
    assert {take.file: take.reason and take.reason.value for take in known.takes} == {
        Path(removed["file"]).name: "write-error",
        Path(unmounted["file"]).name: "write-error",
        Path(last["file"]).name: "bye",
    }


async def _lost(recorder: Command, count: int) -> Line:
    """Wait for the end of a take; how soon that is depends on how long the disk takes to sync."""
    take = await recorder.line("take.end", "alice", count)
    assert (take["reason"], take.get("level")) == ("write-error", "error"), take
    return take

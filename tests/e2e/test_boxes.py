"""Nodes of a cluster without Ray: streams leave one, or lose one, and what that costs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import pytest

from roomdeck.core.cluster.cards import WorkerCard
from roomdeck.core.model import Codec
from roomdeck.core.recording.check import CheckReport
from roomdeck.core.recording.sidecar import load

from ..disks import Disk, Unmountable, mounted
from .boxes import Boxes
from .lab import PATIENCE, Lab, Line
from .places import is_large, is_sending

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(150)]


def seconds(**least: float) -> Callable[[Line], bool]:
    def enough(line: Line) -> bool:
        known = {row["stream"]: row["seconds"] for row in line["streams"]}
        return all(known.get(stream, 0.0) >= wanted for stream, wanted in least.items())

    return enough


def without_hole(first: CheckReport, second: CheckReport) -> bool:
    """Whether each frame of both kinds is in one of two files, from the first one on."""
    for one, two in zip(first.comparisons, second.comparisons, strict=True):
        last = one.sent - 1 - one.missing_at_end
        if one.kind is not two.kind or one.missing or two.missing or one.wrong or two.wrong:
            return False
        if two.first is None or two.first > last + 1:
            return False
    return True


def in_sidecar(lab: Lab) -> set[tuple[str, str]]:
    """Return node and file of all takes that the session's JSON file names."""
    (path,) = lab.output.glob("lab_*.json")
    known = load(path)
    assert known is not None
    return {(take.node, take.file) for take in known.takes}


async def test_a_node_is_emptied_without_a_hole(lab: Lab) -> None:
    boxes = Boxes(lab, "a", "b")
    recorder = await boxes.record("--place", "*=rack-a")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    assert first["node"] == "a"
    await recorder.status(seconds(alice=2))
    assert "a is empty" in await lab.tell("cluster", "drain", "a")
    assert boxes.workers("a") == []
    second = await recorder.line("take.start", "alice", 2)
    assert second["node"] == "b"
    ended = await recorder.line("take.end", "alice")
    assert (ended["file"], ended["reason"]) == (first["file"], "relocated")
    await recorder.status(seconds(alice=2))
    guest.stop()
    last = await recorder.line("take.end", "alice", 2)
    # One that is filled again has a worker again.
    await lab.tell("cluster", "undrain", "a")
    assert await recorder.stop() == 0

    one, two = await lab.check(ended), await lab.check(last)
    assert not one.bad, one.problems
    assert not two.bad, two.problems
    assert len(one.comparisons) == 2
    assert without_hole(one, two), (one.comparisons, two.comparisons)
    assert in_sidecar(lab) == {("a", first["file"]), ("b", second["file"])}


async def test_a_node_whose_disk_fills_is_left_before_it_is_full_without_a_hole(
    lab: Lab, tmp_path: Path
) -> None:
    try:
        with mounted(tmp_path, megabytes=40) as disk:
            await _fill(lab, disk)
    except Unmountable as error:
        pytest.skip(str(error))


async def _fill(lab: Lab, disk: Disk) -> None:
    boxes = Boxes(lab, "a", "b", a=disk.folder / "out")
    recorder = await boxes.record("--place", "*=rack-a")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    assert first["node"] == "a"
    await recorder.status(seconds(alice=1))
    space = os.statvfs(disk.folder)
    # Above the floor, a tenth of it, and below twice that.
    left = space.f_blocks * space.f_frsize * 15 // 100
    (disk.folder / "ballast").write_bytes(bytes(space.f_bavail * space.f_frsize - left))
    ended = await recorder.line("take.end", "alice")
    second = await recorder.line("take.start", "alice", 2)
    assert (ended["reason"], second["node"]) == ("relocated", "b")
    await recorder.status(seconds(alice=2))
    status = await lab.run("status")
    await status.wait()
    assert any(line["text"].startswith("node a at 127.0.0.1: full") for line in status.all("text"))
    guest.stop()
    last = await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0
    one, two = await lab.check(ended), await lab.check(last)
    assert without_hole(one, two), (one.comparisons, two.comparisons)


async def test_a_node_that_is_killed_costs_its_streams_the_time_until_others_have_them(
    lab: Lab,
) -> None:
    boxes = Boxes(lab, "a", "b")
    recorder = await boxes.record("--place", "*=rack-a", "--sync", "1")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    await recorder.status(seconds(alice=3))
    await boxes.kill("a")
    lost = await recorder.line("take.end", "alice")
    assert lost["reason"] == "worker-lost"
    second = await recorder.line("take.start", "alice", 2)
    assert second["node"] == "b"
    assert second["time"] - lost["time"] < 5
    await recorder.status(seconds(alice=2))
    guest.stop()
    last = await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 3
    assert not (await lab.check(last)).bad
    assert in_sidecar(lab) == {("a", first["file"]), ("b", second["file"])}
    # What was on the disk is there.
    kept = await lab.check(first)
    assert kept.seconds > 1
    assert all(not one.missing for one in kept.comparisons)


async def test_what_a_killed_worker_left_on_a_node_is_completed_there(lab: Lab) -> None:
    boxes = Boxes(lab, "a", "b")
    recorder = await boxes.record("--place", "*=rack-a", "--sync", "1")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    await recorder.status(seconds(alice=3))
    (pid,) = boxes.workers("a")
    os.kill(pid, signal.SIGKILL)
    repaired = await recorder.line("take.repaired", "alice")
    assert (repaired["file"], repaired["node"]) == (first["file"], "a")
    assert repaired["seconds"] > 1
    # The worker that follows may take longer to begin than its node to complete the file.
    await recorder.line("take.start", "alice", 2)
    guest.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 3
    (path,) = lab.output.glob("lab_*.json")
    known = load(path)
    assert known is not None
    assert [take.seconds for take in known.takes if take.file == first["file"]] == [
        repaired["seconds"]
    ]
    report = await lab.check(first)
    assert all(not one.missing for one in report.comparisons)


async def test_a_node_that_comes_back_loses_nothing_of_what_it_had_recorded(lab: Lab) -> None:
    boxes = Boxes(lab, "a", "b")
    recorder = await boxes.record("--place", "*=rack-a")
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    await recorder.status(seconds(alice=2))
    frozen = boxes.workers("a")
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    second = await recorder.line("take.start", "alice", 2)
    assert (first["node"], second["node"]) == ("a", "b")
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    lost = await recorder.line("take.end", "alice")
    assert lost["reason"] == "worker-lost"
    # It is had again, and says how its take ended.
    ended = await recorder.line("take.end", "alice", 2)
    assert ended["file"] == first["file"]
    assert ended["reason"] != "worker-lost"
    assert ended["seconds"] >= lost["seconds"]
    await recorder.status(seconds(alice=2))
    guest.stop()
    last = await recorder.line("take.end", "alice", 3)
    assert await recorder.stop() == 0
    for take in (ended, last):
        assert not (await lab.check(take)).bad
    assert in_sidecar(lab) == {("a", first["file"]), ("b", second["file"])}


async def test_takes_of_nodes_go_from_there_to_one_place(lab: Lab, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    boxes = Boxes(lab, "a", "b")
    recorder = await boxes.record(
        "--upload", str(there), "--keep", "0", "--place", "alice=rack-a", "--place", "bob=rack-b"
    )
    lab.publish("alice", Codec.VP8, seconds=3.0)
    lab.publish("bob", Codec.VP8, seconds=3.0, number=8)
    ends = [await recorder.line("take.end", name) for name in ("alice", "bob")]
    told = [
        await recorder.line("upload.done", where=lambda line, end=end: line["file"] == end["file"])
        for end in ends
    ]
    assert [one["node"] for one in told] == ["a", "b"]
    gone = [
        await recorder.line("file.removed", where=lambda line, end=end: line["file"] == end["file"])
        for end in ends
    ]
    assert [one["node"] for one in gone] == ["a", "b"]
    status = await recorder.status(
        lambda line: bool(line["uploads"] and line["uploads"]["done"] == 2)
    )
    assert status["uploads"]["failed"] == 0
    assert await recorder.stop() == 0
    for end in ends:
        uploaded = await _uploaded(lab, there, end)
        assert not (await lab.check(end | {"file": str(uploaded)})).bad
    assert not [*boxes.folder("a").glob("*.ts"), *boxes.folder("b").glob("*.mkv")]
    assert len(list(there.iterdir())) == 3


async def test_an_upload_survives_who_sends_it_and_the_engine(lab: Lab, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    boxes = Boxes(lab, "a")
    words = ("--upload", str(there), "--upload-rate", "128kbit")
    recorder = await boxes.record(*words)
    guest = lab.publish("alice", seconds=None, source={"bitrate": 6_000_000})
    await recorder.status(is_large)
    guest.stop()
    end = await recorder.line("take.end", "alice")
    await recorder.status(is_sending)
    await _kill_attendant(lab)
    recorder.process.kill()
    await recorder.wait()
    again = await boxes.record(*words)
    told = await again.line("upload.done")
    assert (told["file"], told["node"]) == (end["file"], "a")
    assert len(recorder.all("upload.done") + again.all("upload.done")) == 1
    assert await again.stop() == 5, "it recorded nothing itself"
    uploaded = await _uploaded(lab, there, end)
    assert not (await lab.check(end | {"file": str(uploaded)})).bad
    assert not [*there.glob("*uploading*"), *there.glob("*#*")]


async def _kill_attendant(lab: Lab) -> None:
    (card,) = lab.runtime.glob("nodes/*/attendant-*.json")
    pid = msgspec.json.decode(card.read_bytes(), type=WorkerCard).pid
    os.kill(pid, signal.SIGKILL)
    await lab.gone(pid)


async def _uploaded(lab: Lab, there: Path, end: Line) -> Path:
    """Wait for the JSON file, and return where it says that a file is."""
    (described,) = lab.output.glob("*.json")
    async with asyncio.timeout(PATIENCE):
        while not (there / described.name).exists():  # noqa: ASYNC110 - by another process
            await asyncio.sleep(0.1)
    known = load(there / described.name)
    assert known is not None
    places = {(one.on, one.file): one for one in known.whereabouts}
    uploaded = Path(unquote(urlsplit(places[end["node"], end["file"]].to).path))
    assert uploaded.parent == there
    return uploaded

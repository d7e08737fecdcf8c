"""Power that fails, and disks, folders and files that go; on real file systems in image files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from roomdeck.core.recording.sidecar import load

from ...disks import Disk, Unmountable, mounted
from ...e2e.lab import Lab, Line
from ..case import Result, Scene, Unavailable, case
from ..room import NEVER, Room, Tail, now

AT_RISK = 2.0
"""Seconds of a stream that a power cut may cost."""
NOTICED = 2.0
"""Seconds within which it is told that something was taken away."""
BACK = 6.0
"""Seconds after which the next file begins where there is a place for it."""
_OF_ONE_ROOM = 4
"""Cuts of one room: comparing with what was sent takes longer the more that is."""


@contextlib.asynccontextmanager
async def _on_a_disk(scene: Scene, megabytes: int = 64) -> AsyncGenerator[tuple[Lab, Disk]]:
    with tempfile.TemporaryDirectory(prefix="roomdeck-", ignore_cleanup_errors=True) as folder:
        try:
            with mounted(Path(folder), megabytes) as disk:
                async with scene.lab() as lab:
                    lab.output = disk.folder / "out"
                    yield lab, disk
        except Unmountable as error:
            raise Unavailable(str(error)) from None


@case("the power fails at a random moment (the disk's raw image, copied and mounted)", minutes=8)
async def power_cuts(scene: Scene) -> Result:
    """What is left of each file lacks two seconds at most."""
    tails: list[Tail] = []
    cuts = 0
    for _ in scene.rounds(short=1, full=10):
        async with _on_a_disk(scene) as (lab, disk):
            room = await Room.open(lab)
            await asyncio.sleep(AT_RISK)
            for _ in range(_OF_ONE_ROOM):
                cuts += 1
                await asyncio.sleep(scene.random.uniform(0.1, 2.0))
                tails += await _cut(room, disk)
            await room.close()
    worst = max(tail.seconds for tail in tails)
    bad = [problem for tail in tails for problem in tail.bad]
    return Result(
        tried=cuts,
        lost=f"{worst:.1f} s of a stream at worst" + (f"; bad: {bad[0]}" if bad else ""),
        holds=worst <= AT_RISK and not bad,
        figures={
            "files": len(tails),
            "tails": sorted(round(tail.seconds, 2) for tail in tails),
            "bad": bad,
        },
    )


async def _cut(room: Room, disk: Disk) -> list[Tail]:
    """Return what the files that are being written would lack."""
    sent = room.sent()
    tails: list[Tail] = []
    with disk.after_power_cut() as left:
        for name in room.streams:
            begun = room.recorder.all("take.start", name)[-1]
            file = left / Path(begun["file"]).relative_to(disk.folder)
            if file.exists() and file.stat().st_size:
                tails.append(await room.tail({**begun, "file": str(file)}, 0, sent[name]))
            else:
                tails.append(Tail(NEVER, [f"{file.name} is empty or missing"]))
    return tails


@case("the power fails as soon as a recording has ended", minutes=4)
async def power_cut_at_the_end(scene: Scene) -> Result:
    """Files and what the sidecar says of them are as they were when their end was told."""
    cuts = lost = 0
    for _ in scene.rounds(short=2, full=10):
        cuts += 1
        async with _on_a_disk(scene) as (lab, disk):
            room = await Room.open(lab)
            await asyncio.sleep(scene.random.uniform(0.5, 3.0))
            for publisher in room.publishers.values():
                publisher.stop()
            takes = [await room.recorder.line("take.end", name) for name in room.streams]
            lost += _incomplete(takes, disk)
            await room.close()
    return Result(tried=cuts, lost=f"{lost} files", holds=not lost)


def _incomplete(takes: list[Line], disk: Disk) -> int:
    """Return how many files would not be whole, or not be in the sidecar."""
    with disk.after_power_cut() as left:
        [sidecar] = (left / "out").glob("*.json")
        known = load(sidecar)
        ended = {take.file for take in known.takes if take.reason} if known else set[str]()
        whole = [
            Path(take["file"]).name in ended
            and (left / "out" / Path(take["file"]).name).read_bytes()
            == Path(take["file"]).read_bytes()
            for take in takes
        ]
    return whole.count(False)


@case("files, folders and disks are taken away (removed, moved, unmounted lazily)", minutes=4)
async def taken_away(scene: Scene) -> Result:
    """Told in time; recorded on where there is a place, and nowhere else."""
    noticed: list[float] = []
    back: list[float] = []
    strays: list[str] = []
    ways = [_remove_file, _remove_folder, _move_folder, _unmount] * scene.times(short=1, full=5)
    async with _on_a_disk(scene) as (lab, disk):
        room = await Room.open(lab)
        for way in ways:
            begun, ended = room.files(), {name: len(room.takes(name)) for name in room.streams}
            gone = now()
            way(room, disk)
            for name, count in ended.items():
                line = await room.recorder.line("take.end", name, count + 1)
                noticed.append(line["time"] - gone)
            if way is _unmount:
                strays += os.listdir(disk.folder)
                disk.put_back()
                gone = now()
            back += (await room.next_files(begun, gone)).values()
            await room.recorded(0.5)
        await room.close()
    return Result(
        tried=len(ways),
        lost=f"told after {max(noticed):.1f} s, the next file after {max(back):.1f} s",
        holds=max(noticed) <= NOTICED and max(back) <= BACK and not strays,
        figures={
            "noticed": sorted(round(one, 2) for one in noticed),
            "back": sorted(round(one, 2) for one in back),
            "strays": strays,
        },
    )


def _remove_file(room: Room, disk: Disk) -> None:
    for name in room.streams:
        Path(room.recorder.all("take.start", name)[-1]["file"]).unlink()


def _remove_folder(room: Room, disk: Disk) -> None:
    shutil.rmtree(room.lab.output)


def _move_folder(room: Room, disk: Disk) -> None:
    room.lab.output.rename(disk.folder / f"moved-{now()}")


def _unmount(room: Room, disk: Disk) -> None:
    disk.snatch()


@case("a disk fills up, and room is made again (8 to 64 MB)", minutes=5)
async def full_disks(scene: Scene) -> Result:
    """Every file plays; recording goes on by itself."""
    bad: list[str] = []
    back: list[float] = []
    sizes = [8, 40, 64] * scene.times(short=1, full=3)
    for megabytes in sizes:
        async with _on_a_disk(scene, megabytes) as (lab, disk):
            room = await Room.open(lab)
            begun = room.files()
            ballast = disk.folder / "ballast"
            _fill(ballast)
            takes = [await room.recorder.line("take.end", name) for name in room.streams]
            bad += [take["reason"] for take in takes if take["reason"] != "disk-full"]
            ballast.unlink()
            back += (await room.next_files(begun, now())).values()
            sent = room.sent()
            bad += [
                problem
                for take in takes
                for problem in (await room.tail(take, 0, sent[take["stream"]])).bad
            ]
            if (status := await room.close()) != 4:
                bad.append(f"exit status {status}")
    return Result(
        tried=len(sizes),
        lost=f"the next file {max(back):.1f} s after room was made"
        + (f"; {bad[0]}" if bad else ""),
        holds=not bad and max(back) <= BACK,
        figures={"back": sorted(round(one, 2) for one in back), "bad": bad},
    )


def _fill(ballast: Path) -> None:
    """Take all the room that there is."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(64_000))

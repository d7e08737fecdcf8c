"""What stays behind of guests who came and left."""

from __future__ import annotations

import os
from pathlib import Path

from roomdeck.core.ipc.control_client import ControlClient, find_engine
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE
from roomdeck.core.model import Codec

from ...e2e.lab import Lab
from ..case import Result, Scene, case
from ..room import Room

STREAMS = dict.fromkeys("abcdefgh", Codec.VP8)
MOST = 0.02
"""Megabytes that may stay of each connection: a tenth of what a forgotten one holds."""
NOISE = 10.0
"""Megabytes by which memory may rise until the allocator uses again what it has."""
_WARM = 5
"""Rounds after which everything that is made once is made."""


@case("guests come and leave, again and again", minutes=8)
async def joins_and_leaves(scene: Scene) -> Result:
    """Memory, descriptors and threads of engine and worker stay as they are."""
    joins = scene.times(short=100, full=1000)
    async with scene.lab() as lab:
        small = {"width": 160, "height": 90, "fps": 5, "bitrate": 100_000}
        room = await Room.open(lab, streams=STREAMS, source=small)
        pids = {"engine": room.recorder.process.pid, "worker": lab.worker_pid(1)}
        os.environ[RUNTIME_VARIABLE] = str(lab.runtime)
        try:
            folder = await find_engine(None)
        finally:
            del os.environ[RUNTIME_VARIABLE]
        async with await ControlClient.connect(folder) as engine:
            for _ in range(_WARM):
                await _come_and_go(room, engine)
            before = {name: _uses(pid) for name, pid in pids.items()}
            for _ in range(joins // len(STREAMS)):
                await _come_and_go(room, engine)
            after = {name: _uses(pid) for name, pid in pids.items()}
        await _end(lab, room)
    grown = {
        f"{name} {what}": round(after[name][what] - before[name][what], 1)
        for name in pids
        for what in before[name]
    }
    memory = max(grown[f"{name} MB"] for name in pids)
    others = max(grown[f"{name} {what}"] for name in pids for what in ("descriptors", "threads"))
    return Result(
        tried=joins,
        lost=f"{memory:.1f} MB and {others:.0f} descriptors or threads grown",
        holds=memory <= NOISE + MOST * joins and others <= 2,
        figures=grown,
    )


async def _come_and_go(room: Room, engine: ControlClient) -> None:
    """End the connections of all streams, and have them again."""
    begun = room.files()
    ended = {name: len(room.takes(name)) for name in room.streams}
    await engine.command("stop")
    for name, count in ended.items():
        await room.recorder.line("take.end", name, count + 1)
    await engine.command("start")
    for name, count in begun.items():
        await room.recorder.line("take.start", name, count + 1)


async def _end(lab: Lab, room: Room) -> None:
    for publisher in room.publishers.values():
        publisher.stop()
    await lab.published()
    await room.recorder.stop()


def _uses(pid: int) -> dict[str, float]:
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return {
        "MB": int(status["VmRSS"].split()[0]) / 1024,
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(status["Threads"]),
    }

"""What stays behind of guests who came and left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from roomdeck.core.ipc.control_client import ControlClient, find_engine
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Codec

from ...e2e.lab import Lab
from ...uses import Uses, probed, uses
from ..case import Result, Scene, case
from ..room import Room

STREAMS = dict.fromkeys("abcdefgh", Codec.VP8)
SMALL = {"width": 160, "height": 90, "fps": 5, "bitrate": 100_000}
MOST = 0.004
"""Megabytes that may stay of each connection: a fiftieth of what a forgotten one holds."""
NOISE = 2.0
"""Megabytes that are no growth."""
_WARM = {False: 8, True: 30}
"""Rounds after which everything is made that is made once, and rings are full."""
_LOOKS = 4
"""At each end. What grew is by how much the least at the end is more than the most at the begin:
what is just being opened, closed, received or written is in some of them only."""


@case("guests come and leave, again and again", minutes=8)
async def joins_and_leaves(scene: Scene) -> Result:
    """Memory, descriptors, threads and tasks of engine and worker stay as they are."""
    joins = scene.times(short=100, full=1000)
    with tempfile.TemporaryDirectory(prefix="roomdeck-") as told:
        async with scene.lab() as lab:
            room = await Room.open(
                lab, streams=STREAMS, source=SMALL, environment=probed(Path(told))
            )
            pids = {"engine": room.recorder.process.pid, "worker": lab.worker_pid(1)}
            async with await ControlClient.connect(await _folder(lab)) as engine:

                async def rounds(count: int) -> list[dict[str, Uses]]:
                    looks: list[dict[str, Uses]] = []
                    for _ in range(count):
                        await _come_and_go(room, engine)
                        looks.append(await _look(pids, Path(told)))
                    return looks

                looks = await rounds(_WARM[scene.full] + joins // len(STREAMS))
            await _end(lab, room)
    warm = _WARM[scene.full]
    before, after = looks[warm - _LOOKS : warm], looks[-_LOOKS:]
    grown = {f"{name} {what}": _grown(name, what, before, after) for name in pids for what in _WHAT}
    memory = max(grown[f"{name} MB"] for name in pids)
    others = max(growth for what, growth in grown.items() if not what.endswith("MB"))
    return Result(
        tried=joins,
        lost=f"{memory:.1f} MB and {others:.0f} descriptors, threads or tasks grown",
        holds=memory <= NOISE + MOST * joins and others <= 2,
        figures={**grown, "MB": {name: _series(name, looks) for name in pids}},
    )


_WHAT: dict[str, Callable[[Uses], float]] = {
    "MB": lambda seen: seen.rss / 1e6,
    "descriptors": lambda seen: seen.descriptors,
    "threads": lambda seen: seen.threads,
    "tasks": lambda seen: seen.tasks or 0,
}


def _grown(
    name: str, what: str, before: list[dict[str, Uses]], after: list[dict[str, Uses]]
) -> float:
    measure = _WHAT[what]
    most = max(measure(look[name]) for look in before)
    least = min(measure(look[name]) for look in after)
    return round(max(0.0, least - most), 1)


def _series(name: str, looks: list[dict[str, Uses]]) -> list[float]:
    return [round(_WHAT["MB"](look[name]), 1) for look in looks[:: max(1, len(looks) // 20)]]


async def _look(pids: dict[str, int], told: Path) -> dict[str, Uses]:
    return {name: await uses(pid, told) for name, pid in pids.items()}


async def _folder(lab: Lab) -> RoomFolder:
    os.environ[RUNTIME_VARIABLE] = str(lab.runtime)
    try:
        return await find_engine(None)
    finally:
        del os.environ[RUNTIME_VARIABLE]


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

"""A handshake server that goes away, and a clock that is set."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from roomdeck.core.model import Codec

from ..case import Result, Scene, case
from ..room import Room, now

BACK = 15.0
"""Seconds after which a newcomer is recorded once there is a server again: everybody has to come
back to it, and does so at a pace that spares it."""


@case("the handshake server goes away and comes back")
async def server_restarts(scene: Scene) -> Result:
    """Nobody who is recorded notices; who comes then is recorded."""
    times = scene.times(short=2, full=50)
    waits: list[float] = []
    async with scene.lab() as lab:
        room = await Room.open(lab)
        for number in range(times):
            await lab.restart_server()
            begun, name = now(), f"guest{number}"
            lab.publish(name, Codec.VP8, seconds=1.0, number=50)
            waits += (await room.next_files({name: 0}, begun)).values()
        await room.recorded(0.5)
        await room.close()
        takes = {name: room.takes(name) for name in room.streams}
        bad = [f"{name} has {len(ended)} takes" for name, ended in takes.items() if len(ended) != 1]
        for take, *_ in takes.values():
            bad += (await lab.check(take)).problems
    slowest = max(waits)
    return Result(
        tried=times,
        lost=bad[0] if bad else f"nothing; a newcomer was recorded after {slowest:.1f} s at worst",
        holds=not bad and slowest <= BACK,
        figures={"newcomers": [round(wait, 2) for wait in waits], "bad": bad},
    )


@case("the clock of the machine is set by +1 h and -2 h")
async def clock_steps(scene: Scene) -> Result:
    """Files, offsets and markers stay where they are.

    The test of it sets the clock of its own process, which this one must not.
    """
    test = Path(__file__).parents[2] / "e2e" / "test_clock.py"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", str(test)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    holds = process.returncode == 0
    last = said.decode().strip().splitlines()[-1]
    return Result(tried=2, lost="nothing" if holds else last, holds=holds)

"""A handshake server that goes away and comes back."""

from __future__ import annotations

import asyncio

from ..case import Result, Scene, case
from ..room import Room, now

NEWCOMER = 15.0
"""Seconds after the return of the server within which who comes is recorded."""


@case("the handshake server is gone and comes back", minutes=4)
async def server_restarts(scene: Scene) -> Result:
    """Recordings do not notice; who comes afterwards is recorded."""
    tried = scene.times(short=2, full=10)
    waits: list[float] = []
    async with scene.lab() as lab:
        room = await Room.open(lab)
        for number in range(tried):
            await asyncio.sleep(scene.random.uniform(0.0, 2.0))
            await lab.restart_server()
            back = now()
            name = f"late{number}"
            guest = lab.publish(name, number=20 + number, seconds=None)
            line = await room.recorder.line("take.start", name)
            waits.append(line["time"] - back)
            guest.stop()
            await room.recorder.line("take.end", name)
        await room.close()
        wrong = await room.broken()
    return Result(
        tried=tried,
        lost=wrong[0] if wrong else f"nothing; a newcomer's file begins after {max(waits):.1f} s",
        holds=not wrong and max(waits) <= NEWCOMER,
        figures={"waits": sorted(round(wait, 2) for wait in waits), "wrong": wrong},
    )

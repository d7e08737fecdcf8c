"""Somebody in the room who means no good, beside good recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ...e2e.lab import Lab
from ..case import Result, Scene, case
from ..room import Room
from ..stranger import Stranger


@case("a guest sends SCTP that takes seconds to read: gap blocks, chunks in disorder", minutes=2)
async def sctp_floods(scene: Scene) -> Result:
    """The connection that sends it ends at most; nothing else notices."""
    packets = scene.times(short=40, full=400)
    kinds: tuple[Callable[[Stranger], Awaitable[bool]], ...] = (
        Stranger.acknowledge_everything,
        Stranger.send_in_disorder,
    )

    async with scene.lab() as lab:
        room = await Room.open(lab, "--workers", "1")
        for number, send in enumerate(kinds):
            await _attack(lab, f"mallory{number}", send, packets)
        await room.recorded(0.5)
        await room.close()
        bad = await room.broken()
    return Result(
        tried=packets * len(kinds),
        lost=bad[0] if bad else "nothing",
        holds=not bad,
        figures={"bad": bad},
    )


async def _attack(
    lab: Lab, name: str, send: Callable[[Stranger], Awaitable[bool]], packets: int
) -> None:
    stranger = await Stranger.connect(lab, name)
    for _ in range(packets):
        if not await send(stranger):
            break
        await asyncio.sleep(0.05)
    stranger.leave()

"""Somebody in the room who means no good, beside good recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from roomdeck.core.model import Codec

from ...e2e.lab import Lab
from ..case import Result, Scene, case
from ..room import NEVER, Room, now
from ..stranger import Stranger, flood_with_offers

SOON = 3.0
"""Seconds within which a newcomer is recorded while somebody floods the room."""


@case("a guest sends SCTP that takes seconds to read: gap blocks, chunks in disorder")
async def sctp_floods(scene: Scene) -> Result:
    """The connection that sends it ends at most; nothing else notices."""
    packets = scene.times(short=40, full=600)
    kinds: tuple[Callable[[Stranger], Awaitable[bool]], ...] = (
        Stranger.acknowledge_everything,
        Stranger.send_in_disorder,
    )

    async def attack(room: Room) -> dict[str, object]:
        for number, kind in enumerate(kinds):
            stranger = await Stranger.connect(room.lab, f"mallory{number}")
            for _ in range(packets):
                if not await kind(stranger):
                    break
                await asyncio.sleep(0.05)
            stranger.leave()
        return {}

    return await _beside(scene, attack, packets * len(kinds))


@case("a stranger makes 520 offers in five seconds")
async def offer_flood(scene: Scene) -> Result:
    """Who comes then is recorded as always."""

    async def attack(room: Room) -> dict[str, object]:
        flood = asyncio.create_task(flood_with_offers(room.lab, 520, 5.0))
        await asyncio.sleep(2.5)
        during = await _newcomer(room, "dave")
        await flood
        return {"during": during, "after": await _newcomer(room, "erin")}

    return await _beside(scene, attack, 520)


async def _newcomer(room: Room, name: str) -> float:
    """Return after how many seconds somebody who comes now is recorded."""
    begun = now()
    room.lab.publish(name, Codec.VP8, seconds=1.0, number=50)
    return (await room.next_files({name: 0}, begun))[name]


async def _beside(
    scene: Scene, attack: Callable[[Room], Awaitable[dict[str, object]]], tried: int
) -> Result:
    """Record good streams in one worker while somebody attacks, and look at what they lost."""
    async with scene.lab() as lab:
        room = await Room.open(lab, "--workers", "1")
        figures = await attack(room)
        await room.recorded(0.5)
        await room.close()
        bad = [problem for name in room.streams for problem in await _problems(room, lab, name)]
    slow = max((value for value in figures.values() if isinstance(value, float)), default=0.0)
    if slow > SOON:
        bad.append(
            "a newcomer was never recorded" if slow == NEVER else f"a newcomer: {slow:.1f} s"
        )
    lost = "nothing" + (f"; a newcomer was recorded after {slow:.1f} s" if slow else "")
    return Result(
        tried=tried, lost=bad[0] if bad else lost, holds=not bad, figures=figures | {"bad": bad}
    )


async def _problems(room: Room, lab: Lab, name: str) -> list[str]:
    """Return what is wrong with a good stream: more than one take, or not all that was sent."""
    takes = room.takes(name)
    if len(takes) != 1:
        return [f"{name} has {len(takes)} takes"]
    return (await lab.check(takes[0])).problems

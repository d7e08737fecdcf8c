"""Workers and engines that are killed, and such as hang."""

from __future__ import annotations

import asyncio
import os
import signal

from ..case import Result, Scene, case
from ..room import Room, Tail, now

TAIL = 1.0
"""Seconds of a stream that may be lost with its worker."""
BACK = 2.5
"""Seconds within which the next file of a stream begins after that."""
_OF_ONE_ROOM = 10
"""Kills of one room: comparing with what was sent takes longer the more that is."""


@case("a media worker is killed at a random moment (SIGKILL)")
async def worker_kills(scene: Scene) -> Result:
    """All its streams lose a second at most, and are recorded again at once, every time."""
    tails: list[Tail] = []
    gaps: list[float] = []
    kills = scene.times(short=10, full=500)
    for begin in range(0, kills, _OF_ONE_ROOM):
        async with scene.lab() as lab:
            room = await Room.open(lab)
            since = dict.fromkeys(room.streams, 0)
            for _ in range(min(_OF_ONE_ROOM, kills - begin)):
                await asyncio.sleep(scene.random.uniform(0.3, 3.0))
                kill = await _kill_worker(room, scene, since)
                gaps += kill[0]
                tails += kill[1]
            await room.close()
    bad = [problem for tail in tails for problem in tail.bad]
    tail, gap = max(tail.seconds for tail in tails), max(gaps)
    return Result(
        tried=kills,
        lost=f"{tail:.1f} s of a stream at worst; the next file after {gap:.1f} s"
        + (f"; bad: {bad[0]}" if bad else ""),
        holds=tail <= TAIL and gap <= BACK and not bad,
        figures={
            "takes": len(tails),
            "tails": sorted(round(one.seconds, 2) for one in tails),
            "gaps": sorted(round(gap, 2) for gap in gaps),
            "bad": bad,
        },
    )


async def _kill_worker(
    room: Room, scene: Scene, since: dict[str, int]
) -> tuple[list[float], list[Tail]]:
    """Kill a worker with a stream; return when its streams went on, and what their files lack.

    Args:
        room: With the worker.
        scene: For the choice.
        since: Where what each stream sent for its file begins; of the next one, afterwards.
    """
    holders = {row["stream"]: row["worker"] for row in room.recorder.all("status")[-1]["streams"]}
    number = scene.random.choice(sorted({holders[name] for name in room.streams}))
    begun = {name: count for name, count in room.files().items() if holders[name] == number}
    ended = {name: len(room.takes(name)) for name in begun}
    pid = room.lab.worker_pid(number)
    killed, sent = now(), room.sent(*begun)
    os.kill(pid, signal.SIGKILL)
    back = await room.next_files(begun, killed)
    takes = {name: await room.recorder.line("take.end", name, ended[name] + 1) for name in begun}
    tails = [await room.tail(take, since[name], sent[name]) for name, take in takes.items()]
    since.update(sent)
    await room.recorded(0.3)
    return list(back.values()), tails

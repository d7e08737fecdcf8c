"""Workers and engines that are killed, and such as hang."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
from pathlib import Path
from typing import NamedTuple

from roomdeck.core.errors import ControlError
from roomdeck.core.model import Size

from ...e2e.lab import Command, Lab, Line
from ...e2e.watch import watch
from ..case import Result, Scene, case
from ..room import Room, Tail, now, whole

TAIL = 1.0
"""Seconds of a stream that may be lost with its worker."""
BACK = 2.5
"""Seconds within which the next file of a stream begins after that."""
NEWCOMER = 10.0
"""Seconds after the death of an engine within which who comes is recorded."""
NOTICED = 8.0
"""Seconds within which a worker that hangs is told of."""
SHOWN = 40.0
"""Seconds within which there is a picture again: 15 until it is known that a decoder hangs."""
SMALL = {"width": 160, "height": 90, "bitrate": 100_000}
_BREAKS = 5
"""Of one guest: who breaks a worker of its own more often waits for a minute before the next."""
_OF_ONE_ROOM = 10
"""Kills of one room: comparing with what was sent takes longer the more that is."""

_BREAKS_DECODERS = (signal.SIGSEGV, signal.SIGSTOP)
_sizes = itertools.count(20)


class _Broken(NamedTuple):
    """The end of a file, and where its part of the list of what was sent begins and ends."""

    take: Line
    since: int
    until: int


@case("a media worker is killed at a random moment (SIGKILL)", minutes=45)
async def worker_kills(scene: Scene) -> Result:
    """All its streams lose a second at most, and are recorded again at once, every time."""
    tails: list[Tail] = []
    gaps: list[float] = []
    kills = 0
    for _ in scene.rounds(short=1, full=46):
        async with scene.lab() as lab:
            room = await Room.open(lab, source=SMALL)
            since = dict.fromkeys(room.streams, 0)
            broken: list[_Broken] = []
            for _ in range(_OF_ONE_ROOM):
                await asyncio.sleep(scene.random.uniform(0.3, 2.0))
                kill = await _kill_worker(room, scene, since)
                kills += 1
                gaps += kill[0]
                broken += kill[1]
            await room.close()
            # The engine does that as well, in its own time.
            await lab.tell("repair", str(lab.output))
            tails += [await room.tail(*one) for one in broken]
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
) -> tuple[list[float], list[_Broken]]:
    """Kill a worker with a stream; return when its streams went on, and what files broke off.

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
    broken = [_Broken(take, since[name], sent[name]) for name, take in takes.items()]
    since.update(sent)
    await room.recorded(0.3)
    return list(back.values()), broken


@case(
    "the engine is killed at a random moment (SIGKILL), and nobody starts another one", minutes=10
)
async def engine_kills(scene: Scene) -> Result:
    """No frame is lost, and who comes afterwards is recorded within ten seconds."""
    waits: list[float] = []
    wrong: list[str] = []
    for _ in scene.rounds(short=2, full=40):
        async with scene.lab() as lab:
            room = await Room.open(lab)
            await asyncio.sleep(scene.random.uniform(0.0, 3.0))
            killed = now()
            room.recorder.process.kill()
            lab.publish("dave", number=9, seconds=None)
            follower = await _follow(lab)
            newcomer = await follower.line("take.start", "dave")
            waits.append(newcomer["time"] - killed)
            await asyncio.sleep(1.0)
            await lab.tell("stop")
            for name in room.streams:
                wrong += await whole(lab, follower.all("take.end", name))
    worst = max(waits)
    return Result(
        tried=len(waits),
        lost=wrong[0] if wrong else f"nothing; a newcomer's file begins after {worst:.1f} s",
        holds=not wrong and worst <= NEWCOMER,
        figures={"waits": sorted(round(wait, 2) for wait in waits), "wrong": wrong},
    )


async def _follow(lab: Lab) -> Command:
    """Attach to the engine of a lab, as soon as there is one."""
    while True:
        command = await lab.run("attach", "--headless", "--json")
        with contextlib.suppress(AssertionError):
            await command.line("stream.adopt")
            return command
        await asyncio.sleep(0.2)


@case("a media worker hangs (SIGSTOP)", minutes=3)
async def hung_workers(scene: Scene) -> Result:
    """It is told and replaced within eight seconds; what it wrote is there."""
    told: list[float] = []
    back: list[float] = []
    bad: list[str] = []
    for _ in scene.rounds(short=1, full=6):
        async with scene.lab() as lab:
            room = await Room.open(lab)
            hung, begun = now(), room.files()
            os.kill(lab.worker_pid(1), signal.SIGSTOP)
            line = await room.recorder.line("error", where=lambda line: "hung" in line["text"])
            told.append(line["time"] - hung)
            back += (await room.next_files(begun, line["time"])).values()
            for take in room.takes():
                bad += (await lab.check(take)).problems
            await room.close()
    return Result(
        tried=len(told),
        lost=f"{max(told):.1f} s until it is noticed, the next file {max(back):.1f} s later",
        holds=max(told) <= NOTICED and max(back) <= BACK and not bad,
        figures={"told": told, "back": sorted(round(one, 2) for one in back), "bad": bad},
    )


@case("what decodes for stills and alarms breaks (SIGSEGV), hangs (SIGSTOP)", minutes=3)
async def broken_decoders(scene: Scene) -> Result:
    """No file notices; a picture comes again within seconds."""
    waits: list[float] = []
    wrong: list[str] = []
    for _ in scene.rounds(short=1, full=6):
        async with scene.lab() as lab:
            room = await Room.open(lab)
            for how in _BREAKS_DECODERS[: scene.times(short=1, full=2)]:
                await _shown(lab, "alice")
                broken = now()
                os.kill(_decoder_of(lab.worker_pid(1)), how)
                await asyncio.sleep(scene.random.uniform(0.0, 1.0))
                await _shown(lab, "alice")
                waits.append(now() - broken)
            await room.close()
            for name in room.streams:
                wrong += await whole(lab, room.takes(name))
    worst = max(waits)
    return Result(
        tried=len(waits),
        lost=wrong[0] if wrong else f"nothing; the next picture after {worst:.1f} s",
        holds=not wrong and worst <= SHOWN,
        figures={"waits": sorted(round(wait, 2) for wait in waits), "wrong": wrong},
    )


async def _shown(lab: Lab, stream: str) -> None:
    """Wait for a picture of a size that nobody has asked for."""
    async with watch(lab) as engine, asyncio.timeout(2 * SHOWN):
        while True:
            size = Size(next(_sizes), 54)
            with contextlib.suppress(ControlError):
                if await engine.client.still(stream, size):
                    return
            await asyncio.sleep(0.2)


def _decoder_of(worker: int) -> int:
    lists = Path(f"/proc/{worker}/task").glob("*/children")
    for pid in (pid for one in lists for pid in one.read_text().split()):
        if "decoding_process" in Path(f"/proc/{pid}/cmdline").read_text():
            return int(pid)
    raise AssertionError("nothing decodes")


@case("one guest breaks its worker whenever it is recorded (SIGSEGV)", minutes=3)
async def breaking_guest(scene: Scene) -> Result:
    """The others go on at once each time, and are rid of it after a few."""
    gaps: list[float] = []
    hits: list[int] = []
    for _ in range(scene.times(short=1, full=4)):
        found, hit = await _break_again_and_again(scene)
        gaps += found
        hits.append(hit)
    worst = max(gaps, default=0.0)
    return Result(
        tried=_BREAKS * len(hits),
        lost=f"{worst:.1f} s until the others' next file at worst; "
        f"of {_BREAKS} times they were hit {max(hits)}",
        holds=worst <= BACK and max(hits) < _BREAKS,
        figures={"gaps": sorted(round(gap, 2) for gap in gaps), "hits": hits},
    )


async def _break_again_and_again(scene: Scene) -> tuple[list[float], int]:
    """Let one of four break its worker; return when the others went on, how often they were hit."""
    gaps: list[float] = []
    hits = 0
    async with scene.lab() as lab:
        room = await Room.open(lab)
        lab.publish("mallory", number=9, seconds=None)
        for take in range(1, _BREAKS + 1):
            await room.recorder.line("take.start", "mallory", take)
            seen = len(room.recorder.all("status"))
            await room.recorder.line("status", count=seen + 2)
            rows = room.recorder.all("status")[-1]["streams"]
            holders = {row["stream"]: row["worker"] for row in rows}
            begun = {
                name: count
                for name, count in room.files().items()
                if holders[name] == holders["mallory"]
            }
            hits += bool(begun)
            broke = now()
            os.kill(lab.worker_pid(holders["mallory"]), signal.SIGSEGV)
            gaps += (await room.next_files(begun, broke)).values()
    return gaps, hits

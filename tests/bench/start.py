"""How long a recorder takes from its start, or from an announcement, to media on the disk.

::

    python -m tests.bench.start --rounds 5

A publisher sends small H.264 pictures and Opus on loopback, in a room and outside, to a handshake
server of our own; a recorder is started as a user would, its family of server not told, and a
second publisher comes while it runs. Medians of the rounds, in seconds; on a machine that does
something else they mean little, and the processor time that the program's processes took until then
means more.

What is measured is a program as pip installs it: compiled, by a first round which is not counted.
Where Python may not write what it compiled, or finds it stale, as after copying an environment, it
compiles again at each start, which takes longer than all else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from roomdeck.core.config import Family

from ..e2e.lab import Command, Lab, laboratory

MOMENTS = ("link.joined", "stream.connect", "take.start", "on the disk", "processor")
_PATIENCE = 20.0
_SETTLE = 1.0
"""Seconds after which a publisher is at the server and sends."""


def grown(folder: Path, stream: str) -> float:
    """Wait until the first file of a stream has media in it; return when, monotonic."""
    start = now = time.monotonic()
    while now < start + _PATIENCE:
        for file in folder.glob(f"*_{stream}_2*"):
            with contextlib.suppress(OSError):
                if file.suffix != ".json" and file.stat().st_size > 1000:
                    return now
        time.sleep(0.005)
        now = time.monotonic()
    raise TimeoutError(f"no media of {stream}")


def processor(lab: Lab) -> float:
    """Return the seconds of processor time that the processes of a lab's recorder took so far."""
    ticks = 0
    for card in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(lab.runtime).encode() in (card / "environ").read_bytes():
                # User and system, of itself and of its children that ended (proc_pid_stat(5)).
                fields = (card / "stat").read_text().rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def when(command: Command, type_: str, stream: str = "") -> float:
    """Return when a line came, monotonic."""
    await command.line(type_, stream)
    return time.monotonic()


async def measured(
    lab: Lab, command: Command, stream: str, start: float, *, joined: bool
) -> dict[str, float]:
    """Return the seconds from ``start`` to each moment."""
    lines = [("link.joined", "")] if joined else []
    lines += [("stream.connect", stream), ("take.start", stream)]
    waits = [when(command, type_, who) for type_, who in lines]
    times = await asyncio.gather(*waits, asyncio.to_thread(grown, lab.output, stream))
    names = [*(type_ for type_, _ in lines), "on the disk"]
    return {name: at - start for name, at in zip(names, times, strict=True)}


@contextlib.asynccontextmanager
async def _lab() -> AsyncGenerator[Lab, None]:
    with tempfile.TemporaryDirectory() as folder:
        async with laboratory(Path(folder)) as lab:
            yield lab


async def once(
    family: Family, *, in_room: bool, two_steps: bool, bytecode: dict[str, str]
) -> tuple[dict[str, float], ...]:
    """Return the moments after the start of the program, and after an announcement."""
    async with _lab() as lab:
        room = lab.room(family=family) if in_room else lab.room(room="", family=family)
        lab.publish("alice", room=room, seconds=None, media_first=not two_steps)
        await asyncio.sleep(_SETTLE)
        where = ["lab"] if in_room else ["--stream", "alice,bob"]
        start = time.monotonic()
        words = ("record", *where, "--family", "auto", "--headless", "--json")
        command = await lab.run(*words, **bytecode)
        fresh = await measured(lab, command, "alice", start, joined=True)
        fresh["processor"] = processor(lab)
        later = time.monotonic()
        lab.publish("bob", room=room, seconds=None, number=2, media_first=not two_steps)
        running = await measured(lab, command, "bob", later, joined=False)
        await command.stop()
        return fresh, running


def _row(name: str, rounds: list[dict[str, float]]) -> str:
    cells: list[str] = []
    for moment in MOMENTS:
        values = [one[moment] for one in rounds if moment in one]
        cells.append(f"{statistics.median(values):.2f}" if values else "-")
    return f"| {name} | {' | '.join(cells)} |"


async def run(rounds: int, bytecode: dict[str, str]) -> None:
    """Print a table."""
    print(f"{os.cpu_count()} cores, {rounds} rounds, seconds")
    print(f"| | {' | '.join(MOMENTS)} |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    await once(Family.ROUTED, in_room=True, two_steps=True, bytecode=bytecode)
    for in_room in (True, False):
        for family in (Family.ROUTED, Family.FANOUT):
            for two_steps in (True, False):
                taken = [
                    await once(family, in_room=in_room, two_steps=two_steps, bytecode=bytecode)
                    for _ in range(rounds)
                ]
                name = (
                    f"{family.value}, {'in a room' if in_room else 'outside rooms'}, "
                    f"{'page' if two_steps else 'native'}"
                )
                print(_row(f"{name}: from the start", [fresh for fresh, _ in taken]), flush=True)
                print(_row(f"{name}: from coming", [later for _, later in taken]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        bytecode = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        asyncio.run(run(options.rounds, bytecode))

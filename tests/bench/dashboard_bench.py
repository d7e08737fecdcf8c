"""What the dashboard costs in a calm room, side by side with a plain DataTable.

A real process in a real pseudo-terminal follows an engine over the real control socket::

    python -m tests.bench.dashboard_bench
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ..tui.fake_engine import fake_engine
from ..tui.terminal import Terminal, terminal
from .calm_room import ROOM, calm, show_calm

CPU_LIMIT = 3.0
"""Per cent of one core."""
OUTPUT_LIMIT = 4096.0
"""Bytes a second to the terminal."""
_SETTLE = 7.0
"""Seconds from the first picture on that are left out: first layout, and the room's past."""
_LONG_AGO = 120.0
_PROGRAMS = {
    "dashboard": ("-m", "roomdeck.tui", "attach", ROOM.room),
    "DataTable": (str(Path(__file__).with_name("plain_table.py")),),
}


@dataclass(frozen=True)
class Cost:
    """Of one run."""

    cpu: float
    """Per cent of one core, user and system."""
    output: float
    """Bytes a second."""

    def __str__(self) -> str:
        return f"{self.cpu:5.2f} % of a core  {self.output / 1024:6.2f} KiB/s"


async def measure(program: str, options: argparse.Namespace) -> Cost:
    """Run a program in a terminal of this size and return what it costs once it has settled."""
    columns, rows = (int(cells) for cells in options.size.split("x"))
    async with fake_engine(ROOM) as engine:
        engine.show(calm(options.streams, 0, time.time() - _LONG_AGO))
        async with terminal(
            *_PROGRAMS[program], environment=os.environ, columns=columns, rows=rows
        ) as opened:
            await opened.shown("Guest 0", "Guest 3")
            showing = asyncio.create_task(show_calm(engine, options.streams))
            await asyncio.sleep(_SETTLE)
            cost = await _cost(opened, options.seconds)
            showing.cancel()
            return cost


async def _cost(opened: Terminal, seconds: float) -> Cost:
    began, used, written = time.monotonic(), opened.cpu_seconds(), len(opened.output)
    await asyncio.sleep(seconds)
    wall = time.monotonic() - began
    return Cost(
        cpu=100 * (opened.cpu_seconds() - used) / wall,
        output=(len(opened.output) - written) / wall,
    )


async def compare(options: argparse.Namespace) -> bool:
    """Print the median of several runs of each; return whether the dashboard is cheap enough."""
    costs: dict[str, list[Cost]] = {program: [] for program in options.programs}
    for _ in range(options.runs):
        for program in options.programs:
            cost = await measure(program, options)
            costs[program].append(cost)
            print(f"{program:10} {cost}", file=sys.stderr, flush=True)
    print(
        f"{options.streams} streams, {options.size}, {options.runs} runs of {options.seconds:g} s"
    )
    cheap = True
    for program, runs in costs.items():
        cpu = statistics.median(run.cpu for run in runs)
        output = statistics.median(run.output for run in runs)
        every = ", ".join(f"{run.cpu:.2f}" for run in runs)
        print(f"{program:10} {cpu:5.2f} % of a core ({every})  {output / 1024:6.2f} KiB/s")
        if program == "dashboard":
            cheap = cpu < CPU_LIMIT and output < OUTPUT_LIMIT
    return cheap


def main() -> None:
    """Run from the command line; exits with 1 above the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=_PROGRAMS)
    options = parser.parse_args()
    options.programs = [options.only] if options.only else list(_PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="roomdeck-") as runtime:
        os.environ["ROOMDECK_RUNTIME_DIR"] = runtime
        sys.exit(0 if asyncio.run(compare(options)) else 1)


if __name__ == "__main__":
    main()

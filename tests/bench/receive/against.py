"""Compares what recording costs with another checkout, both at the same time.

A shared machine is as fast as its neighbours let it be, and changes that by half within a minute:
figures of two runs, one after the other, say little of a few per cent. Here each round measures
both checkouts at once, so that what slows one slows the other::

    python -m tests.bench.receive.against ../older --streams 16 32 --rounds 4

The other checkout has its own environment in ``.venv``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec

from .figures import Figures

_HERE = Path(__file__).parents[3]


class _Written(msgspec.Struct):
    """What `tests.bench.receive` writes with ``--json``."""

    runs: list[Figures]


async def _measure(checkout: Path, python: str, streams: int) -> Figures:
    """Record so many streams with a checkout's roomdeck.

    Raises:
        SystemExit: It could not be measured.
    """
    with tempfile.TemporaryDirectory(prefix="roomdeck-against-") as scratch:
        written = Path(scratch) / "figures.json"
        words = ("--only", "roomdeck", "--rounds", "1", "--streams", str(streams))
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", "tests.bench.receive", *words, "--json", str(written)),
            cwd=checkout,
            env=os.environ | {"PATH": f"{Path(python).parent}:{os.environ['PATH']}"},
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            sys.exit(f"nothing was measured in {checkout}")
        return msgspec.json.decode(written.read_bytes(), type=_Written).runs[0]


async def _round(other: Path, streams: int, *, first: bool) -> float:
    """Return how many times the other's cost ours is; who is ``first`` starts so."""
    ours = _measure(_HERE, sys.executable, streams)
    theirs = _measure(other, str(other / ".venv/bin/python"), streams)
    pair = await asyncio.gather(*((ours, theirs) if first else (theirs, ours)))
    us, them = pair if first else reversed(pair)
    ratio = us.cpu_per_stream / them.cpu_per_stream
    print(
        f"{streams} streams: {us.cpu_per_stream:.3f} % of a core each, the other "
        f"{them.cpu_per_stream:.3f} %: {100 * (ratio - 1):+.1f} %",
        flush=True,
    )
    return ratio


async def _run(other: Path, counts: list[int], rounds: int) -> None:
    for streams in counts:
        ratios = [await _round(other, streams, first=n % 2 == 0) for n in range(rounds)]
        print(f"{streams} streams, median: {100 * (median(ratios) - 1):+.1f} %", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("other", type=Path, help="folder of the other checkout")
    parser.add_argument("--streams", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--rounds", type=int, default=4)
    words = parser.parse_args()
    asyncio.run(_run(words.other.resolve(), words.streams, words.rounds))


if __name__ == "__main__":
    main()

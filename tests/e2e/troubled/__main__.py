"""A session with all troubles at once, by each preset::

    python -m tests.e2e.troubled --pace 20

It is recorded over real connections, with `--deliver edit`, and delivered once more by each
preset; what comes out is decoded, and compared with what was sent. Milliseconds, 95 of a hundred
and the worst. The status is 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ...core.delivery.sync import PRESET_NAMES
from ..lab import laboratory
from .delivering import delivered, looked_at
from .measuring import Measured, words
from .people import perform


def main() -> None:
    """Record, deliver, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace", type=float, default=20.0, help="seconds from trouble to trouble")
    parser.add_argument("--preset", action="append", choices=PRESET_NAMES, default=[])
    options = parser.parse_args()
    raise SystemExit(not asyncio.run(_run(options.pace, options.preset or PRESET_NAMES)))


async def _run(pace: float, presets: Sequence[str]) -> bool:
    good = True
    with tempfile.TemporaryDirectory() as name:
        async with laboratory(Path(name)) as lab:
            recorded = await perform(lab, pace, "--deliver", "edit")
            (by_itself,) = lab.output.glob("*-edit")
            good = _tell("by itself", *looked_at(lab, recorded, by_itself))
            for preset in presets:
                folder = await delivered(lab, preset)
                good &= _tell(preset, *await asyncio.to_thread(looked_at, lab, recorded, folder))
    return good


def _tell(name: str, found: Measured, wrong: list[str]) -> bool:
    figures = {"sync": found.sync, "across": found.across, "sound": found.sound}
    told = (f"{what} {words(most)}" for what, most in figures.items() if most)
    print(f"{name:12}", *told, f"clock {found.clock * 1000:.1f} of {found.seen}", flush=True)
    print(*(f"    {fault}\n" for fault in wrong), sep="", end="", flush=True)
    return not wrong


if __name__ == "__main__":
    main()

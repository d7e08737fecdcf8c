"""A clock that is set while it records."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ..case import Result, Scene, case


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

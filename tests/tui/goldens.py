"""Screens as text files: ``goldens/*.txt`` are what the dashboard must look like.

After a wanted change, write them anew and read the difference before it is kept::

    ROOMDECK_GOLDENS=write pytest tests/tui/dashboard/test_goldens.py
    git diff tests/tui/goldens
"""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from .screen_text import screen_text

FOLDER = Path(__file__).with_name("goldens")
_VARIABLE = "ROOMDECK_GOLDENS"
_PATIENCE = 20.0
_SETTLED = 0.4
"""Seconds without a change after which a screen may be written down."""


async def looks_like(pilot: Pilot[Any], name: str) -> None:
    """Wait until the screen is as in its file; or write the file, where that was asked for."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get(_VARIABLE) == "write":
        file.write_text(await _settled(pilot), encoding="utf-8")
        return
    assert file.exists(), f"no {file.name} yet; make it with {_VARIABLE}=write"
    golden = file.read_text(encoding="utf-8")
    deadline = time.monotonic() + _PATIENCE
    while (screen := screen_text(pilot.app)) != golden:
        if time.monotonic() > deadline:
            raise AssertionError(_difference(golden, screen, file.name))
        await asyncio.sleep(0.02)


async def _settled(pilot: Pilot[Any]) -> str:
    screen, since = "", time.monotonic()
    while time.monotonic() - since < _SETTLED:
        await asyncio.sleep(0.02)
        if (now := screen_text(pilot.app)) != screen:
            screen, since = now, time.monotonic()
    return screen


def _difference(golden: str, screen: str, name: str) -> str:
    lines = difflib.unified_diff(
        golden.splitlines(), screen.splitlines(), name, "the screen", lineterm=""
    )
    return "\n".join(
        [*lines, f"if it is meant: {_VARIABLE}=write pytest tests/tui/dashboard/test_goldens.py"]
    )

"""The screen of a Textual app as plain text, cell by cell; and waiting for what it shows."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

PATIENCE = 10.0
"""Seconds after which what a test waits for will not be shown."""

_CELL = 12.2
"""Width of a cell in the SVG, in its own units."""
_TEXT = re.compile(r'<text [^>]*?x="([\d.]+)"[^>]*clip-path="url\(#[^"]*-line-(\d+)\)">([^<]*)<')


def screen_text(app: App[Any]) -> str:
    """Return what is on the screen: a line per row, without trailing blanks.

    Every character stands in its own cell; a wide one fills two, as in a terminal.
    """
    rows: list[list[str]] = [[] for _ in range(app.size.height)]
    for x, line, text in _TEXT.findall(app.export_screenshot(simplify=True)):
        if int(line) < len(rows):
            _put(rows[int(line)], round(float(x) / _CELL), html.unescape(text))
    return "\n".join("".join(row).replace("\xa0", " ").rstrip() for row in rows) + "\n"


def _put(row: list[str], at: int, text: str) -> None:
    row += " " * (at - sum(map(cell_len, row)))
    row += text.rstrip("\n")


async def shown(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is on the screen; return the screen."""
    return await _until(pilot, lambda screen: text in screen, f"never shown: {text!r}")


async def gone(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is no longer on the screen; return the screen."""
    return await _until(pilot, lambda screen: text not in screen, f"never went: {text!r}")


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until something is so."""
    await _until(pilot, lambda _: bool(condition()), f"never so: {what or condition}")


async def _until(pilot: Pilot[Any], fits: Callable[[str], bool], complaint: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while not fits(screen := screen_text(pilot.app)):
        if time.monotonic() > deadline:
            raise AssertionError(f"{complaint}\n{screen}")
        await pilot.pause()
        await asyncio.sleep(0.01)
    return screen

"""The screen of a Textual app as plain text, cell by cell; and waiting for what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

PATIENCE = 30.0
"""Seconds after which what a test waits for will not be shown."""
_LOOK = 0.02
_CLOSING = 0.2


def screen_text(app: App[Any]) -> str:
    """Return what is on the screen: a line per row, without trailing blanks.

    Every character stands in its own cell; a wide one fills two, as in a terminal.
    """
    under: Any = vars(App)["_background_screens"].fget(app)
    drawn: Any = vars(app.screen)["_compositor"].render_inline(app.size, screen_stack=under)
    rows = [strip.text.replace("\xa0", " ").rstrip() for strip in drawn.strips]
    return "\n".join(rows + [""] * (app.size.height - len(rows))) + "\n"


async def shown(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is on the screen; return the screen."""
    await until(pilot, lambda: text in screen_text(pilot.app), f"{text!r} on the screen")
    return screen_text(pilot.app)


async def gone(pilot: Pilot[Any], text: str) -> str:
    """Wait until a text is no longer on the screen; return the screen."""
    await until(pilot, lambda: text not in screen_text(pilot.app), f"no {text!r} on the screen")
    return screen_text(pilot.app)


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never so: {what or condition}\n{screen_text(pilot.app)}")
        await asyncio.sleep(_LOOK)


async def settled(app: App[Any]) -> None:
    """Wait until what is under way has gone through app, screen and focused widget and back."""
    for _ in range(2):
        for node in (app, app.screen, app.focused or app.screen):
            passed = asyncio.Event()
            node.call_later(passed.set)
            with contextlib.suppress(TimeoutError):  # a screen that closes answers no more
                await asyncio.wait_for(passed.wait(), _CLOSING)

"""Somebody at the dashboard, who writes down since when and until when words are on it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ..tui.terminal import Terminal, terminal

_LINE = 1
"""Of the screen, in which the worst that is wrong is told."""
ENOUGH = 22
"""Characters of a text that tell it from others: what is longer is cut off."""


@dataclass
class Sight:
    """When some words were on the screen."""

    words: str
    first: float | None = None
    """Unix time."""
    in_line: float | None = None
    """When they were first in the line of what is wrong."""
    left_line: float = 0.0
    """When they were last seen there."""
    until: float = math.inf
    """When they are not looked for any more: the same may be told again."""


class Person:
    """Looks at the screen ten times a second."""

    def __init__(self, screen: Terminal) -> None:
        self.screen = screen
        self._sights: list[Sight] = []
        self._looking = asyncio.create_task(self._look())

    def seek(self, text: str) -> Sight:
        """Look out for the beginning of a text from now on."""
        sight = Sight(text[:ENOUGH].rstrip())
        self._sights.append(sight)
        return sight

    async def _look(self) -> None:
        while True:
            text, now = self.screen.text(), time.time()
            line = text.split("\n")[_LINE]
            for sight in [one for one in self._sights if now < one.until]:
                if sight.words in text:
                    sight.first = sight.first or now
                if sight.words in line:
                    sight.in_line = sight.in_line or now
                    sight.left_line = now
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Look away."""
        self._looking.cancel()


@contextlib.asynccontextmanager
async def person(environment: dict[str, str]) -> AsyncGenerator[Person]:
    """Have somebody look at the one room that is recorded, on a screen of 80x24."""
    async with terminal("-m", "roomdeck.tui", "attach", environment=environment) as screen:
        await screen.shown("REC")
        looker = Person(screen)
        try:
            yield looker
        finally:
            looker.stop()

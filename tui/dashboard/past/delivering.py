"""A delivery by ``roomdeck deliver``, in a process of its own; the screen can come and go."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from ..model.delivery import Delivery
from .helper import Helper, HelperError

PATIENCE = 10.0
"""Seconds within which its processes leave, and keep what is done."""


class Delivering:
    """One delivery of one session.

    Args:
        sidecar: JSON file of the session.
        preset: Which files.
    """

    def __init__(self, sidecar: Path, preset: str) -> None:
        self.sidecar = sidecar
        self.known = Delivery(preset, time.monotonic())
        words = "deliver", str(sidecar), "--preset", preset, "--json"
        self._helper = Helper("roomdeck.tui", words, PATIENCE)
        self._over = asyncio.Event()
        self.interrupted = False
        """Somebody did not want it to go on."""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.known.running

    async def run(self) -> None:
        """Deliver, and note how far it is."""
        error = ""
        try:
            async for line in self._helper.lines():
                self.known.hear(line, time.monotonic())
        except HelperError as failure:
            error = str(failure)
        finally:
            self.known.end(time.monotonic(), error, interrupted=self.interrupted)
            self._over.set()

    async def interrupt(self) -> None:
        """End it, so that the next one goes on from there."""
        if self.running:
            self.interrupted = True
            await self._helper.interrupt()
            await self._over.wait()

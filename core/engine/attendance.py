"""Keeps an attendant beside a recording that is to have one."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..attendant.orders import Orders, encode
from ..signaling.backoff import Backoff
from .room.actions import Note

MODULE = "roomdeck.core.attendant"
LONG = 60.0
"""Seconds after which one that died is not taken for one that cannot run."""
LOOK = 1.0
"""Seconds between two looks at whether it lives."""
PATIENCE = 5.0
"""Seconds that one has at the end to come and hear of it: it may have been started just before."""
_BACKOFF = Backoff(first=1.0, limit=60.0)


class Attendance:
    """Starts an attendant, and another one where it dies; it is told what happens as a client.

    Args:
        orders: What it is to do.
        log: Where it says what it does.
        note: Tells people that it died.
    """

    def __init__(self, orders: Orders, log: Path, note: Callable[[Note], None]) -> None:
        self._orders = orders
        self._log = log
        self._note = note
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = asyncio.Event()
        self.hears = asyncio.Event()
        """Set when one says that it is there."""

    async def run(self) -> None:
        """Keep one until cancelled; the last one then leaves by itself, when it is done."""
        loop, failures = asyncio.get_running_loop(), 0
        while self._orders.config:
            began = loop.time()
            try:
                self._process = await asyncio.to_thread(self._start)
                how = f"ended with {await self._end(self._process)}"
            except OSError as error:
                how = f"cannot be started: {error}"
            self.hears.clear()
            failures = 0 if loop.time() - began > LONG else failures + 1
            if not self._ending.is_set():
                text = f"what goes on beside the recording {how}, and is started anew: {self._log}"
                self._note(Note.warning(text))
            await self._pause(_BACKOFF.delay(failures, random.random()))

    async def heard(self) -> None:
        """Wait, when all is told, until one is there to hear it; not for long."""
        if not self._orders.config:
            return
        if self._process is not None and self._process.poll() is not None:
            self.hears.clear()
        self._ending.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.hears.wait()

    async def _end(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for its end, and return how it was."""
        while (status := process.poll()) is None:
            await self._pause(LOOK)
        return status

    async def _pause(self, seconds: float) -> None:
        """Wait; at the end of the recording no longer than it takes to see to it that one hears."""
        if self._ending.is_set():
            await asyncio.sleep(min(seconds, LOOK))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        # Not asyncio's subprocess, which kills what it started when its loop is gone.
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(encode(self._orders))
        return process

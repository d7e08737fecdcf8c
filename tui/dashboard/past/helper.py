"""A command of roomdeck in a process of its own, and the lines of JSON that it says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from ....core.errors import UNDECODABLE, RoomdeckError

_LONGEST = 1 << 26
"""Bytes of a line."""
_COMPLAINTS = 20
"""Lines that it says before it fails."""
_NICE = 19
_REST = 2.0
"""Seconds within which its pipes are closed once it has left, unless a child of its has them."""


class HelperError(RoomdeckError):
    """It failed, and said why."""


class Helper:
    """Works at the lowest priority; whatever becomes of it, the screen goes on.

    Args:
        module: Of Python, with a ``__main__``.
        words: Its arguments.
        patience: Seconds within which it leaves when it is told to; 0: it only reads, and may be
            ended anywhere.
    """

    def __init__(self, module: str, words: Sequence[str], patience: float = 0.0) -> None:
        self._patience = patience
        self._command = sys.executable, "-m", module, *words
        self._process: asyncio.subprocess.Process | None = None
        self._interrupted = False

    async def left(self) -> None:
        """Wait until its process has."""
        if self._process is not None:
            await self._process.wait()

    async def lines(self) -> AsyncGenerator[dict[str, Any]]:
        """Run it, and yield what it says; nothing more where it is interrupted.

        Raises:
            HelperError: It failed; says why.
        """
        if self._interrupted:
            return
        process = await self._start()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        assert process.stdout is not None
        assert process.stderr is not None
        complaining = asyncio.create_task(_last_lines(process.stderr))
        try:
            if self._interrupted:
                # While it began: there was no process yet that could be told.
                await self._end()
            async for line in process.stdout:
                if self._interrupted:
                    continue
                with contextlib.suppress(*UNDECODABLE):
                    yield msgspec.json.decode(line, type=dict[str, Any])
            said = await complaining
            status = await process.wait()
        finally:
            complaining.cancel()
            await self._end()
            await asyncio.wait([complaining])
            await _close(process)
        if status and said and not self._interrupted:
            raise HelperError(said[-1])
        if status < 0 and not self._interrupted:
            raise HelperError(f"its process was ended by signal {-status}")

    async def _start(self) -> asyncio.subprocess.Process:
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                # ctrl-c is for the screen.
                start_new_session=True,
                limit=_LONGEST,
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # Nobody would end one that was begun in this moment.
            process = self._process = await starting
            await self._end()
            await _close(process)
            raise
        except OSError as error:
            raise HelperError(f"cannot start a process: {error.strerror or error}") from error
        self._process = process
        return process

    async def interrupt(self) -> None:
        """Have it leave, and wait until it has."""
        self._interrupted = True
        await self._end()

    async def _end(self) -> None:
        if self._patience:
            self._signal(signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self.left()
        self._signal(signal.SIGKILL)
        await self.left()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


async def _close(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of its pipes: a loop that ends before complains of them."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_REST):
            await process.communicate()


async def _last_lines(stream: asyncio.StreamReader) -> list[str]:
    kept: deque[str] = deque(maxlen=_COMPLAINTS)
    async for line in stream:
        if text := line.decode(errors="replace").strip():
            kept.append(text.removeprefix("roomdeck: "))
    return list(kept)

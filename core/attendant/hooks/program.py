"""Runs a program with an event on its stdin."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import IO

from ...config import Hook
from .answers import Failure
from .deliveries import Delivery

TIMEOUT = 60.0
GRACE = 2.0
"""Seconds between the polite signal and the other one."""
LOOK = 0.05
"""Seconds between two looks at whether it lives."""
MOST_OUTPUT = 1 << 20
"""Bytes of output that may be on the disk at a time; beyond it, what is there is thrown away."""
LOGGED = 4096
"""Bytes of the end of its output that the log gets."""
LOGGED_IN_ALL = 2 << 20
"""Bytes of all programs' output; beyond it only failures are told."""

logger = logging.getLogger(__name__)


class Program:
    """A program of a hook."""

    logged = 0
    """Bytes of output, of all of them."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    async def tell(
        self, delivery: Delivery, begun: Callable[[], Awaitable[None]]
    ) -> Failure | None:
        """Run it; return why it failed.

        It goes on where this process dies: so it is said to have `begun` as soon as it has, and is
        not begun again.
        """
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as output:
            stdin.write(delivery.body)
            stdin.seek(0)
            # It may be cut while somebody writes.
            fcntl.fcntl(output, fcntl.F_SETFL, os.O_APPEND | fcntl.fcntl(output, fcntl.F_GETFL))
            try:
                process = self._start(stdin, output)
            except OSError as error:
                return Failure(f"it cannot be started: {error.strerror}")
            await begun()
            failure = await self._end(process, output)
            self._log(output)
        return failure

    def _start(self, stdin: IO[bytes], output: IO[bytes]) -> subprocess.Popen[bytes]:
        # Not asyncio's subprocess, which kills what it started when its loop is gone.
        return subprocess.Popen(
            self._hook.command,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    async def _end(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> Failure | None:
        limit = self._hook.timeout or TIMEOUT
        until = time.monotonic() + limit
        while (status := process.poll()) is None:  # it sets no event
            if time.monotonic() >= until:
                await _kill(process)
                return Failure(f"it was not done after {limit:g} s, and was ended")
            if os.fstat(output.fileno()).st_size > MOST_OUTPUT:
                output.truncate(0)
            await asyncio.sleep(LOOK)
        if status == 0:
            return None
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return Failure(f"it ended with {how}")

    def _log(self, output: IO[bytes]) -> None:
        size = output.seek(0, os.SEEK_END)
        output.seek(max(size - LOGGED, 0))
        said = _printable(output.read().decode(errors="replace"))
        if not said or Program.logged > LOGGED_IN_ALL:
            return
        Program.logged += len(said)
        cut = "… " if size > LOGGED else ""
        logger.info("hook %s says: %s%s", self._hook.title, cut, said)


async def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    _signal(process, signal.SIGTERM)
    await asyncio.sleep(GRACE)
    _signal(process, signal.SIGKILL)
    await asyncio.to_thread(process.wait)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _printable(text: str) -> str:
    return re.sub(r"[^\S\n]+|[^\x20-\x7e\n\xa0-\U0010ffff]", " ", text).strip()

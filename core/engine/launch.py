"""Starting an engine as a process of its own, in its own session."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from typing import IO

import msgspec

from ..config import RecordConfig
from ..errors import ControlError
from .client import ControlClient
from .paths import RoomFolder

START_TIMEOUT = 30.0
_ERROR_LINES = 20


async def launch(config: RecordConfig) -> ControlClient:
    """Start an engine that outlives this process, and connect to it.

    The configuration goes through a pipe, so that no password shows in a process list.

    Raises:
        ControlError: It did not start; says what it said.
    """
    folder = RoomFolder.of(config.room)
    folder.create()
    with folder.engine_log.open("ab") as log:
        start = log.tell()
        process = await asyncio.to_thread(_start, log)
    watchdog = asyncio.get_running_loop().call_later(START_TIMEOUT, process.kill)
    ready = await asyncio.to_thread(_wait_for, process, msgspec.json.encode(config))
    watchdog.cancel()
    if not ready:
        said = folder.engine_log.read_bytes()[start:].decode(errors="replace")
        lines = said.strip().splitlines()[-_ERROR_LINES:]
        raise ControlError("\n".join(lines) or f"the engine did not start: {folder.engine_log}")
    return await ControlClient.connect(folder)


def _start(log: IO[bytes]) -> subprocess.Popen[bytes]:
    # Not asyncio's subprocess, which kills what it started when its loop is gone.
    return subprocess.Popen(
        [sys.executable, "-m", "roomdeck.core.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


def _wait_for(process: subprocess.Popen[bytes], config: bytes) -> bool:
    """Hand over the configuration; return whether the engine came up."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(config)
    with process.stdout:
        ready = bool(process.stdout.readline())
    if not ready:
        process.wait()
    return ready

"""Starting an engine as a process of its own, in its own session."""

from __future__ import annotations

import asyncio
import contextlib
import sys

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
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "roomdeck.core.engine",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(config))
    process.stdin.write_eof()
    ready = b""
    with contextlib.suppress(TimeoutError):
        ready = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT)
    if not ready:
        said = folder.engine_log.read_bytes()[start:].decode(errors="replace")
        lines = said.strip().splitlines()[-_ERROR_LINES:]
        raise ControlError("\n".join(lines) or f"the engine did not start: {folder.engine_log}")
    return await ControlClient.connect(folder)

"""Starting an engine as a process of its own, in its own session."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading

import msgspec

from ..config import RecordConfig
from ..errors import ControlError
from .control_client import ControlClient
from .room_folder import RoomFolder

START_TIMEOUT = 30.0
CLUSTER_TIMEOUT = 90.0
"""Where nodes of a cluster have to be heard of first."""
HEIR = "--heir"
"""Option of an engine that takes over from one that is gone, and gives way to one that a person
starts."""
_ERROR_LINES = 20


class Launch:
    """One attempt to start an engine that outlives this process."""

    def __init__(self, folder: RoomFolder, *, heir: bool = False) -> None:
        self._folder = folder
        self._options = [HEIR] if heir else []
        self._process: subprocess.Popen[bytes] | None = None
        self._begin = 0

    def run(self, config: RecordConfig) -> bool:
        """Start it and return whether it came up; blocks until then.

        The configuration goes through a pipe, so that no password shows in a process list.
        """
        with self._folder.engine_log.open("ab") as log:
            self._begin = log.tell()
            # Not asyncio's subprocess, which kills what it started when its loop is gone.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "roomdeck.core.engine", *self._options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        patience = START_TIMEOUT if config.cluster is None else CLUSTER_TIMEOUT
        watchdog = threading.Timer(patience, self.kill)
        watchdog.start()
        try:
            return _hand_over(self._process, msgspec.json.encode(config))
        finally:
            watchdog.cancel()

    def kill(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()

    def said(self) -> str:
        """Return the last lines of what it complained about."""
        text = self._folder.engine_log.read_bytes()[self._begin :].decode(errors="replace")
        lines = text.strip().splitlines()[-_ERROR_LINES:]
        return "\n".join(lines) or f"the engine did not start: {self._folder.engine_log}"


async def launch(config: RecordConfig) -> ControlClient:
    """Start an engine that outlives this process, and connect to it.

    Raises:
        ControlError: It did not start; says what it said.
    """
    folder = RoomFolder.of(config.room)
    folder.create()
    one = Launch(folder)
    if not await asyncio.to_thread(one.run, config):
        raise ControlError(one.said())
    return await ControlClient.connect(folder)


def _hand_over(process: subprocess.Popen[bytes], config: bytes) -> bool:
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

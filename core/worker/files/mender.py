"""Has finished files put right that are too large to do it where others wait to be written.

One after the other, each in a process of its own: it uses what nobody else needs, and what it
does to its file it does at the very end (`recording.mend_process`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Callable

import msgspec

from ...errors import UNDECODABLE
from ...ipc import worker_messages
from ...model import TakeSummary
from ...recording import mend_process

logger = logging.getLogger(__name__)

MODULE = "roomdeck.core.recording.mend_process"


class Mender:
    """Files that wait to be put right, and the one that is.

    Args:
        tell: Hears of each when it begins and when it is done, and why one stays as it is.
    """

    def __init__(self, tell: Callable[[worker_messages.FromWorker], None]) -> None:
        self._tell = tell
        self._waiting: deque[TakeSummary] = deque()
        self._at: TakeSummary | None = None
        self._task: asyncio.Task[None] | None = None

    def add(self, take: TakeSummary) -> None:
        """Have the file of an ended take put right."""
        self._waiting.append(take)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def remind(self) -> None:
        """Say again what is being done: somebody is about to wait for it."""
        if self._at is not None:
            self._tell(worker_messages.Mending(self._at.stream, self._at.file, self._at.bytes))

    async def finish(self) -> None:
        """Wait until nothing is left to be done."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            self._at = self._waiting.popleft()
            self.remind()
            self._tell(await _mend(self._at))
        self._at = self._task = None


async def _mend(take: TakeSummary) -> worker_messages.TakeMended:
    try:
        outcome = await _order(take)
    except (OSError, *UNDECODABLE):
        logger.exception("%s stays as it is", take.file)
        outcome = mend_process.Outcome(error="the process that was to do it died")
    return worker_messages.TakeMended(outcome.take or take, outcome.error)


async def _order(take: TakeSummary) -> mend_process.Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    stdin.write(msgspec.json.encode(take) + b"\n")
    try:
        answer = await stdout.read()
    finally:
        # It leaves when this is closed.
        stdin.close()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()
        await process.wait()
    return msgspec.json.decode(answer, type=mend_process.Outcome)

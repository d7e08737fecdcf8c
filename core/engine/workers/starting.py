"""Starts worker processes, and knows them to their end."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from typing import Any

from ...errors import ControlError
from ...ipc import spare_worker
from ...ipc.room_folder import RoomFolder
from .connecting import PATIENCE, connect
from .handle import Process, WorkerHandle


class Starter:
    """Starts worker processes, and knows them to their end.

    Args:
        folder: Where their sockets and logs are.
    """

    def __init__(self, folder: RoomFolder) -> None:
        self._folder = folder
        self._processes: list[Process] = []

    async def start(self, number: int) -> WorkerHandle:
        """Start a worker, or use the spare one.

        Raises:
            ControlError: It did not come up; names its log.
        """
        handle = await self._start_spare(number) or await self._start_new(number)
        if handle is None:
            raise ControlError(
                f"a media worker did not start; see {self._folder.worker_log(number)}"
            )
        return handle

    def running(self) -> set[int]:
        """Return those that run, also where they are still coming up."""
        return {process.pid for process in self._processes if process.returncode is None}

    async def join(self) -> None:
        """Wait until every one is gone."""
        for process in self._processes:
            await process.wait()

    async def _start_spare(self, number: int) -> WorkerHandle | None:
        """Use the worker that was started before this engine was ready, if there is one."""
        process = spare_worker.claim()
        if process is None:
            return None
        socket, log = self._folder.worker_socket(number), self._folder.worker_log(number)
        return await self._reach(process, number, process.begin(socket, number, log))

    async def _start_new(self, number: int) -> WorkerHandle | None:
        socket, log = self._folder.worker_socket(number), self._folder.worker_log(number)
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "roomdeck.core.worker",
                str(socket),
                str(number),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        assert process.stdout is not None
        return await self._reach(process, number, process.stdout.readline())

    async def _reach(
        self, process: Process, number: int, serves: Coroutine[Any, Any, object]
    ) -> WorkerHandle | None:
        """Connect with a worker once it serves; one that cannot be reached is ended."""
        self._processes.append(process)
        handle: WorkerHandle | None = None
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(serves, PATIENCE)
            handle = await connect(self._folder, number, process)
        finally:
            if handle is None and process.returncode is None:
                process.kill()
        return handle

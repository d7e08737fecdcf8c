"""Starts worker processes, and knows them to their end."""

from __future__ import annotations

import asyncio
import contextlib
import sys

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
        self._processes.append(process)
        socket, log = self._folder.worker_socket(number), self._folder.worker_log(number)
        handle: WorkerHandle | None = None
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.begin(socket, number, log), PATIENCE)
            handle = await connect(self._folder, number, process)
        finally:
            if handle is None:
                process.kill()
        return handle

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
        self._processes.append(process)
        handle: WorkerHandle | None = None
        try:
            handle = await self._greet(process, number)
        finally:
            if handle is None and process.returncode is None:
                process.kill()
        return handle

    async def _greet(self, process: asyncio.subprocess.Process, number: int) -> WorkerHandle | None:
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        return await connect(self._folder, number, process)

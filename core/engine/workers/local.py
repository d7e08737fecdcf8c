"""Workers as processes of this machine, reached at sockets in the room's folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Collection, Coroutine, Sequence, Set
from typing import Any

from ...config import RecordConfig
from ...errors import ControlError
from ...ipc import spare_worker
from ...ipc.room_folder import RoomFolder
from .fabric import OneMachine
from .nodes import Choice
from .processes import kill
from .socket_link import PATIENCE, Process, SocketLink, connect


class LocalFabric(OneMachine):
    """Starts worker processes on this machine, and knows them to their end.

    Args:
        folder: Where their sockets and logs are.
        limit: How many there may be that streams share; ``None``: one for each core.
    """

    def __init__(self, folder: RoomFolder, limit: int | None = None) -> None:
        self._limit = limit or os.cpu_count() or 1
        self.bases = frozenset({""})
        self._folder = folder
        self._processes: list[Process] = []

    def choice(self, names: Sequence[str] = ()) -> Choice:
        """Return this machine."""
        return Choice({"": False}, self._limit)

    def numbers(self) -> Set[int]:
        """Return the numbers of all that have a socket here."""
        return set(self._folder.workers())

    async def find(self) -> list[SocketLink]:
        """Return the workers of an engine that is gone; a socket that nobody serves is removed."""
        found: list[SocketLink] = []
        for number in self._folder.workers():
            socket = self._folder.worker_socket(number)
            link = await connect(socket)
            if link is None:
                socket.unlink(missing_ok=True)
            elif link.hello.settings is None:
                await link.close()
            else:
                found.append(link)
        return found

    async def start(self, number: int, among: Collection[str] | None = None) -> SocketLink:
        """Start a worker, or use the one that stands by.

        Raises:
            ControlError: It did not come up; names its log.
        """
        link = await self._start_spare(number) or await self._start_new(number)
        if link is None:
            raise ControlError(
                f"a media worker did not start; see {self._folder.worker_log(number)}"
            )
        return link

    def stand_by(self) -> None:
        """Have one that has imported everything, where there is none."""
        if not spare_worker.waits():
            number = max(self._folder.workers(), default=0) + 1
            spare_worker.start(self._folder.worker_socket(number), number)

    async def dismiss(self) -> None:
        """Let the one that stands by go."""
        await asyncio.to_thread(spare_worker.dismiss)

    def hurry(self) -> bool:
        """End those that run, also where they are still coming up; return whether any did."""
        running = [process for process in self._processes if process.returncode is None]
        for process in running:
            kill(process.pid)
        return bool(running)

    async def join(self) -> None:
        """Wait until every one is gone."""
        for process in self._processes:
            await process.wait()

    async def bequeath(self, config: RecordConfig) -> None:
        """Workers are told."""

    async def close(self) -> None:
        """Nothing is held."""

    async def _start_spare(self, number: int) -> SocketLink | None:
        """Use the worker that was started before this engine was ready, if there is one."""
        process = spare_worker.claim()
        if process is None:
            return None
        socket, log = self._folder.worker_socket(number), self._folder.worker_log(number)
        return await self._reach(process, number, process.begin(socket, number, log))

    async def _start_new(self, number: int) -> SocketLink | None:
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
    ) -> SocketLink | None:
        """Connect with a worker once it serves; one that cannot be reached is ended."""
        self._processes.append(process)
        link: SocketLink | None = None
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await serves
            link = await connect(self._folder.worker_socket(number), process)
        finally:
            if link is None and process.returncode is None:
                process.kill()
        return link

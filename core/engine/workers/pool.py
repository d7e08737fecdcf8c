"""The engine's worker processes: started, adopted, given streams, buried."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Set
from enum import Enum, auto
from pathlib import Path

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake

from ...errors import ControlError, ProtocolError
from ...ipc import spare_worker, worker_messages
from ...ipc.room_folder import RoomFolder
from ...model import WorkerSnapshot
from ..room.suspicion import EVERYBODY
from .placement import Gauge, choose, worker_snapshot

_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, 0)
"""Exit statuses of workers that did not end by themselves."""
START_TIMEOUT = 30.0
"""Seconds that a worker may take to import its libraries on a busy machine."""
HANGS = 6
"""Seconds without a word after which a worker hangs: it reports every second."""
IDLE = 30.0
"""Seconds after which a worker that some streams had for themselves is not needed any more."""
BLOATED = 400_000_000
"""Bytes with which a worker that was killed is taken to have been killed for its memory."""
LAST_BREATH = 0.5
"""Seconds from the end of a worker's link to that of its process."""


class Death(Enum):
    """How a worker ended."""

    LEFT = auto()
    """It finished its files, as somebody told it."""
    KILLED = auto()
    """Somebody killed it."""
    BROKE = auto()
    """By itself, or nobody knows."""
    HUNG = auto()
    """We killed it, as it said nothing any more."""


class WorkerHandle:
    """One worker as the engine sees it."""

    def __init__(self, socket: ClientConnection, hello: worker_messages.Hello) -> None:
        self.number = hello.worker
        self.pid = hello.pid
        self.hello = hello
        self.gauge = Gauge((info.peer for info in hello.peers), time.monotonic())
        self.group = EVERYBODY
        self.leaving = False
        """It was told to."""
        self.death: Death | None = None
        """How it ended."""
        self.unheard = 0
        """Seconds of ours without a word of it."""
        self._socket = socket

    @property
    def peers(self) -> Set[str]:
        """The connections that it holds."""
        return self.gauge.peers

    async def send(self, message: worker_messages.ToWorker) -> None:
        """Say something; a worker that is gone does not hear it."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(worker_messages.encode(message))

    async def receive(self) -> worker_messages.FromWorker:
        """Wait for what it says next.

        Raises:
            ConnectionClosed: It is gone.
            ProtocolError: It is of another version.
        """
        return worker_messages.decode_from_worker(await self._socket.recv())

    def note(self, message: worker_messages.FromWorker) -> None:
        """Keep what a message says about the worker, which lives."""
        self.unheard = 0
        match message:
            case worker_messages.Closed(peer):
                self.gauge.drop(peer)
            case worker_messages.Status(load=load):
                self.gauge.report(load, time.monotonic())
            case _:
                pass

    async def close(self) -> None:
        """Leave it to itself."""
        await self._socket.close()


class WorkerPool:
    """All workers of one engine.

    Args:
        folder: Where their sockets are.
        settings: What each is told first.
        heritage: What each is told for when we are gone.
        limit: At most so many are started.
        on_message: Called with each worker's messages.
        on_lost: Called when a worker is gone, with the peers it held.
    """

    def __init__(
        self,
        folder: RoomFolder,
        settings: worker_messages.Settings,
        heritage: worker_messages.Heritage,
        limit: int,
        on_message: Callable[[worker_messages.FromWorker], None],
        on_lost: Callable[[WorkerHandle], None],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._heritage = heritage
        self._limit = limit
        self._on_message = on_message
        self._on_lost = on_lost
        self._starting: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By group: who waits for a worker of its own keeps nobody else waiting."""
        self._numbers: set[int] = set()
        """Those of workers that are being started."""
        self._readers: dict[int, asyncio.Task[None]] = {}
        self._processes: list[asyncio.subprocess.Process | spare_worker.Spare] = []
        self.workers: dict[int, WorkerHandle] = {}

    async def find(self) -> list[worker_messages.Hello]:
        """Connect to the workers of an engine that is gone, and return what they say."""
        found: list[worker_messages.Hello] = []
        for number in self._folder.workers():
            handle = await self._connect(number)
            if handle is None:
                self._folder.worker_socket(number).unlink(missing_ok=True)
            elif handle.hello.settings is None:
                await handle.close()
            else:
                self.workers[number] = handle
                found.append(handle.hello)
        return found

    def use(self, settings: worker_messages.Settings) -> None:
        """Give these settings to workers that are started from now on."""
        self._settings = settings

    async def listen(self) -> None:
        """Begin to pass on what the found workers say."""
        for handle in self.workers.values():
            await handle.send(self._heritage)
            self._listen(handle)

    async def prepare(self) -> None:
        """Have a worker ready before the first stream comes.

        Raises:
            ControlError: It did not come up; names its log.
        """
        if not await self.refill():
            await asyncio.to_thread(spare_worker.dismiss)

    async def refill(self) -> bool:
        """Have a worker that all share, where there is none; return whether one was started.

        Raises:
            ControlError: It did not come up; names its log.
        """
        async with self._starting[EVERYBODY]:
            needed = not self._of(EVERYBODY)
            if needed:
                await self._start_one(EVERYBODY)
            return needed

    def stand_by(self) -> None:
        """Keep a worker ready that no stream is given: what it imports takes seconds."""
        if not spare_worker.waits():
            number = self._free_number()
            spare_worker.start(self._folder.worker_socket(number), number)

    def watch(self) -> None:
        """End workers that hang; to be called once a second.

        The seconds are counted, not measured: those of a machine that sleeps are none. A worker
        whose disk is slow goes on speaking, as its event loop waits for no disk.
        """
        for handle in self.workers.values():
            handle.unheard += 1
            if handle.unheard > HANGS and not waits_for_disk(handle.pid):
                handle.death = Death.HUNG
                _kill(handle.pid)

    async def tidy(self, now: float) -> None:
        """Let workers go that some streams had for themselves, and nobody needs any more."""
        for handle in list(self.workers.values()):
            if handle.group != EVERYBODY and handle.gauge.idle(now) > IDLE and not handle.leaving:
                handle.leaving = True
                await handle.send(worker_messages.Shutdown())

    def _of(self, group: int) -> dict[int, Gauge]:
        """Return the loads of the workers that a group shares."""
        mine = (one for one in self.workers.values() if one.group == group and not one.leaving)
        return {one.number: one.gauge for one in mine}

    def _free_number(self) -> int:
        taken = {*self.workers, *self._folder.workers(), *self._numbers}
        return next(number for number in range(1, 1000) if number not in taken)

    async def _start_one(self, group: int) -> WorkerHandle:
        """Start a worker.

        Raises:
            ControlError: It did not come up; names its log.
        """
        number = self._free_number()
        self._numbers.add(number)
        try:
            handle = await self._start_spare(number) or await self._start_new(number)
        finally:
            self._numbers.discard(number)
        if handle is None:
            raise ControlError(
                f"a media worker did not start; see {self._folder.worker_log(number)}"
            )
        handle.group = group
        self.workers[number] = handle
        await handle.send(worker_messages.Setup(self._settings))
        await handle.send(self._heritage)
        self._listen(handle)
        return handle

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
                await asyncio.wait_for(process.begin(socket, number, log), START_TIMEOUT)
            handle = await self._connect(number)
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
            await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT)
        return await self._connect(number)

    async def place(self, peer: str, group: int = EVERYBODY) -> WorkerHandle:
        """Return the worker for a new connection: the least loaded of its group, or one more.

        Raises:
            ControlError: One more did not come up; names its log.
        """
        async with self._starting[group]:
            limit = self._limit if group == EVERYBODY else 1
            number = choose(self._of(group), limit, time.monotonic())
            handle = await self._start_one(group) if number is None else self.workers[number]
            handle.gauge.place(peer, time.monotonic())
            return handle

    def holder(self, peer: str) -> WorkerHandle | None:
        """Return the worker that holds a connection."""
        return next((one for one in self.workers.values() if peer in one.peers), None)

    def holders(self) -> dict[str, int]:
        """Return the number of the worker that holds each connection."""
        return {peer: one.number for one in self.workers.values() for peer in one.peers}

    def snapshot(self) -> tuple[WorkerSnapshot, ...]:
        """Return what every worker holds and uses."""
        return tuple(
            worker_snapshot(one.number, one.pid, one.gauge) for one in self.workers.values()
        )

    async def tell_all(self, message: worker_messages.ToWorker) -> None:
        """Say something to every worker."""
        for handle in list(self.workers.values()):
            await handle.send(message)

    async def join(self) -> None:
        """Wait until every worker is gone and its last words are heard."""
        await asyncio.gather(*list(self._readers.values()))
        for process in self._processes:
            await process.wait()

    def hurry(self) -> bool:
        """End workers that take too long over their files; return whether there were any."""
        pids = {handle.pid for handle in self.workers.values()}
        pids |= {process.pid for process in self._processes if process.returncode is None}
        for pid in pids:
            _kill(pid)
        return bool(pids)

    async def _connect(self, number: int) -> WorkerHandle | None:
        path = str(self._folder.worker_socket(number))
        try:
            socket = await unix_connect(
                path, max_size=worker_messages.MAX_NEWS, proxy=None, compression=None
            )
        except (OSError, InvalidHandshake):
            return None
        try:
            async with asyncio.timeout(START_TIMEOUT):
                hello = worker_messages.decode_from_worker(await socket.recv())
        except (TimeoutError, ConnectionClosed, ProtocolError):
            hello = None
        if isinstance(hello, worker_messages.Hello):
            return WorkerHandle(socket, hello)
        await socket.close()
        return None

    def _listen(self, handle: WorkerHandle) -> None:
        task = asyncio.get_running_loop().create_task(self._read(handle))
        self._readers[handle.number] = task

    async def _read(self, handle: WorkerHandle) -> None:
        try:
            while True:
                message = await handle.receive()
                handle.note(message)
                self._on_message(message)
        except (ConnectionClosed, ProtocolError) as error:
            self.workers.pop(handle.number, None)
            left = isinstance(error, ConnectionClosedOK)
            if not left:
                _dismiss(handle.pid)
            handle.death = handle.death or (Death.LEFT if left else await self._death(handle))
            self._readers.pop(handle.number, None)
            self._on_lost(handle)
            await handle.close()

    async def _death(self, handle: WorkerHandle) -> Death:
        """Find out how a worker died; nobody tells of those that another engine started."""
        process = next((one for one in self._processes if one.pid == handle.pid), None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_BREATH):
                while process is not None and process.returncode is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        status = process.returncode if process is not None else None
        if status in _FROM_OUTSIDE and handle.gauge.last.memory < BLOATED:
            return Death.KILLED
        return Death.BROKE


def waits_for_disk(pid: int) -> bool:
    """Whether a process waits for the system, which nothing can hurry (proc(5), state D)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == b"D"


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _dismiss(pid: int) -> None:
    """Have a worker that hangs rather than died finish its files, for others take over."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)

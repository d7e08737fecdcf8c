"""All workers of an engine: how many there are, and which one holds what."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from ...errors import ControlError, ProtocolError
from ...ipc import worker_messages
from ...model import ClusterSnapshot, EndReason, TakeSummary, WorkerSnapshot
from ...tasks import Tasks
from ..room.suspicion import EVERYBODY
from .fabric import Fabric, WorkerLink
from .handle import WorkerHandle
from .node_snapshots import described
from .nodes import Choice
from .placement import choose, worker_snapshot

SOON = 3.0
"""Seconds that a stream waits for a worker of its own choice where it could have another one: a
machine that is gone, and not known to be, starts none."""
AT_ONCE = 4
"""Machines on which a worker is started at the same time: of a few dozen nodes none waits long,
and several that are one machine do not take all of its processor."""
IDLE = 30.0
"""Seconds after which a worker that some streams had for themselves is not needed any more."""
LEFT = 3.0
"""The same of one on a machine that is to be left: a stream may have been placed there just now."""

logger = logging.getLogger(__name__)


class WorkerPool:
    """All workers of one engine.

    Args:
        fabric: Where they are.
        settings: What each is told first.
        heritage: What each is told for when we are gone.
        on_message: Called with each worker's messages.
        on_lost: Called with a worker that is gone, which knows what it held.
        on_back: Called with one that was taken to be gone and is not; returns whether it has
            anything that no other one has.
    """

    def __init__(
        self,
        fabric: Fabric,
        settings: worker_messages.Settings,
        heritage: worker_messages.Heritage,
        on_message: Callable[[worker_messages.FromWorker], None],
        on_lost: Callable[[WorkerHandle], None],
        on_back: Callable[[WorkerHandle], bool] = lambda handle: True,
    ) -> None:
        self._fabric = fabric
        self._settings = settings
        self._heritage = heritage
        self._on_message = on_message
        self._on_lost = on_lost
        self._on_back = on_back
        self._returning = Tasks("taking back a worker")
        self._starting: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By group: who waits for a worker of its own keeps nobody else waiting."""
        self._pending: dict[int, asyncio.Task[WorkerHandle]] = {}
        """Workers that are being started for who waits for them, by group."""
        self._numbers: set[int] = set()
        """Those of workers that are being started."""
        self._readers: dict[int, asyncio.Task[None]] = {}
        self.workers: dict[int, WorkerHandle] = {}

    async def meet(self, found: Sequence[WorkerLink]) -> list[WorkerHandle]:
        """Return the workers of an engine that is gone, with their clocks as far as they say."""
        handles = [WorkerHandle(link, self._settings.session) for link in found]
        await asyncio.gather(*(one.meet() for one in handles), return_exceptions=True)
        return handles

    async def adopt(self, handles: Sequence[WorkerHandle]) -> None:
        """Take over workers that were met, and begin to pass on what they say."""
        await self._fabric.bequeath(self._heritage.config)
        self.workers |= {handle.number: handle for handle in handles}
        for handle in handles:
            await handle.bequeath(self._heritage)
            self._listen(handle)

    async def bequeath(self, heritage: worker_messages.Heritage) -> None:
        """Have every worker know what another engine would need, where that changed."""
        if heritage != self._heritage:
            self._heritage = heritage
            await self._fabric.bequeath(heritage.config)
            for handle in list(self.workers.values()):
                await handle.bequeath(heritage)

    async def refill(self) -> bool:
        """Have workers that all share, where there are too few; return whether any was started.

        Each machine is tried once, several at a time: where none comes up, or takes long, it keeps
        no other from having one.

        Raises:
            ControlError: One did not come up; names its log.
        """
        async with self._starting[EVERYBODY]:
            tried, failures = set[str](), list[ControlError]()
            while missing := self.lacks() - tried:
                tried |= missing
                failures += await self._start_on(missing)
            if failures:
                raise failures[0]
            return bool(tried)

    async def _start_on(self, nodes: Set[str]) -> list[ControlError]:
        """Have a worker on each of these machines; return why where none came up."""
        few, failures = asyncio.Semaphore(AT_ONCE), list[ControlError]()

        async def start(node: str) -> None:
            async with few:
                try:
                    await self._start_one(EVERYBODY, (node,))
                except ControlError as error:
                    failures.append(error)

        async with asyncio.TaskGroup() as starting:
            for node in sorted(nodes):
                starting.create_task(start(node))
        return failures

    def lacks(self) -> Set[str]:
        """Return the machines without a worker for who comes, though they should have one."""
        mine = (one for one in self.workers.values() if one.group == EVERYBODY and not one.leaving)
        return self._fabric.bases - {one.node for one in mine}

    def stand_by(self) -> None:
        """Keep a worker ready that no stream is given: what it imports takes seconds."""
        self._fabric.stand_by()

    async def dismiss(self) -> None:
        """Let the one that stands by go."""
        await self._fabric.dismiss()

    def to_move(self) -> dict[str, EndReason]:
        """Return the connections that are to go on on another machine, and why."""
        leaving = self._fabric.leaving()
        return {
            peer: leaving[one.node]
            for one in self.workers.values()
            if one.node in leaving
            for peer in one.peers
        }

    def drain(self, node: str, leave: bool) -> str:
        """Have all streams leave a machine, and none come, or end that; says what was done.

        Raises:
            ControlError: There is no such machine; says which there are.
        """
        return self._fabric.drain(node, leave)

    def unwritable(self) -> str:
        """Return why nothing can be recorded on any machine; empty where it can, or is unknown."""
        return self._fabric.unwritable()

    @property
    def superseded(self) -> bool:
        """Whether a later engine has this room, on a machine that was cut off from this one."""
        return self._fabric.superseded

    def watch(self) -> None:
        """End workers that hang; to be called once a second."""
        for handle in self.workers.values():
            handle.watch()

    def take_back(self) -> None:
        """Have workers again that could not be reached; to be called once a second."""
        for link in self._fabric.returned():
            self._returning.spawn(self._take_back(link))

    def leave(self, handle: WorkerHandle, takes: Sequence[TakeSummary]) -> None:
        """Have takes of a worker that is gone completed where they are."""
        if handle.node:
            self._fabric.leave(handle.number, self._settings.session, takes)

    def completed(self) -> Sequence[tuple[str, TakeSummary | None]]:
        """Return what was completed on other machines, in words and as it is now; each once."""
        return self._fabric.completed()

    async def _take_back(self, link: WorkerLink) -> None:
        settings, handle = link.hello.settings, WorkerHandle(link, self._settings.session)
        ours = settings is not None and settings.session.sidecar == self._settings.session.sidecar
        if not ours or handle.number in self.workers:
            # What it has is in a JSON file beside it.
            await handle.send(worker_messages.Shutdown())
            return await handle.close()
        try:
            await handle.meet()
        except ControlError as error:
            logger.warning("%s", error)
            handle.kill()
            return await handle.close()
        self.workers[handle.number] = handle
        await handle.bequeath(self._heritage)
        handle.leaving = not self._on_back(handle)
        self._listen(handle)
        if handle.leaving:
            await handle.send(worker_messages.Shutdown(EndReason.RELOCATED))

    async def ask_time(self) -> None:
        """Compare clocks with workers that have another one; to be called once a second."""
        for handle in list(self.workers.values()):
            await handle.ask_time()

    async def tidy(self, now: float) -> None:
        """Let workers go that nobody needs any more.

        Those are what some streams had for themselves, and what is on machines that are drained.
        """
        drained = self._fabric.drained & self._fabric.leaving().keys()
        for handle in list(self.workers.values()):
            idle = handle.gauge.idle(now)
            own = handle.group != EVERYBODY and idle > IDLE
            left = handle.node in drained and idle > LEFT
            if (own or left) and not handle.leaving:
                handle.leaving = True
                await handle.send(worker_messages.Shutdown())

    def _of(self, group: int) -> list[WorkerHandle]:
        """Return the workers that a group shares."""
        return [one for one in self.workers.values() if one.group == group and not one.leaving]

    def _free_number(self) -> int:
        taken = {*self.workers, *self._fabric.numbers(), *self._numbers}
        return next(number for number in range(1, 1000) if number not in taken)

    async def _start_one(self, group: int, among: Collection[str]) -> WorkerHandle:
        """Start a worker on one of these machines.

        Raises:
            ControlError: It did not come up; names its log.
        """
        number = self._free_number()
        self._numbers.add(number)
        try:
            handle = await self._reach(number, among)
        finally:
            self._numbers.discard(number)
        handle.group = group
        self.workers[number] = handle
        await handle.send(worker_messages.Setup(self._settings))
        await handle.bequeath(self._heritage)
        self._listen(handle)
        return handle

    async def _reach(self, number: int, among: Collection[str]) -> WorkerHandle:
        """Return a new worker whose clock is known.

        Raises:
            ControlError: It did not come up, or does not tell its time.
        """
        link = await self._fabric.start(number, among)
        handle = WorkerHandle(link, self._settings.session)
        try:
            await handle.meet()
        except ControlError:
            handle.kill()
            await handle.close()
            raise
        return handle

    def missed(self, names: Sequence[str]) -> str:
        """Return why a stream would not go where it is to go; empty where it would."""
        return self._fabric.choice(names).missed

    async def place(
        self, peer: str, group: int = EVERYBODY, names: Sequence[str] = ()
    ) -> WorkerHandle:
        """Return the worker for a new connection: the least loaded of its group, or one more.

        Args:
            peer: Its name.
            group: Who shares workers with whom.
            names: What its stream is called, by which it may have to go somewhere.

        Raises:
            ControlError: One more did not come up, and there is none; names its log.
        """
        handle = self._choose(group, self._fabric.choice(names))
        if handle is None:
            async with self._starting[group]:
                choice = self._fabric.choice(names)
                handle = self._choose(group, choice) or await self._one_more(group, choice)
        handle.gauge.place(peer, time.monotonic())
        return handle

    def _choose(self, group: int, choice: Choice) -> WorkerHandle | None:
        """Return the worker of a group for a new connection; ``None``: one more is needed."""
        mine = [one for one in self._of(group) if one.node in choice.nodes]
        limit = choice.limit if group == EVERYBODY else 1
        if not mine and not choice.limit:
            # Nobody can start one where it should go.
            mine, limit = self._anywhere(group, choice), 0
        return self._least(mine, limit, choice)

    def _anywhere(self, group: int, choice: Choice) -> list[WorkerHandle]:
        return [one for one in self._of(group) if one.node not in choice.full]

    def _least(
        self, workers: Iterable[WorkerHandle], limit: int, choice: Choice
    ) -> WorkerHandle | None:
        known = {one.number: one for one in workers}
        busy = {one.number for one in known.values() if choice.nodes.get(one.node, True)}
        gauges = {number: one.gauge for number, one in known.items()}
        number = choose(gauges, limit, time.monotonic(), busy)
        return None if number is None else known[number]

    async def _one_more(self, group: int, choice: Choice) -> WorkerHandle:
        """Start a worker; where that fails or takes long, take the best of those that there are.

        Raises:
            ControlError: There is none, either.
        """
        start = self._pending.get(group) or self._begin_one(group, choice.nodes)
        try:
            await asyncio.wait((start,), timeout=SOON)
            other = self._least(self._anywhere(group, choice), 0, choice)
            if other is None:
                await asyncio.wait((start,))
        except asyncio.CancelledError:
            start.cancel()
            raise
        error = start.exception() if start.done() else TimeoutError("a worker takes long to start")
        if error is None or other is None:
            return start.result()
        logger.warning("%s; another one has what it was for", error)
        return other

    def _begin_one(self, group: int, among: Collection[str]) -> asyncio.Task[WorkerHandle]:
        def done(task: asyncio.Task[WorkerHandle]) -> None:
            self._pending.pop(group, None)
            if not task.cancelled():
                task.exception()

        start = self._pending[group] = asyncio.create_task(self._start_one(group, among))
        start.add_done_callback(done)
        return start

    async def stop_starting(self) -> None:
        """Start none any more: all that are up are to be told of the end."""
        self._returning.cancel()
        await self._returning.join()
        pending = list(self._pending.values())
        for start in pending:
            start.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def holder(self, peer: str) -> WorkerHandle | None:
        """Return the worker that holds a connection."""
        return next((one for one in self.workers.values() if peer in one.peers), None)

    def holders(self) -> dict[str, int]:
        """Return the number of the worker that holds each connection."""
        return {peer: one.number for one in self.workers.values() for peer in one.peers}

    def snapshot(self) -> tuple[WorkerSnapshot, ...]:
        """Return what every worker holds and uses."""
        return tuple(
            worker_snapshot(one.number, one.pid, one.node, one.gauge)
            for one in self.workers.values()
        )

    def cluster(self, bitrates: Mapping[int, float]) -> ClusterSnapshot | None:
        """Return the machines on which they are; ``None``: that of the engine alone.

        Args:
            bitrates: Bits per second that come to be written, by worker.
        """
        cluster = self._fabric.cluster
        return cluster and described(cluster, list(self.workers.values()), bitrates)

    async def tell_all(self, message: worker_messages.ToWorker) -> None:
        """Say something to every worker."""
        for handle in list(self.workers.values()):
            await handle.send(message)

    async def join(self) -> None:
        """Wait until every worker is gone and its last words are heard."""
        await asyncio.gather(*list(self._readers.values()))
        await self._fabric.join()

    def hurry(self) -> bool:
        """End workers that take too long over their files; return whether there were any."""
        for handle in self.workers.values():
            handle.kill()
        return self._fabric.hurry() or bool(self.workers)

    def _listen(self, handle: WorkerHandle) -> None:
        task = asyncio.get_running_loop().create_task(self._read(handle))
        self._readers[handle.number] = task

    async def _read(self, handle: WorkerHandle) -> None:
        with contextlib.suppress(ProtocolError):
            while message := await handle.receive():
                handle.note(message)
                if machine := handle.told(message):
                    self._fabric.measured(handle.node, machine)
                self._on_message(message)
        self.workers.pop(handle.number, None)
        await handle.end()
        self._readers.pop(handle.number, None)
        self._on_lost(handle)
        await handle.close()

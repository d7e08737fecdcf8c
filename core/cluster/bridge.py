"""``python -m roomdeck.core.cluster.bridge``: the one process beside an engine that loads Ray.

It ends with its engine, at once when it is told to, and whenever Ray no longer answers: the engine
starts another one. Workers notice none of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec

from ..config import RecordConfig
from ..ipc.runtime_folder import runtime_directory
from ..own_stdout import write_all
from . import raylib
from .cards import NodeCard, WorkerCard
from .here import Orders
from .messages import (
    Completed,
    Completion,
    Dismiss,
    Failed,
    FromBridge,
    Inherit,
    Join,
    Leftovers,
    Nodes,
    Start,
    Started,
    line,
    to_bridge,
)
from .messages import Trouble as Problem
from .successor import leave_behind
from .supervisor import supervisor
from .watchman import Kept

T = TypeVar("T")

LOOK = 1.0
"""Seconds between two looks at the nodes."""
JOINING = 60.0
"""Seconds that Ray may take to answer for the first time."""
ANSWER = 8.0
"""The same for everything later; then it is given up, with this process."""
STARTING = 40.0
"""Seconds in which a supervisor has started a worker, or has said why not."""
MENDING = 3600.0
"""Seconds in which a supervisor has completed what a worker left: it may be much."""
_workers = msgspec.json.Decoder(tuple[WorkerCard, ...])
_completions = msgspec.json.Decoder(tuple[Completion, ...])
_engine = os.dup(1)
"""Where it reads; what a library prints goes elsewhere."""


class Bridge:
    """Does with Ray what an engine asks for."""

    def __init__(self, join: Join) -> None:
        self._join = join
        self._actors: dict[str, Any] = {}
        """By id of the node."""
        self._nodes: dict[str, NodeCard] = {}
        """By name."""
        self._told: Nodes | None = None
        self._heritage: RecordConfig | None = None
        self._engine = os.getppid()
        self._kept: tuple[Any, Kept] | None = None
        """Which supervisor was told what another engine needs to know."""
        self._asked: set[asyncio.Task[None]] = set()

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Serve until the engine is gone, or Ray is."""
        hearing = asyncio.create_task(self._hear(orders))
        looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait((hearing, looking), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if error := task.exception():
                say(Problem(_words(error)))

    async def _hear(self, orders: asyncio.StreamReader) -> None:
        async for text in orders:
            message = to_bridge.decode(text)
            if isinstance(message, Start):
                self._spawn(self._start(message))
            elif isinstance(message, Dismiss):
                self._spawn(self._dismiss(message))
            elif isinstance(message, Leftovers):
                self._spawn(self._complete(message))
            elif isinstance(message, Inherit):
                self._heritage = message.config
        # It says nothing when it ends in order: then this process is ended.
        if self._heritage is not None:
            leave_behind(self._join.room, self._heritage)

    def _spawn(self, asked: Any) -> None:
        task = asyncio.create_task(asked)
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _look(self) -> None:
        await _within(asyncio.to_thread(raylib.join, self._join.address), JOINING)
        while True:
            found = await _within(asyncio.to_thread(raylib.nodes), ANSWER)
            nodes = tuple(await asyncio.gather(*map(self._with_workers, found)))
            self._nodes = {node.name: node for node in nodes}
            await self._bequeath()
            if Nodes(nodes) != self._told:
                self._told = Nodes(nodes)
                say(self._told)
            await asyncio.sleep(LOOK)

    async def _with_workers(self, node: NodeCard) -> NodeCard:
        before = self._nodes.get(node.name)
        try:
            workers = _workers.decode(await self._ask(node, "workers", within=ANSWER))
        except Exception:
            # Its actor is gone or not up yet; another one is asked the next time.
            self._actors.pop(node.id, None)
            workers = before.workers if before else ()
        return msgspec.structs.replace(node, workers=workers)

    async def _bequeath(self) -> None:
        """Have the supervisor of this machine know it, too, for when we end with the engine."""
        home = raylib.ray().get_runtime_context().get_node_id()
        node = next((one for one in self._nodes.values() if one.id == home), None)
        actor = self._actors.get(home)
        if node is None or actor is None or self._heritage is None:
            return
        folder = str(runtime_directory() / self._join.room)
        kept = Kept(folder, self._engine, self._heritage)
        if self._kept != (actor, kept):
            with contextlib.suppress(Exception):
                text = msgspec.json.encode(kept).decode()
                await self._ask(node, "inherit", text, within=ANSWER)
                self._kept = actor, kept

    async def _start(self, start: Start) -> None:
        try:
            node = self._nodes[start.node]
            said = await self._ask(node, "start", start.number, within=STARTING)
            if not said.startswith("{"):
                raise RuntimeError(said)
            answer = Started(msgspec.json.decode(said, type=WorkerCard))
        except Exception as error:
            answer = Failed(start.node, start.number, _words(error))
        say(answer)

    async def _dismiss(self, dismiss: Dismiss) -> None:
        while True:
            with contextlib.suppress(Exception):
                node = self._nodes[dismiss.node]
                await self._ask(node, "dismiss", dismiss.number, within=ANSWER)
                return
            await asyncio.sleep(LOOK)

    async def _complete(self, left: Leftovers) -> None:
        order = msgspec.json.encode(left).decode()
        with contextlib.suppress(Exception):
            node = self._nodes[left.node]
            files = _completions.decode(await self._ask(node, "complete", order, within=MENDING))
            say(Completed(left.node, files))

    async def _ask(self, node: NodeCard, what: str, *words: int | str, within: float) -> str:
        actor = self._actors.get(node.id)
        if actor is None:
            orders = Orders(self._join.room, node.name, node.host)
            made = asyncio.to_thread(supervisor, node, orders)
            actor = self._actors[node.id] = await _within(made, ANSWER)
        return await _within(
            asyncio.wrap_future(getattr(actor, what).remote(*words).future()), within
        )


async def _within(asked: Awaitable[T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await asked


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "Ray does not answer"
    return raylib.complaint(error)[:300]


def say(message: FromBridge) -> None:
    """Say something to the engine, which may be gone."""
    with contextlib.suppress(OSError):
        write_all(_engine, line(message))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    # Ray may be busy with an address that does not answer, in threads that nothing ends.
    loop.add_signal_handler(signal.SIGTERM, lambda: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    join = to_bridge.decode(await orders.readline())
    if isinstance(join, Join):
        raylib.prepare(join.token_file)
        await Bridge(join).run(orders)


def main() -> None:
    """Serve an engine until it is gone."""
    os.dup2(2, 1)
    asyncio.run(_serve())
    os._exit(0)


if __name__ == "__main__":
    main()

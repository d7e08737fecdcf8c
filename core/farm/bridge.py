"""``python -m roomdeck.core.farm.bridge``: the one process of a delivery that loads Ray.

Its first line is the cluster, then it is told `ToBridge`; it says `FromBridge`, first what there is
of the cluster. All that it had begun ends with its stdin.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import msgspec

from ..cluster import raylib
from ..cluster.cards import NodeCard
from ..cluster.here import Orders
from ..collection.opening import open_all
from ..config import ClusterConfig
from ..own_stdout import own_stdout, write_all
from .maker import Maker
from .orders import (
    Begin,
    Clear,
    FromBridge,
    Hold,
    Lost,
    News,
    Opened,
    State,
    line,
    state,
    to_bridge,
)

CORES = 1.0
"""Of its node that Ray counts for a job: it has one process that works."""
LOOK = 0.25
"""Seconds between two looks at a job."""
ANSWER = 60.0
"""Seconds that a node may take to answer; then its job is lost."""
_LONGEST = 1 << 28
"""Bytes of a line."""


class Bridge:
    """Has jobs done by actors.

    Args:
        nodes: Of the cluster, by name.
        said: Where its words go.
    """

    def __init__(self, nodes: dict[str, NodeCard], said: int) -> None:
        self._nodes = nodes
        self._said = said
        self._actors: dict[str, Any] = {}
        """By job."""
        self._held: tuple[str, ...] = ()
        self._going: set[asyncio.Task[None]] = set()
        self._clearing: set[asyncio.Task[None]] = set()

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Serve until nobody has orders; what is cleared by then is cleared to the end."""
        async for text in orders:
            message = to_bridge.decode(text)
            if isinstance(message, Begin):
                _spawn(self._do(message), self._going)
            elif isinstance(message, Hold):
                self._held = message.nodes
            else:
                _spawn(self._clear(message), self._clearing)
        await asyncio.gather(*self._clearing)

    def say(self, message: FromBridge) -> None:
        """Say something."""
        write_all(self._said, line(message))

    async def _do(self, begin: Begin) -> None:
        try:
            last = await self._follow(begin)
        except Exception as error:
            last = State(error=_words(error), lost=True)
        if last.made is None:
            self._actors.pop(begin.job, None)  # which ends it
        self.say(Lost(begin.job, last.error) if last.lost else News(begin.job, last))

    async def _follow(self, begin: Begin) -> State:
        """Have a job done, say how far it is, and return what became of it."""
        node = self._nodes[begin.node]
        orders = msgspec.json.encode(Orders("", node.name, node.host)).decode()
        actor = await asyncio.to_thread(raylib.actor, Maker, node, orders, cores=CORES)
        self._actors[begin.job] = actor
        # For as long as its node has no core for it: others are before it.
        told = actor.begin.remote(msgspec.json.encode(begin.order).decode())
        await asyncio.wrap_future(told.future())
        before = State()
        while True:
            told = actor.look.remote(int(begin.node in self._held))
            now = state.decode(await _within(told.future(), ANSWER))
            if now.over:
                return now
            if now != before:
                self.say(News(begin.job, now))
            before = now
            await asyncio.sleep(LOOK)

    async def _clear(self, clear: Clear) -> None:
        actor = self._actors.pop(clear.job, None)
        if actor is not None:
            # Where it fails there is something left on that node, and nothing else to be done.
            with contextlib.suppress(Exception):
                await _within(actor.clear.remote().future(), ANSWER)


def _spawn(what: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(what)
    among.add(task)
    task.add_done_callback(among.discard)


async def _within(asked: Any, seconds: float) -> Any:
    async with asyncio.timeout(seconds):
        return await asyncio.wrap_future(asked)


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return raylib.complaint(error)[:300]


def open_cluster(cluster: ClusterConfig) -> tuple[Opened, list[object]]:
    """Return what there is, and what keeps shelves open."""
    shelves, kept = open_all(cluster)
    nodes = tuple(raylib.nodes())
    here = raylib.ray().get_runtime_context().get_node_id()
    home = next((node.name for node in nodes if node.id == here), "")
    return Opened(nodes, shelves.shelves, home), kept


async def _serve(said: int) -> None:
    # Its parent hears it as well, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders = asyncio.StreamReader(limit=_LONGEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    cluster = msgspec.json.decode(await orders.readline(), type=ClusterConfig)
    raylib.prepare(cluster.token_file)
    kept: list[object] = []
    try:
        opened, kept = await asyncio.to_thread(open_cluster, cluster)
    except Exception as error:
        opened = Opened(error=_words(error))
    bridge = Bridge({node.name: node for node in opened.nodes}, said)
    bridge.say(opened)
    await bridge.run(orders)
    del kept
    os._exit(0)  # without waiting for threads in which Ray may be busy


def main() -> None:
    """Serve until stdin ends."""
    with contextlib.suppress(OSError):  # Nobody listens any more.
        asyncio.run(_serve(own_stdout()))


if __name__ == "__main__":
    main()
    os._exit(0)

"""The bridge of a farm with two nodes on this machine and no Ray: actors are objects in here.

`FARM_OUTPUT` has a folder for each node; those in `FARM_GONE` fail at what they begin to make.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from typing import Any

import msgspec

from roomdeck.core.cluster import raylib
from roomdeck.core.cluster.cards import NodeCard, WorkerCard
from roomdeck.core.cluster.here import OUTPUT, Orders
from roomdeck.core.collection.shelf import Shelf
from roomdeck.core.config import ClusterConfig
from roomdeck.core.farm import bridge
from roomdeck.core.farm.orders import Opened

NODES = tuple(NodeCard(name, "127.0.0.1", 1, name) for name in ("box1", "box2"))
GONE = os.environ.get("FARM_GONE", "").split()
LOOP = asyncio.new_event_loop()


class Actor:
    """Does what an actor of Ray does."""

    def __init__(self, kind: Any, node: NodeCard, orders: str) -> None:
        os.environ[OUTPUT] = f"{os.environ['FARM_OUTPUT']}/{node.name}"
        self._node = node.name
        self._actor = kind(orders)

    def __getattr__(self, what: str) -> Any:
        return Method(self._node, getattr(self._actor, what))


class Method:
    """One of its methods, and then what becomes of a call."""

    def __init__(self, node: str, method: Any) -> None:
        self._node, self._method = node, method
        self._future: concurrent.futures.Future[Any]

    def remote(self, *words: str | int) -> Method:
        self._future = asyncio.run_coroutine_threadsafe(self._called(*words), LOOP)
        return self

    def future(self) -> concurrent.futures.Future[Any]:
        return self._future

    async def _called(self, *words: str | int) -> Any:
        if self._node in GONE and any('"make":{' in str(word) for word in words):
            raise RuntimeError(f"{self._node} is gone")
        return await self._method(*words)


def actor(kind: Any, node: NodeCard, orders: str, *, cores: float = 0.0) -> Actor:
    """As `raylib.actor`."""
    return Actor(kind, node, orders)


def opened(cluster: ClusterConfig) -> tuple[Opened, list[object]]:
    """As `bridge.open_cluster`."""
    kept: list[object] = []
    cards: list[WorkerCard] = []
    for node in NODES:
        orders = msgspec.json.encode(Orders("", node.name, node.host)).decode()
        shelf = Shelf(orders)
        kept.append(shelf)
        said = asyncio.run_coroutine_threadsafe(shelf.open(), LOOP).result()
        cards.append(msgspec.json.decode(said, type=WorkerCard))
    return Opened(NODES, tuple(cards), "box1"), kept


if __name__ == "__main__":
    threading.Thread(target=LOOP.run_forever, daemon=True).start()
    raylib.actor = actor
    bridge.open_cluster = opened
    bridge.main()
    os._exit(0)

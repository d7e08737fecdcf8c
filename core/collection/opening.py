"""``python -m roomdeck.core.collection.opening``: has every node of a cluster open a shelf.

The one process of ``collect`` that loads Ray. It is told on its stdin which cluster, says in one
line where the shelves are, or why there are none, and they are there until its stdin ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from ..cluster import raylib
from ..cluster.cards import NodeCard, WorkerCard
from ..cluster.here import Orders
from ..config import ClusterConfig
from ..own_stdout import own_stdout, write_all
from .shelf import Shelf

PATIENCE = 60.0
"""Seconds that a node may take."""
MOST = 32
"""Nodes that are asked at a time."""


class Opened(msgspec.Struct, frozen=True):
    """What became of it."""

    shelves: tuple[WorkerCard, ...] = ()
    silent: dict[str, str] = {}
    """Why there is none, by nodes that are in the cluster all the same."""
    error: str = ""


def open_all(cluster: ClusterConfig) -> tuple[Opened, list[object]]:
    """Return where the shelves of all nodes are, and what keeps them there."""
    raylib.join(cluster.address)
    nodes = raylib.nodes()
    actors = [_actor(node) for node in nodes]
    with ThreadPoolExecutor(MOST) as asking:
        found = list(asking.map(_opened, actors))
    return told(nodes, found), actors


def told(nodes: Sequence[NodeCard], found: Sequence[WorkerCard | str]) -> Opened:
    """Return what became of it, by what each node gave: a shelf, or why it has none."""
    return Opened(
        tuple(one for one in found if isinstance(one, WorkerCard)),
        {
            node.name: one
            for node, one in zip(nodes, found, strict=True)
            if not isinstance(one, WorkerCard)
        },
    )


def _actor(node: NodeCard) -> Any:
    orders = Orders("", node.name, node.host)
    return raylib.actor(Shelf, node, msgspec.json.encode(orders).decode())


def _opened(actor: Any) -> WorkerCard | str:
    try:
        said = raylib.ray().get(actor.open.remote(), timeout=PATIENCE)
    except TimeoutError:
        return f"it does not answer within {PATIENCE:.0f} s"
    except Exception as error:
        return raylib.complaint(error)
    return msgspec.json.decode(said, type=WorkerCard)


def main() -> None:
    """Serve until stdin ends."""
    said = own_stdout()
    cluster = msgspec.json.decode(sys.stdin.buffer.readline(), type=ClusterConfig)
    raylib.prepare(cluster.token_file)
    kept: list[object] = []
    try:
        opened, kept = open_all(cluster)
    except Exception as error:
        opened = Opened(error=raylib.complaint(error))
    write_all(said, msgspec.json.encode(opened) + b"\n")
    sys.stdin.buffer.read()
    del kept


if __name__ == "__main__":
    main()
    os._exit(0)

"""Which node gets the next worker. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class Node(Protocol):
    """What counts of a node."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def cores(self) -> int:
        """How many it has for workers."""
        ...


def room_on(nodes: Iterable[Node], limit: int | None) -> int:
    """Return how many workers there is room for: one for each core, at most ``limit``."""
    cores = sum(node.cores for node in nodes)
    return min(limit or cores, cores)


def choose_node(nodes: Sequence[Node], workers: Mapping[str, int]) -> str | None:
    """Return the node for one more worker: the one with most of its cores free of them.

    Args:
        nodes: All that can have one.
        workers: How many each has, by name.

    Returns:
        Its name; ``None`` where there is none.
    """
    able = [node for node in nodes if node.cores > 0]
    if not able:
        return None
    return min(able, key=lambda node: (workers.get(node.name, 0) / node.cores, node.name)).name

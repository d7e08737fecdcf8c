"""On which node a file is made: where most of it lies already. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from ..cluster.cards import NodeCard
from .orders import Lying


def place(
    takes: Iterable[Lying], nodes: Sequence[NodeCard], without: Collection[str] = ()
) -> NodeCard | None:
    """Return the node that has most bytes of some takes, of those that have cores for others.

    Of several the one with most cores; ``None`` where there is none at all.

    Args:
        takes: And where they are, which need not be one of the nodes.
        nodes: Those of the cluster.
        without: Names of those that failed at it.
    """
    there = Counter[str]()
    for one in takes:
        there[one.node] += one.take.bytes
    able = [node for node in nodes if node.cores > 0 and node.name not in without]
    return max(able, key=lambda node: (there[node.name], node.cores), default=None)


def shares(takes: Iterable[Lying], nodes: Sequence[NodeCard]) -> list[tuple[Lying, ...]]:
    """Return takes to be read together: each is read where it lies, by as many as that has cores.

    Args:
        takes: And where they are.
        nodes: Those of the cluster.
    """
    cores = {node.name: node.cores for node in nodes}
    by_node: defaultdict[str, list[Lying]] = defaultdict(list)
    for one in takes:
        by_node[one.node].append(one)
    return [
        tuple(ones[first::many])
        for node, ones in by_node.items()
        for many in (max(1, cores.get(node, 1)),)
        for first in range(min(many, len(ones)))
    ]

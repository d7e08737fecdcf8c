"""Which nodes a stream may go to, and which node gets the next worker. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from ...cluster.cards import NodeCard
from ...config import PlaceRule
from ...ipc.worker_messages import Machine

BUSY = 0.85
"""Share of anything that a node has from which on others get the streams that come."""
NETWORK, DISK = "network_mbit", "disk_mbyte"
"""Custom resources of Ray by which a node says what it can take: Mbit/s over its network, both
ways together, and MB/s onto the disk of its files."""


class Openness(IntEnum):
    """Whether a node may get streams, in the order in which they are put there."""

    OPEN = 0
    LEAVING = 1
    """It is drained, or its disk is nearly full: only where there is no other."""
    FULL = 2
    """Its disk is."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A node as somewhere to record."""

    name: str
    cores: int
    """For workers."""
    labels: frozenset[str] = frozenset()
    """All that `PlaceRule.label` may be to mean it."""
    strain: float = 0.0
    """Share that is used of what it has least left of, 0 to 1 or more."""
    openness: Openness = Openness.OPEN

    @property
    def busy(self) -> bool:
        """Whether others are to have the streams that come."""
        return self.strain >= BUSY


class Choice(NamedTuple):
    """Where a stream may go at present."""

    nodes: Mapping[str, bool]
    """Name of each node, and whether others have less to do; that of the engine's is empty."""
    limit: int
    """How many workers there may be on them, of those that streams share."""
    missed: str = ""
    """Why it is not where it was to be, in words; empty where it is."""
    full: Set[str] = frozenset()
    """Nodes on which nothing can be recorded."""


def labels_of(card: NodeCard) -> frozenset[str]:
    """Return all by which rules may mean a node: its name, labels and custom resources."""
    pairs = (f"{key}={value}" for key, value in card.labels.items())
    had = (name for name, count in card.resources.items() if count > 0)
    return frozenset((card.name, *card.labels.values(), *pairs, *had))


def strain(card: NodeCard, machine: Machine | None) -> float:
    """Return the share that is used of what a node has least left of.

    Args:
        card: What it says that it can take.
        machine: What is measured there; ``None``: nothing yet.
    """
    if machine is None:
        return 0.0
    network, disk = card.resources.get(NETWORK, 0.0), card.resources.get(DISK, 0.0)
    return max(
        machine.cpu,
        machine.memory,
        machine.network / (network * 1e6) if network > 0 else 0.0,
        machine.written / (disk * 1e6) if disk > 0 else 0.0,
    )


def wanted_labels(rules: Iterable[PlaceRule], names: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of which a node is to have one for a stream; none: any will do.

    Args:
        rules: All there are.
        names: Of the stream: its id, that of its row, how its publisher is called.
    """
    meant = (one for one in rules if any(fnmatchcase(name, one.pattern) for name in names))
    return tuple(dict.fromkeys(one.label for one in meant))


def unknown_labels(rules: Iterable[PlaceRule], sites: Sequence[Site]) -> list[str]:
    """Return the labels of rules that no node has."""
    known = frozenset[str]().union(*(site.labels for site in sites))
    return [label for label in dict.fromkeys(one.label for one in rules) if label not in known]


def choice(
    sites: Sequence[Site], labels: Sequence[str], limit: int | None, elsewhere: Mapping[str, int]
) -> Choice:
    """Return where a stream may go: a label counts more than a load, a recording more than a label.

    Args:
        sites: All nodes that can be reached.
        labels: Of which its node is to have one; none: any will do.
        limit: How many workers there may be on all nodes; ``None``: one for each core.
        elsewhere: How many each node has, by name.
    """
    best = _best([site for site in sites if site.openness is not Openness.FULL])
    meant = [site for site in best if site.labels.intersection(labels)]
    found = meant or best
    where = ", ".join(labels)
    missed = f"no node that has {where} can be used now" if labels and not meant else ""
    ready = [site for site in found if not site.busy] or found
    names = {site.name: site not in ready for site in found}
    others = sum(count for name, count in elsewhere.items() if name not in names)
    most = None if not limit else max(limit - others, 1)
    full = frozenset(site.name for site in sites if site.openness is Openness.FULL)
    return Choice(names, room_on(ready, most), missed, full)


def room_on(sites: Iterable[Site], limit: int | None) -> int:
    """Return how many workers there is room for: one for each core, at most ``limit``."""
    cores = sum(site.cores for site in sites)
    return min(limit or cores, cores)


def choose_node(
    sites: Sequence[Site], workers: Mapping[str, int], among: Collection[str] | None = None
) -> str | None:
    """Return the node for one more worker: the one with most of its cores free of them.

    Args:
        sites: All that can have one.
        workers: How many each has, by name.
        among: Names of those that come into question; ``None``: all do.

    Returns:
        Its name; ``None`` where there is none.
    """
    able = [site for site in sites if site.cores > 0 and (among is None or site.name in among)]
    if not able:
        return None
    return min(
        able, key=lambda one: (one.busy, workers.get(one.name, 0) / one.cores, one.strain, one.name)
    ).name


def _best(sites: Sequence[Site]) -> list[Site]:
    """Return those that are open; where none is, those that are to be left."""
    least = min((site.openness for site in sites), default=None)
    return [site for site in sites if site.openness == least]

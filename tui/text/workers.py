"""What a media worker does, in words. Pure."""

from __future__ import annotations

from ...core.model import DiskSnapshot, NodeSnapshot, RoomSnapshot, WorkerSnapshot
from ...core.units import size
from .format import clean, duration
from .nodes import drift, offset
from .words import count


def worker_line(worker: WorkerSnapshot) -> str:
    """Return one line for ``roomdeck status``."""
    where = f" on {clean(worker.node)}" if worker.node else ""
    return (
        f"worker {worker.number}{where}: {count(worker.streams, 'stream')}, {share(worker)}, "
        f"{size(worker.memory)}, late by {1000 * worker.late:.0f} ms at most, "
        f"{size(worker.waiting)} wait for the disk, {path(worker)}{_why(worker)}"
    )


def cluster_lines(snapshot: RoomSnapshot) -> list[str]:
    """Return the nodes of a cluster, for ``roomdeck status``."""
    cluster = snapshot.cluster
    if cluster is None:
        return []
    lines = [f"cluster in trouble, recordings go on: {clean(cluster.trouble)}"]
    return (lines if cluster.trouble else []) + [_node_line(node) for node in cluster.nodes]


def _node_line(node: NodeSnapshot) -> str:
    where = f" at {clean(node.host)}" if node.host else ""
    told = [
        node.state.value,
        count(node.workers, "worker"),
        count(node.streams, "stream"),
        f"{node.cpu:.1f} of {count(node.cores, 'core')}",
        *([f"{size(node.disk.free)} free{_lasts(node.disk)}"] if node.disk else []),
        *([f"clock {offset(node.clock)}, {drift(node.clock)}"] if node.clock else []),
    ]
    return f"node {clean(node.name)}{where}: {', '.join(told)}"


def _lasts(disk: DiskSnapshot) -> str:
    return "" if disk.seconds_left is None else f" for {duration(disk.seconds_left)}"


def share(worker: WorkerSnapshot) -> str:
    """Return what it uses of the processor."""
    percent = 100 * worker.cpu
    return f"{percent:.{1 if percent < 9.95 else 0}f} % of a core"


def path(worker: WorkerSnapshot) -> str:
    """Return how it takes packets from the network; a worker that is new did not say yet."""
    return f"{worker.path} receive path" if worker.path else "receive path not known yet"


def _why(worker: WorkerSnapshot) -> str:
    return f": {clean(worker.path_reason)}" if worker.path_reason else ""

"""What is told of the machines of a cluster, by those that are there and what is on them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from ...model import ClusterSnapshot, DiskSnapshot, NodeClock, NodeSnapshot, NodeState
from ...recording.disk import Space, seconds_left
from .placement import Gauge


class OnNode(Protocol):
    """A worker, as far as it tells of its node."""

    number: int
    node: str
    gauge: Gauge

    @property
    def clock(self) -> NodeClock | None:
        """How the clock of its machine stands; ``None``: it has not said."""
        ...


def described(
    cluster: ClusterSnapshot, workers: Sequence[OnNode], bitrates: Mapping[int, float]
) -> ClusterSnapshot:
    """Return a cluster with what is on its nodes.

    Args:
        cluster: As the fabric knows it.
        workers: All that are reached.
        bitrates: Bits per second that come to be written, by worker.
    """
    listed = {node.name for node in cluster.nodes}
    others = sorted({one.node for one in workers} - listed - {""})
    nodes = (
        *cluster.nodes,
        *(NodeSnapshot(name=name, state=NodeState.UNLISTED) for name in others),
    )
    return msgspec.structs.replace(
        cluster,
        nodes=tuple(
            _node(node, [one for one in workers if one.node == node.name], bitrates)
            for node in nodes
        ),
    )


def _node(
    node: NodeSnapshot, workers: Sequence[OnNode], bitrates: Mapping[int, float]
) -> NodeSnapshot:
    bitrate = sum(bitrates.get(one.number, 0.0) for one in workers)
    return msgspec.structs.replace(
        node,
        workers=len(workers),
        streams=sum(len(one.gauge.peers) for one in workers),
        cpu=sum(one.gauge.cpu for one in workers),
        bitrate=bitrate,
        memory=sum(one.gauge.last.memory for one in workers),
        disk=node.disk or _disk(workers, bitrate / 8),
        clock=_clock(one.clock for one in workers),
    )


def _disk(workers: Iterable[OnNode], written: float) -> DiskSnapshot | None:
    machines = (one.gauge.last.machine for one in workers)
    spaces = (machine.disk for machine in machines if machine is not None)
    space = next((one for one in spaces if one != Space(0, 0)), None)
    if space is None:
        return None
    left = seconds_left(space.free, written)
    return DiskSnapshot(free=space.free, seconds_left=left, total=space.total)


def _clock(clocks: Iterable[NodeClock | None]) -> NodeClock | None:
    """Return what is known best."""
    known = (one for one in clocks if one is not None)
    return min(known, key=lambda one: one.error, default=None)

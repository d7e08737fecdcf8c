"""What is told of nodes, by the workers on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from roomdeck.core.engine.workers.node_snapshots import described
from roomdeck.core.engine.workers.placement import Gauge
from roomdeck.core.ipc.worker_messages import Load, Machine
from roomdeck.core.model import ClusterSnapshot, NodeClock, NodeSnapshot, NodeState
from roomdeck.core.recording.disk import Space


@dataclass
class Worker:
    number: int
    node: str
    streams: int = 0
    load: Load | None = None
    clock: NodeClock | None = None
    gauge: Gauge = field(init=False)

    def __post_init__(self) -> None:
        self.gauge = Gauge([f"{self.number}-{n}" for n in range(self.streams)], 0.0)
        if self.load is not None:
            self.gauge.report(self.load, 1.0)


def load(cpu: float, free: int) -> Load:
    machine = Machine(disk=Space(free, 10 * free), monotonic=5.0, unix=6.0)
    return Load(cpu=cpu, memory=7, machine=machine)


TWO = ClusterSnapshot(
    nodes=(NodeSnapshot(name="a", host="h1", cores=4), NodeSnapshot(name="b", host="h2", cores=2)),
    trouble="a word",
)


def test_a_node_is_what_its_workers_are_together() -> None:
    workers = [
        Worker(1, "a", 2, load(0.25, 1000), NodeClock(offset=1.0, error=0.02)),
        Worker(2, "a", 3, load(0.5, 1000), NodeClock(offset=1.01, error=0.01)),
        Worker(3, "b", 1),
    ]
    told = described(TWO, workers, {1: 800.0, 2: 1600.0, 9: 5.0})
    a, b = told.nodes
    assert (a.host, a.cores, a.workers, a.streams, a.memory) == ("h1", 4, 2, 5, 14)
    assert (a.cpu, a.bitrate) == (pytest.approx(0.75), 2400.0)
    assert a.disk is not None
    assert (a.disk.free, a.disk.total) == (1000, 10_000)
    assert a.disk.seconds_left == pytest.approx(1000 / 300)
    assert a.clock is not None
    assert a.clock.error == 0.01, "what is known best is told"
    assert (b.streams, b.disk, b.clock) == (1, None, None)
    assert told.trouble == "a word"


def test_a_node_of_which_ray_does_not_tell_is_told_as_long_as_its_workers_are_reached() -> None:
    told = described(TWO, [Worker(1, "gone", 1, load(0.1, 5)), Worker(2, "")], {})
    assert [node.name for node in told.nodes] == ["a", "b", "gone"]
    gone = told.nodes[2]
    assert (gone.state, gone.streams) == (NodeState.UNLISTED, 1)
    assert gone.disk is not None
    assert gone.disk.seconds_left is None, "nothing is written"


def test_a_disk_that_could_not_be_asked_is_none_with_no_room() -> None:
    told = described(TWO, [Worker(1, "a", 1, load(0.1, 0))], {})
    assert told.nodes[0].disk is None

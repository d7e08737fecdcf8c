"""Disks of nodes: which are full, and which before long."""

from __future__ import annotations

from roomdeck.core.engine.workers.node_disks import AGAIN, AHEAD, NEAR, NodeDisks
from roomdeck.core.engine.workers.nodes import Openness
from roomdeck.core.ipc.worker_messages import Machine
from roomdeck.core.recording.disk import Space

TOTAL = 1_000_000_000_000
FLOOR = 1_000_000_000


def has(free: float, written: float = 0.0) -> Machine:
    return Machine(disk=Space(round(free), TOTAL), monotonic=0.0, unix=0.0, written=written)


def test_a_disk_is_left_before_it_is_full_and_had_again_when_there_is_room() -> None:
    disks = NodeDisks(FLOOR)
    assert disks.openness("a") is Openness.OPEN
    found: list[Openness] = []
    free = (TOTAL / 2, NEAR * FLOOR - 1, FLOOR - 1, FLOOR + 1, NEAR * FLOOR + 1, AGAIN * FLOOR + 1)
    for now, bytes_ in enumerate(free):
        # Looks that are far apart say nothing of how fast room goes.
        disks.update("a", has(bytes_), 1000.0 * now)
        found.append(disks.openness("a"))
    assert found == [
        Openness.OPEN,
        Openness.LEAVING,
        Openness.FULL,
        Openness.FULL,
        Openness.LEAVING,
        Openness.OPEN,
    ]
    assert disks.openness("b") is Openness.OPEN


def test_a_disk_that_does_not_last_is_left_though_there_is_much_on_it() -> None:
    disks = NodeDisks(FLOOR)
    fast = 100_000_000.0
    disks.update("a", has(FLOOR + fast * (AHEAD + 20), fast), 0.0)
    assert disks.openness("a") is Openness.OPEN
    disks.update("a", has(FLOOR + fast * (AHEAD - 1), fast), 21.0)
    assert disks.openness("a") is Openness.LEAVING
    disk = disks.snapshot("a")
    assert disk is not None
    assert disk.floor == FLOOR


def test_much_that_is_written_in_a_moment_takes_no_room_that_is_not_seen_to_go() -> None:
    disks = NodeDisks(FLOOR)
    for now in range(30):
        disks.update("a", has(80 * FLOOR, 1e9), float(now))
        assert disks.openness("a") is Openness.OPEN


def test_a_disk_that_cannot_be_asked_is_as_it_was() -> None:
    disks = NodeDisks(FLOOR)
    disks.update("a", Machine(disk=Space(0, 0), monotonic=0.0, unix=0.0), 0.0)
    assert disks.snapshot("a") is None
    assert disks.openness("a") is Openness.OPEN

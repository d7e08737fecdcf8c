"""Which disks of nodes are full, or are before long. Pure."""

from __future__ import annotations

from ...ipc.worker_messages import Machine
from ...model import DiskSnapshot
from ...recording.disk import Space
from ..records.disk_budget import DiskBudget
from .nodes import Openness

NEAR = 2
"""Times the floor below which streams go on elsewhere."""
AGAIN = 3
"""Times the floor that have to be free before a node gets streams again."""
AHEAD = 120.0
"""Seconds that a disk has to last, else streams go on elsewhere: they need some of them."""
_SOMETHING = 1.0
"""Bytes per second that are written there for certain."""


class NodeDisks:
    """Knows how the disk of each node is, from one look to the next.

    Args:
        floor: Bytes that are to stay free.
    """

    def __init__(self, floor: int) -> None:
        self._floor = floor
        self._budgets: dict[str, DiskBudget] = {}
        self._near: set[str] = set()

    def update(self, node: str, machine: Machine, now: float) -> None:
        """Take how a disk is; one that cannot be asked is as it was.

        Args:
            node: Whose.
            machine: What is measured there.
            now: Monotonic seconds.
        """
        if machine.disk == Space(0, 0):
            return
        budget = self._budgets.setdefault(node, DiskBudget(self._floor))
        # What is written there may be written over what was: room goes as it is seen to go.
        budget.update(machine.disk, _SOMETHING, now)
        disk = budget.snapshot()
        left = disk.seconds_left
        if disk.free < NEAR * disk.floor or (left is not None and left < AHEAD):
            self._near.add(node)
        elif disk.free > AGAIN * disk.floor and (left is None or left > AGAIN * AHEAD):
            self._near.discard(node)

    def openness(self, node: str) -> Openness:
        """Return whether there is room on it."""
        budget = self._budgets.get(node)
        if budget is not None and budget.full:
            return Openness.FULL
        return Openness.LEAVING if node in self._near else Openness.OPEN

    def snapshot(self, node: str) -> DiskSnapshot | None:
        """Return what clients know of it; ``None``: it was never seen."""
        budget = self._budgets.get(node)
        return budget.snapshot() if budget else None

"""What a worker has the attendant of its node do, and where both look for each other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ...cluster.cards import Here
from ...config import AttendantConfig


class NodeOrders(msgspec.Struct, frozen=True, kw_only=True):
    """Goes through a pipe; credentials are in the environment that the node's Ray was given."""

    here: Here
    folder: str
    """The room's runtime folder on this node."""
    takes: str
    """Path of the file that says which takes are closed, as of `sidecar.of_node`."""
    beside: AttendantConfig

    @property
    def socket(self) -> Path:
        """By which its lock and its card are called; no two sessions have the same."""
        name = hashlib.sha256(self.takes.encode()).hexdigest()[:12]
        return Path(self.folder) / f"attendant-{name}.sock"

    @property
    def lock(self) -> Path:
        """Held as long as it lives."""
        return self.socket.with_suffix(".lock")

    @property
    def log(self) -> Path:
        """What it says."""
        return self.socket.with_suffix(".log")


def decode(data: bytes) -> NodeOrders:
    """Return what a worker wrote; it is of the same version."""
    return msgspec.json.decode(data, type=NodeOrders)


def encode(orders: NodeOrders) -> bytes:
    """Return what goes through the pipe."""
    return msgspec.json.encode(orders)

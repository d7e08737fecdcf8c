"""What a media worker does, in words. Pure."""

from __future__ import annotations

from ...core.model import WorkerSnapshot
from ...core.units import size
from .format import clean
from .words import count


def worker_line(worker: WorkerSnapshot) -> str:
    """Return one line for ``roomdeck status``."""
    return (
        f"worker {worker.number}: {count(worker.streams, 'stream')}, {share(worker)}, "
        f"{size(worker.memory)}, late by {1000 * worker.late:.0f} ms at most, "
        f"{size(worker.waiting)} wait for the disk, {path(worker)}{_why(worker)}"
    )


def share(worker: WorkerSnapshot) -> str:
    """Return what it uses of the processor."""
    percent = 100 * worker.cpu
    return f"{percent:.{1 if percent < 9.95 else 0}f} % of a core"


def path(worker: WorkerSnapshot) -> str:
    """Return how it takes packets from the network; a worker that is new did not say yet."""
    return f"{worker.path} receive path" if worker.path else "receive path not known yet"


def _why(worker: WorkerSnapshot) -> str:
    return f": {clean(worker.path_reason)}" if worker.path_reason else ""

"""What people should know of the load of workers: packets dropped, loops late. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import ReceivePath, WorkerSnapshot
from ..worker.link import StreamStatus
from .actions import Note

PAUSE = 60.0
"""Seconds between two warnings of the same thing."""
LATE = 0.5
"""Seconds of lateness from which on it is worth a warning: receive buffers last about as long."""


@dataclass(slots=True)
class _Told:
    """What was last said of the drops of a connection."""

    drops: int = 0
    at: float = float("-inf")


class Alarms:
    """Says things once, and again after a while if they go on."""

    def __init__(self) -> None:
        self._drops: dict[str, _Told] = {}
        self._late_at: dict[int, float] = {}
        self._plain: set[str] = set()

    def adopt(self, streams: Iterable[StreamStatus]) -> None:
        """Take what an engine before this one has seen as told."""
        for status in streams:
            self._drops[status.peer] = _Told(status.drops)

    def forget(self, peer: str) -> None:
        """A connection is over."""
        self._drops.pop(peer, None)

    def drops(self, streams: Iterable[StreamStatus], now: float) -> list[Note]:
        """Return warnings for connections of which the system dropped packets.

        A connection that carries two streams has one counter; the first of them is named.
        """
        notes: list[Note] = []
        for status in streams:
            told = self._drops.setdefault(status.peer, _Told())
            if status.drops > told.drops and now - told.at >= PAUSE:
                notes.append(_dropped(status.stream, status.drops - told.drops))
                told.drops, told.at = status.drops, now
        return notes

    def workers(self, workers: Iterable[WorkerSnapshot], now: float) -> list[Note]:
        """Return what is to be said about workers themselves."""
        notes: list[Note] = []
        for worker in workers:
            notes += [*self._late(worker, now), *self._path(worker)]
        return notes

    def _late(self, worker: WorkerSnapshot, now: float) -> list[Note]:
        if worker.late <= LATE or now - self._late_at.get(worker.number, float("-inf")) < PAUSE:
            return []
        self._late_at[worker.number] = now
        text = (
            f"media worker {worker.number} read the network {worker.late:.1f} s late: this "
            "machine is too busy, packets may get lost; record fewer streams, or free its cores"
        )
        data = {"worker": worker.number, "late": round(worker.late, 3)}
        return [Note("warning", text, level="warning", data=data)]

    def _path(self, worker: WorkerSnapshot) -> list[Note]:
        reason = worker.path_reason
        if worker.path is not ReceivePath.PLAIN or reason in self._plain:
            return []
        self._plain.add(reason)
        return [Note("worker.plain", f"plain receive path: {reason}; it costs more CPU time")]


def _dropped(stream: str, count: int) -> Note:
    packets = "1 packet" if count == 1 else f"{count} packets"
    text = (
        f"the system dropped {packets} because its receive buffer was full; allow a larger one "
        "with: sysctl net.core.rmem_max=2097152, or record fewer streams"
    )
    return Note("warning", text, stream, "warning", {"drops": count})

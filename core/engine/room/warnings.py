"""What people should know once, or now and then: packets that are lost to us, headers, load. Pure.

What lasts, and can end, is an alarm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ...ipc.worker_messages import StreamStatus
from ...model import LONGEST_PACKET, EventType, ReceivePath, WorkerSnapshot
from .actions import Note
from .stalls import without_headers
from .throttle import Throttle

PAUSE = 60.0
"""Seconds between two warnings of the same thing."""
MANY_DESCRIPTORS = 0.8
"""Share of those that the system allows."""


@dataclass(slots=True)
class _Told:
    """What was last said of a counter that should not count."""

    count: int = 0
    at: float = float("-inf")

    def more(self, count: int, now: float) -> int:
        """Return by how much it grew since that was last said, where it is worth saying again."""
        if count <= self.count or now - self.at < PAUSE:
            return 0
        grown, self.count, self.at = count - self.count, count, now
        return grown


class Warnings:
    """Says things once, and again after a while if they go on."""

    def __init__(self) -> None:
        self._told = Throttle(PAUSE)
        self._drops: defaultdict[str, _Told] = defaultdict(_Told)
        self._refused: defaultdict[tuple[str, str], _Told] = defaultdict(_Told)
        self._headless: set[tuple[str, str]] = set()
        self._plain: set[str] = set()

    def adopt(self, streams: Iterable[StreamStatus]) -> None:
        """Take what an engine before this one has seen as told."""
        for status in streams:
            self._drops[status.peer] = _Told(status.drops)
            self._refused[status.peer, status.stream] = _Told(_too_long(status))

    def forget(self, peer: str) -> None:
        """A connection is over."""
        self._drops.pop(peer, None)
        for key in [key for key in self._refused if key[0] == peer]:
            del self._refused[key]
        self._headless = {key for key in self._headless if key[0] != peer}

    def packets(self, streams: Iterable[StreamStatus], now: float) -> list[Note]:
        """Return warnings for streams that are not recorded as they should be.

        The system dropped or we refused packets, or headers of the pictures were never seen. A
        connection that carries two streams has one count of drops; the first is named.
        """
        notes: list[Note] = []
        for status in streams:
            if count := self._drops[status.peer].more(status.drops, now):
                notes.append(_dropped(status.stream, count))
            told = self._refused[status.peer, status.stream]
            if count := told.more(_too_long(status), now):
                notes.append(_refused(status.stream, count))
            notes += self._without_headers(status)
        return notes

    def _without_headers(self, status: StreamStatus) -> list[Note]:
        key = status.peer, status.stream
        if status.headless is None:
            self._headless.discard(key)
        elif key not in self._headless:
            self._headless.add(key)
            text = without_headers(status.headless)
            data: dict[str, object] = {"codec": status.headless.value}
            return [Note.warning(text, status.stream, data)]
        return []

    def workers(self, workers: Iterable[WorkerSnapshot], now: float) -> list[Note]:
        """Return what is to be said about workers themselves."""
        notes: list[Note] = []
        for worker in workers:
            notes += [*self._descriptors(worker, now), *self._path(worker)]
        return notes

    def _descriptors(self, worker: WorkerSnapshot, now: float) -> list[Note]:
        usual = worker.descriptors <= MANY_DESCRIPTORS
        if usual or not self._told.may_say(("descriptors", worker.number), now):
            return []
        text = (
            f"media worker {worker.number} has {worker.descriptors:.0%} of the sockets and files "
            "that the system allows; record fewer streams, or allow more: ulimit -n"
        )
        data = {"worker": worker.number, "descriptors": round(worker.descriptors, 3)}
        return [Note.warning(text, data=data)]

    def _path(self, worker: WorkerSnapshot) -> list[Note]:
        reason = worker.path_reason
        if worker.path is not ReceivePath.PLAIN or reason in self._plain:
            return []
        self._plain.add(reason)
        return [
            Note(EventType.WORKER_PLAIN, f"plain receive path: {reason}; it costs more CPU time")
        ]


def _too_long(status: StreamStatus) -> int:
    return sum(track.too_long for track in status.tracks.values())


def _dropped(stream: str, count: int) -> Note:
    text = (
        f"the system dropped {_packets(count)} because its receive buffer was full; allow a larger "
        "one with: sysctl net.core.rmem_max=2097152, or record fewer streams"
    )
    return Note.warning(text, stream, {"drops": count})


def _refused(stream: str, count: int) -> Note:
    text = (
        f"{_packets(count)} of more than {LONGEST_PACKET} bytes refused, larger than any network "
        "carries whole: its sender needs a smaller MTU"
    )
    return Note.warning(text, stream, {"too_long": count})


def _packets(count: int) -> str:
    return "1 packet" if count == 1 else f"{count} packets"

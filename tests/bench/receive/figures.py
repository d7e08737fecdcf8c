"""What one measurement gives, and the medians of several."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

BASE_STREAMS = 4
"""The number of streams at which the base of all ratios is measured."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One recorder, one number of streams, once."""

    way: str
    streams: int
    round: int
    seconds: float
    """Of the window that was measured."""
    cpu: dict[str, float]
    """Per cent of one core by role; ``recorder`` is what receives and writes."""
    memory: dict[str, int]
    """Bytes resident by role, of the largest process of it."""
    threads: int
    """Of all processes."""
    packets_sent: int
    packets_received: int | None = None
    """``None`` where the recorder does not say."""
    frames_sent: int
    frames_written: int | None = None
    """In the files; ``None`` where there are no files with frames."""
    exact: bool = True
    """Whether frames were compared byte for byte; changed ones can only be counted."""
    dropped: int
    """Datagrams that the recorder's sockets had no room for, from the begin on."""
    late: float | None = None
    """Seconds by which the receiving loop was late at worst, where the recorder says so."""
    nacks: int = 0
    plis: int = 0
    sender_cpu: float = 0.0
    """Per cent of one core."""
    sender_refused: int = 0
    """Packets that the system did not take from the sender."""
    sender_late: float = 0.0
    """Seconds by which a burst left late at worst."""
    details: dict[str, Any] = {}

    @property
    def workers(self) -> int:
        """How many processes received at the end, where the recorder says so; else 0.

        One more costs a fiftieth of all: figures of different numbers are not to be compared.
        """
        return sum(worker["streams"] > 0 for worker in self.details.get("workers", ()))

    @property
    def cpu_per_stream(self) -> float:
        """Per cent of one core that receiving and writing one stream takes."""
        return self.cpu["recorder"] / self.streams

    @property
    def complete(self) -> float | None:
        """Share of the frames sent that are in the files; of the packets where there are none."""
        if self.frames_written is None:
            return self.packets
        return self.frames_written / self.frames_sent

    @property
    def packets(self) -> float | None:
        """Share of the packets sent that the recorder says it had."""
        if self.packets_received is None:
            return None
        return self.packets_received / self.packets_sent


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over the rounds of one recorder and one number of streams."""

    way: str
    streams: int
    rounds: int
    workers: list[int] = []
    """How many there were, in each round."""
    ratio: float | None
    """Of CPU per stream to the base, measured in the same round."""
    cpu_per_stream: float
    cpu: dict[str, float]
    memory: dict[str, int]
    packets: float | None
    """Share of those sent that the recorder says it had, in the worst round."""
    complete: float | None
    """The worst round's."""
    exact: bool
    dropped: int
    """All rounds together."""
    late: float | None
    """The worst round's."""


def summarize(figures: Sequence[Figures], base: str) -> list[Row]:
    """Return a row for each recorder and number of streams, in the order they came.

    Args:
        figures: Of all rounds.
        base: The recorder that ratios are to, at `BASE_STREAMS` streams.
    """
    bases = {
        one.round: one.cpu_per_stream
        for one in figures
        if (one.way, one.streams) == (base, BASE_STREAMS)
    }
    keys = dict.fromkeys((one.way, one.streams) for one in figures)
    return [_row([one for one in figures if (one.way, one.streams) == key], bases) for key in keys]


def _row(runs: list[Figures], bases: dict[int, float]) -> Row:
    ratios = [run.cpu_per_stream / bases[run.round] for run in runs if run.round in bases]
    first = runs[0]
    return Row(
        way=first.way,
        streams=first.streams,
        rounds=len(runs),
        workers=[run.workers for run in runs],
        ratio=statistics.median(ratios) if ratios else None,
        cpu_per_stream=statistics.median(run.cpu_per_stream for run in runs),
        cpu={role: statistics.median(run.cpu.get(role, 0.0) for run in runs) for role in first.cpu},
        memory={
            role: round(statistics.median(run.memory.get(role, 0) for run in runs))
            for role in first.memory
        },
        packets=_over(min, (run.packets for run in runs)),
        complete=_over(min, (run.complete for run in runs)),
        exact=first.exact,
        dropped=sum(run.dropped for run in runs),
        late=_over(max, (run.late for run in runs)),
    )


def _over(choose: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None

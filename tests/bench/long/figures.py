"""What a long recording gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ...uses import Uses


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One process at one moment."""

    seconds: float
    """Since the sender began."""
    role: str
    """``engine``, or ``recorder``: a worker."""
    pid: int
    uses: Uses


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    date: str
    seconds: float
    streams: int
    machine: dict[str, Any]
    frames_sent: int | None
    """``None``, as in the next ones, where the end was not seen."""
    frames_written: int | None
    """In the files, as they were sent."""
    incomplete: dict[str, int]
    """Frames that are missing, of the streams of which some are."""
    files: int
    dropped: int | None
    """Datagrams that the recorder's sockets had no room for."""
    nacks: int | None
    refused: int | None
    """Packets that the system did not take from the sender."""
    said: list[dict[str, Any]]
    """Errors and warnings of the recorder."""
    closing: float | None
    """Seconds that the recorder took to end once the sender was gone."""
    samples: list[Sample]


def by_process(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """Return the samples of each process, by what it is: the engine, workers, one that waits."""
    pids = list(dict.fromkeys(sample.pid for sample in samples))
    mine = {pid: [sample for sample in samples if sample.pid == pid] for pid in pids}
    named: dict[str, list[Sample]] = {}
    for one in mine.values():
        named[_name(one, named)] = one
    return named


def _name(one: Sequence[Sample], taken: dict[str, list[Sample]]) -> str:
    role = one[-1].role
    if role == "recorder":
        role = "worker" if one[-1].uses.tasks else "stands by"
    same = sum(name.startswith(role) for name in taken)
    return role if role == "engine" and not same else f"{role} {same + 1}"


def thinned(samples: Sequence[Sample], every: float = 60.0) -> list[Sample]:
    """Return the first sample of each process in each minute, and its last."""
    kept: dict[tuple[int, int], Sample] = {}
    for sample in samples:
        kept.setdefault((sample.pid, int(sample.seconds / every)), sample)
    last = {sample.pid: sample for sample in samples}
    return [sample for sample in samples if sample in kept.values() or sample in last.values()]


def words(found: Found) -> str:
    """Return what was found as Markdown: at the begin, after a while, in the middle, at the end."""
    lines = [
        "| process | seconds | MB resident | private | descriptors | threads | tasks | CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, one in by_process(found.samples).items():
        moments = (0, len(one) // 12, len(one) // 2, len(one) - 1)
        lines += [_row(name, one[0], one[moment]) for moment in sorted({*moments})]
    return "\n".join([*lines, "", _end(found)])


def _end(found: Found) -> str:
    run = f"{found.streams} streams, {found.seconds:.0f} s, {found.date}"
    if found.frames_sent is None or found.frames_written is None:
        return f"{run}: files and what was sent were not compared."
    return (
        f"{run}: {found.frames_sent} frames were sent, {found.frames_sent - found.frames_written} "
        f"are missing in {found.files} files; {found.dropped} datagrams found no room in a socket."
    )


def _row(name: str, first: Sample, sample: Sample) -> str:
    seen, took = sample.uses, sample.seconds - first.seconds
    cpu = f"{100 * (seen.cpu - first.uses.cpu) / took:.1f} %" if took else "-"
    cells = (
        *(name, f"{sample.seconds:.0f}", f"{seen.rss / 1e6:.1f}", f"{seen.private / 1e6:.1f}"),
        *(seen.descriptors, seen.threads, seen.tasks, cpu),
    )
    return f"| {' | '.join(map(str, cells))} |"

"""What of a stream no file has, where several files were written at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import msgspec

from roomdeck.core.model import Kind
from roomdeck.core.recording.check import check
from roomdeck.core.recording.check.report import Comparison
from roomdeck.core.recording.sentlog import read_sent_log


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What is in no file, from the first frame to the last one that any has."""

    frames: int
    """Of both kinds."""
    seconds: float
    """How long the longest hole is."""
    bad: list[str]
    """What is wrong in files, by name."""


async def lost(sent: Path, files: Iterable[Path]) -> Lost:
    """Compare all files of a stream with what its publisher sent.

    Args:
        sent: The list of that.
        files: In any order; they may overlap.
    """
    return await asyncio.to_thread(_lost, sent, list(files))


def _lost(sent: Path, files: list[Path]) -> Lost:
    there: dict[Kind, set[int]] = {kind: set() for kind in Kind}
    bad: list[str] = []
    for file in files:
        report = check(file, sent)
        bad += [f"{file.name}: {problem}" for problem in _wrong(report.comparisons)]
        for one in report.comparisons:
            if one.first is not None:
                end = one.sent - one.missing_at_end
                away = {n for a, b in one.missing_ranges for n in range(a, b + 1)}
                there[one.kind] |= set(range(one.first, end)) - away
    log = read_sent_log(sent)
    frames, longest = 0, 0.0
    for kind, have in there.items():
        times = [frame.rtp / frame.codec.clock_rate for frame in log if frame.kind is kind]
        for before, after in pairwise(sorted(have)):
            if after - before > 1:
                frames += after - before - 1
                longest = max(longest, times[after] - times[before])
    return Lost(frames=frames, seconds=longest, bad=bad)


def _wrong(comparisons: Iterable[Comparison]) -> list[str]:
    return [
        f"{one.wrong} wrong and {one.extra} unknown frames of {one.kind}"
        for one in comparisons
        if one.wrong or one.extra
    ]

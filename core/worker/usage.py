"""How much of a machine is used, by whomever: processor, memory, network, disk.

Only where the system tells of it in ``/proc`` (proc(5)); elsewhere nothing is known, which is 0.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_SECTOR = 512
"""Bytes of what is counted in ``/proc/diskstats``, whatever the disk has."""


class Counts(NamedTuple):
    """What is counted since the machine was started."""

    busy: int = 0
    """Of the processor, in ticks."""
    ticks: int = 0
    """All of these."""
    network: int = 0
    """Bytes over its network, both ways together."""
    written: int = 0
    """Bytes onto one disk."""


class Usage(NamedTuple):
    """What is used."""

    cpu: float = 0.0
    """Share of all cores."""
    memory: float = 0.0
    """Share."""
    network: float = 0.0
    """Bits per second."""
    written: float = 0.0
    """Bytes per second."""


def usage(before: Counts, after: Counts, seconds: float, memory: float) -> Usage:
    """Return what was used between two looks; a count that went back says nothing.

    Args:
        before: The first one.
        after: The second one.
        seconds: Between them.
        memory: Share that is used.
    """
    gone = [max(0, b - a) for a, b in zip(before, after, strict=True)]
    busy, ticks, network, written = gone
    took = max(seconds, 1e-3)
    return Usage(busy / ticks if ticks else 0.0, memory, 8 * network / took, written / took)


def counts(folder: str, proc: Path = _PROC) -> Counts:
    """Return what is counted now.

    Args:
        folder: On the disk that counts; it need not be there.
        proc: Where the system tells.
    """
    busy, ticks = _processor(proc)
    return Counts(busy, ticks, _network(proc), _written(folder, proc))


def memory_used(proc: Path = _PROC) -> float:
    """Return the share of the memory that programs cannot have any more."""
    lines = (line.partition(":") for line in _lines(proc / "meminfo"))
    known = {name: rest for name, _, rest in lines}
    try:
        total = int(known["MemTotal"].split()[0])
        return 1 - int(known["MemAvailable"].split()[0]) / total
    except (KeyError, ValueError, IndexError, ZeroDivisionError):
        return 0.0


def _processor(proc: Path) -> tuple[int, int]:
    words = next(_lines(proc / "stat"), "").split()
    # user nice system idle iowait irq softirq steal; guests are within user.
    ticks = [int(word) for word in words[1:9] if word.isdecimal()]
    return (sum(ticks) - sum(ticks[3:5]), sum(ticks)) if words[:1] == ["cpu"] else (0, 0)


def _network(proc: Path) -> int:
    total = 0
    for line in _lines(proc / "net" / "dev"):
        name, colon, rest = line.partition(":")
        words = rest.split()
        if colon and name.strip() != "lo" and len(words) >= 9:
            total += int(words[0]) + int(words[8])
    return total


def _written(folder: str, proc: Path) -> int:
    try:
        device = os.stat(folder).st_dev
    except OSError:
        return 0
    mine = [str(os.major(device)), str(os.minor(device))]
    for line in _lines(proc / "diskstats"):
        words = line.split()
        if words[:2] == mine and len(words) > 9:
            return int(words[9]) * _SECTOR
    return 0


def _lines(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from path.read_text().splitlines()

"""What processes use, from /proc: those that were started with a mark in their environment."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

MARK = "ROOMDECK_BENCH_RECORDER"
"""The variable by which a recorder's processes are found, whoever started them."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Process(NamedTuple):
    """One process at one moment."""

    pid: int
    command: str
    cpu: float
    """Seconds so far, user and system, all threads."""
    memory: int
    """Bytes resident."""
    threads: int


class Moment(NamedTuple):
    """All processes of a recorder at one moment."""

    time: float
    """Monotonic."""
    wall: float
    """Unix time."""
    processes: dict[int, Process]
    dropped: int
    """Datagrams that their sockets had no room for, so far."""


def look(mark: str) -> Moment:
    """Look at all processes that were started with this mark."""
    found: dict[int, Process] = {}
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        # A process that ends meanwhile, or is another user's.
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = _read(folder)
    return Moment(time.monotonic(), time.time(), found, _dropped(found))


def _read(folder: Path) -> Process:
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return Process(
        pid=int(folder.name),
        command=(folder / "cmdline").read_text().replace("\0", " "),
        cpu=(int(fields[11]) + int(fields[12])) / _TICKS,
        memory=int(fields[21]) * _PAGE,
        threads=int(fields[17]),
    )


def _dropped(pids: Iterable[int]) -> int:
    mine = {inode for pid in pids for inode in _sockets(pid)}
    tables = (Path("/proc/net") / name for name in ("udp", "udp6"))
    lines = (line.split() for table in tables for line in table.read_text().splitlines()[1:])
    return sum(int(fields[12]) for fields in lines if fields[9] in mine)


def _sockets(pid: int) -> Iterator[str]:
    """The inodes of a process's sockets."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            kind, _, inode = os.readlink(file).partition(":")
            if kind == "socket":
                yield inode.strip("[]")

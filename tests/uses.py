"""What a process of ours holds at a moment: memory, descriptors, threads, tasks of asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import msgspec

_PROBE = Path(__file__).parent / "probe"
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 20.0
"""Seconds that a process has to tell what only it knows."""


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    """One process at one moment."""

    rss: int
    """Bytes resident, shared ones too."""
    pss: int
    """Bytes resident; of those that several processes share, its share."""
    private: int
    """Bytes that it alone holds: what a leak makes grow."""
    descriptors: int
    threads: int
    tasks: int | None = None
    """Of asyncio; ``None`` where the process does not say."""
    cpu: float
    """Seconds so far, user and system."""


def probed(folder: Path) -> dict[str, str]:
    """Return the environment in which our processes tell their tasks, in files of this folder."""
    return {"PYTHONPATH": str(_PROBE), "ROOMDECK_PROBE": str(folder)}


async def uses(pid: int, told: Path) -> Uses:
    """Look at a process.

    Args:
        pid: Of it.
        told: The folder of `probed`.

    Raises:
        OSError: It is gone.
    """
    known = await _ask(pid, told)
    folder = Path(f"/proc/{pid}")
    memory = _sizes(folder / "smaps_rollup")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return Uses(
        rss=memory["Rss"],
        pss=memory["Pss"],
        private=memory["Private_Clean"] + memory["Private_Dirty"],
        descriptors=len(os.listdir(folder / "fd")),
        threads=int(fields[17]),
        tasks=known.get("tasks"),
        cpu=(int(fields[11]) + int(fields[12])) / _TICKS,
    )


def _sizes(path: Path) -> dict[str, int]:
    lines = (line.split() for line in path.read_text().splitlines()[1:])
    return {name.rstrip(":"): int(size) * 1024 for name, size, *_ in lines}


async def _ask(pid: int, told: Path) -> dict[str, Any]:
    """Have a process tell what only it knows; nothing where it does not know how."""
    answer = told / f"{pid}.json"
    answer.unlink(missing_ok=True)
    if not _listens(pid):
        return {}
    os.kill(pid, signal.SIGUSR2)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while not answer.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)
            return msgspec.json.decode(answer.read_bytes())
    return {}


def _listens(pid: int) -> bool:
    """Whether it has a handler: the signal would end it otherwise."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(caught >> (signal.SIGUSR2 - 1) & 1)

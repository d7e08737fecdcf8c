"""Whether a process hangs, or only waits for a core that others use. Pure but for `usage_of`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_BUSY = b"R", b"D"
"""States of proc(5) of who runs or would, and of who waits for a disk."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used."""

    seconds: float
    """Of a core, since it began."""
    idle: bool
    """It would not use a core that were free."""


def usage_of(pid: int) -> Usage | None:
    """Return what a process has used; ``None`` where that is not told, or it is gone."""
    try:
        # Its name, which may hold anything, ends with the last bracket.
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return Usage(sum(map(int, fields[10:12])) / _TICK, state not in _BUSY)
    except (OSError, ValueError):
        return None


class Hanging:
    """Judges one order by what its process uses: where that is not known, by time.

    Args:
        patience: Seconds of a core that it may take, and for which it may do nothing.
        usage: Of the process before.
        now: Monotonic seconds.
    """

    def __init__(self, patience: float, usage: Usage | None, now: float) -> None:
        self._patience = patience
        self._began = self._used = usage.seconds if usage else 0.0
        self._idle_since = now

    def see(self, usage: Usage | None, now: float) -> bool:
        """Take what it has used by now; return whether it hangs."""
        if usage is not None and (usage.seconds > self._used or not usage.idle):
            self._used, self._idle_since = usage.seconds, now
        return max(self._used - self._began, now - self._idle_since) >= self._patience

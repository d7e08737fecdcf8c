"""What the system says of worker processes, and does to them."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def waits_for_disk(pid: int) -> bool:
    """Whether a process waits for the system, which nothing can hurry (proc(5), state D)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state == b"D"


def kill(pid: int) -> None:
    """End a process, whatever it does; one that is gone stays so."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def dismiss(pid: int) -> None:
    """Have a worker that hangs rather than died finish its files, for others take over."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)

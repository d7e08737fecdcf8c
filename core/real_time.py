"""Threads of libraries that put themselves before everything else on the machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_TASKS = Path("/proc/self/task")


def leave_real_time() -> None:
    """Have all threads of this process wait for their turn, as other programs do.

    Where root runs it SVT-AV1 gives its threads the highest real-time priority there is: for as
    long as they have something to encode, a twentieth of the machine is left for all the rest
    (sched(7)), recordings too.
    """
    if not _TASKS.is_dir():
        return
    for task in _TASKS.iterdir():
        # A thread that ends meanwhile.
        with contextlib.suppress(OSError):
            if os.sched_getscheduler(int(task.name)) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))

"""The memory of this process, as the system sees it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import sys
from collections.abc import Generator
from pathlib import Path

INTERVAL = 10
"""Seconds between two times that memory which is free goes back to the system."""
_GARBAGE = 100_000
"""Objects that have to come before garbage is looked for, where there is hardly any."""
_STATM = Path("/proc/self/statm")


def resident() -> int:
    """Return the bytes resident; where the system does not tell, the most that ever were."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def settle() -> None:
    """Take all that there is now for what stays: what was imported is not looked through again.

    `let_go` takes 15 ms less then, and the collector goes by what came since.
    """
    gc.collect()
    gc.freeze()
    gc.collect()


@contextlib.contextmanager
def importing() -> Generator[None]:
    """Import without looking for garbage: there is hardly any, and a look takes milliseconds.

    Nor is it looked for among all that later on, and at the end.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def look_rarely() -> None:
    """Look for garbage a hundred times less often than usual.

    For who has thousands of objects come and go in a second that do not hold each other: to look
    among those that are there for those that do takes a sixth of its time.
    """
    gc.set_threshold(_GARBAGE)


def let_go() -> None:
    """Free what connections leave that are over.

    Their parts know each other, and hold keys, sockets' memory and a key frame: 150 kB each until
    the collector comes by, which counts objects and knows nothing of what they hold.
    """
    gc.collect()


def give_back() -> None:
    """Return what is free to the system, where the C library can (glibc).

    While takes wait for their first sender reports, seconds of all streams are held; what
    lives on between them keeps the allocator from giving the rest back by itself. Takes 0.2 ms
    where there is little, and 0.1 ms per megabyte.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

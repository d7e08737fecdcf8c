"""The memory of this process, as the system sees it."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")


def resident() -> int:
    """Return the bytes resident; where the system does not tell, the most that ever were."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def give_back() -> None:
    """Return what is free to the system, where the C library can (glibc).

    While takes wait for their first sender reports, seconds of all streams are held; what
    lives on between them keeps the allocator from giving the rest back by itself. Takes 0.2 ms
    where there is little, and 0.1 ms per megabyte.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

"""Descriptors of this process: sockets and files; a connection has as many as we have addresses."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

_USUAL = 10_240
"""What macOS allows where its hard limit says that there is none."""
_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))


def raise_limit() -> None:
    """Allow as many as the system lets us have: 1024, the usual soft limit, is for `select`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (hard, resource.RLIM_INFINITY):
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _USUAL), hard))


def used_share() -> float:
    """Descriptors in use, of those that are allowed; 0 where there is no limit, or nobody says."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return 0.0
    for folder in _FOLDERS:
        with contextlib.suppress(OSError):
            return len(os.listdir(folder)) / limit
    return 0.0

"""How much room the disk has."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What an `OSError` says where the disk, or the user's share of it, is used up."""


def free_bytes(folder: str | Path) -> int:
    """Return the bytes a user may still write below ``folder``, which need not exist yet.

    0 where the disk cannot be asked, for who cannot measure must not promise.
    """
    path = Path(os.path.abspath(folder))
    try:
        while not path.exists() and path != path.parent:
            path = path.parent
        return shutil.disk_usage(path).free
    except OSError:
        return 0


def seconds_left(free: int, bytes_per_second: float, floor: int = 0) -> float | None:
    """Return how long ``free`` bytes down to ``floor`` last; ``None`` while nothing is written."""
    if bytes_per_second <= 0:
        return None
    return max(0, free - floor) / bytes_per_second

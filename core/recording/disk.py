"""How much room the disk has."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sys
from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple, Protocol

from ..errors import DiskFullError, RecordingError
from .place import nearest

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What an `OSError` says where the disk, or the user's share of it, is used up."""


_ENOUGH = 1 << 42
"""Bytes that no file of ours has."""


class Space(NamedTuple):
    """Room on a disk, in bytes."""

    free: int
    """What a user may still write."""
    total: int


def space(folder: str | Path) -> Space:
    """Return the room below a folder, which need not exist yet.

    There is none where the disk cannot be asked, for who cannot measure must not promise.
    """
    try:
        found = shutil.disk_usage(nearest(folder))
    except OSError:
        return Space(0, 0)
    return Space(found.free, found.total)


def free_bytes(folder: str | Path) -> int:
    """Return the bytes that a user may still write below a folder."""
    return space(folder).free


class Failure(Protocol):
    """An `OSError`, or what a library has like it."""

    errno: int | None
    strerror: str | None


def cannot_write(path: Path, error: Failure) -> RecordingError:
    """Return what to raise where a file or folder cannot be written."""
    kind = DiskFullError if error.errno in FULL else RecordingError
    return kind(f"cannot write {path}: {error.strerror or error}")


def seconds_left(free: int, bytes_per_second: float, floor: int = 0) -> float | None:
    """Return how long ``free`` bytes down to ``floor`` last; ``None`` while nothing is written."""
    if bytes_per_second <= 0:
        return None
    return max(0, free - floor) / bytes_per_second


def largest_file(descriptor: int) -> int | None:
    """Return how many bytes a file can have; ``None`` where that is no matter.

    FAT32 takes 4 GiB less one byte, and a process may be limited.

    Args:
        descriptor: Of a file that is empty.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    limits = [] if limit == resource.RLIM_INFINITY else [limit]
    if sys.platform == "darwin":
        limits.append((1 << os.fpathconf(descriptor, "PC_FILESIZEBITS") - 1) - 1)
    elif not _reaches(descriptor, _ENOUGH):
        too_much = bisect_left(range(_ENOUGH), True, key=lambda n: not _reaches(descriptor, n))
        limits.append(too_much - 1)
    return min(limits, default=None)


def _reaches(descriptor: int, position: int) -> bool:
    """Whether a file can be so long: Linux does not even seek past what its file system holds."""
    try:
        os.lseek(descriptor, position, os.SEEK_SET)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        return False
    return True

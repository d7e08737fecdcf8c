"""Locks between processes (flock(2)): the system lets them go when their holder dies."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_CLOEXEC
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})
"""What file systems say that have none, as NFS does where nothing answers for its locks: whoever
writes there goes on without, as nothing would be written otherwise."""


@contextlib.contextmanager
def turn(path: Path) -> Generator[None]:
    """Wait until nobody else holds a lock, and hold it.

    Args:
        path: Of its file, which is made where it is missing.

    Raises:
        OSError: It cannot be opened.
    """
    with opened(path) as descriptor:
        _lock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def alone(path: Path) -> Generator[bool]:
    """Hold a lock unless somebody else does; yields whether it is held here.

    Args:
        path: Of its file, which is made where it is missing, or of a folder.

    Raises:
        OSError: It cannot be opened.
    """
    with opened(path) as descriptor:
        yield taken(descriptor)


@contextlib.contextmanager
def opened(path: Path) -> Generator[int]:
    """Open the file of a lock, which goes with it; yields its descriptor.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, _FOLDER if path.is_dir() else _FILE, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def taken(descriptor: int) -> bool:
    """Take a lock unless somebody else holds it; return whether it is held here."""
    try:
        _lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock(descriptor: int, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise

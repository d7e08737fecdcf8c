"""Files and folders that survive a power cut, and files that are replaced as a whole."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

_begin = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _begin is not None:
    _begin.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_WRITE = 2
"""SYNC_FILE_RANGE_WRITE"""
_NO_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""What file systems say that cannot sync a folder, mostly because it never waits."""


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Put a whole new file in place, on the disk before it has the name, and the name with it.

    A failure leaves the old one; whoever reads sees the old or the new, never a part.

    Args:
        path: In a folder that is there.
        data: All of it.
        mode: Of the new file, less what the umask takes away, from its first byte on.

    Raises:
        OSError: It cannot be written.
    """
    name = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync_folder(path.parent)


def begin_sync(descriptor: int) -> None:
    """Have what was written to a file put on the disk, without waiting, where the system can.

    Of several files that are synced one after the other each would else make a journaling file
    system write its journal once more: that costs twice the time, also the processor's. What goes
    wrong is told by `sync_descriptor` (sync_file_range(2)).
    """
    if _begin is not None:
        _begin(descriptor, 0, 0, _WRITE)


def sync_descriptor(descriptor: int) -> None:
    """Wait until all that was written to a file is on the disk, with its length.

    Raises:
        OSError: It is not; the system may have lost it.
    """
    if sys.platform == "darwin":
        # There fsync leaves it in the memory of the drive.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


def sync_file(path: Path) -> None:
    """Do the same with a file that nobody holds open, and with its name; raises as that."""
    _sync(path, sync_descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk.

    Raises:
        OSError: They are not.
    """
    try:
        _sync(folder, os.fsync)
    except OSError as error:
        if error.errno not in _NO_FOLDERS:
            raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there; on the disk when it returns.

    Raises:
        OSError: It cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _sync(path: Path, sync: Callable[[int], None]) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)

"""One file, brought over: compared with what the disk gives back, and never over another one."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from ..atomic import sync_descriptor, sync_folder
from ..errors import DiskFullError, RecordingError
from ..recording.disk import cannot_write, free_bytes
from .sources import Found

CHUNK = 8 << 20
"""Bytes that are written, read again and compared at a time."""
_ENDING = ".collecting"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EACCES})
"""What file systems say that have only one name for a file."""


def bring(found: Found, target: Path, tell: Callable[[int], None] = lambda done: None) -> str:
    """Bring a file; what was interrupted goes on where it was.

    Args:
        found: The file.
        target: Where to, in a folder that is there.
        tell: Called with the bytes that are here.

    Returns:
        The SHA-256 of what was read there and is on the disk here, hexadecimal.

    Raises:
        DiskFullError: It has no room.
        RecordingError: It cannot be read or written, or another file has its name.
    """
    try:
        if os.path.lexists(target):
            return _same(found, target)
        partial = target.with_name(f".{target.name}.{found.stamp}{_ENDING}")
        _tidy(target, partial)
        digest = _fill(found, partial, tell)
        _name(partial, target)
        sync_folder(target.parent)
    except OSError as error:
        raise cannot_write(target, error) from error
    return digest


def _same(found: Found, target: Path) -> str:
    """Return the sum of a file that is here already, where it is the very same."""
    digest = hashlib.sha256()
    if not target.is_symlink() and target.is_file() and target.stat().st_size == found.size:
        with target.open("rb") as file:
            done = 0
            while (chunk := file.read(CHUNK)) and chunk == found.read(done, len(chunk)):
                digest.update(chunk)
                done += len(chunk)
            if done == found.size:
                return digest.hexdigest()
    raise RecordingError(f"{target} is there already and is another file; it is left alone")


def _tidy(target: Path, partial: Path) -> None:
    """Remove what was begun of another state of the file."""
    for other in target.parent.glob(f".{glob.escape(target.name)}.*{_ENDING}"):
        if other != partial:
            other.unlink()


def _fill(found: Found, partial: Path, tell: Callable[[int], None]) -> str:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(partial, flags, 0o666)
    try:
        done, digest = _begun(descriptor), hashlib.sha256()
        for offset in range(0, done, CHUNK):
            digest.update(os.pread(descriptor, CHUNK, offset))
        if free_bytes(partial.parent) < found.size - done:
            raise DiskFullError(f"no room for {found.size} bytes in {partial.parent}: free some")
        while done < found.size:
            chunk = found.read(done, CHUNK)
            if not chunk or done + len(chunk) > found.size:
                raise RecordingError(f"{partial.name} changes while it is read")
            _write(descriptor, chunk, done)
            digest.update(chunk)
            done += len(chunk)
            tell(done)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def _begun(descriptor: int) -> int:
    """Return how much is here of a time before; the last chunk of it may not be whole."""
    done = max(0, os.fstat(descriptor).st_size // CHUNK - 1) * CHUNK
    os.ftruncate(descriptor, done)
    return done


def _write(descriptor: int, chunk: bytes, offset: int) -> None:
    """Write a chunk, and see whether the disk has it."""
    written = 0
    while written < len(chunk):
        written += os.pwrite(descriptor, chunk[written:], offset + written)
    sync_descriptor(descriptor)
    if hasattr(os, "posix_fadvise"):
        # Else it is memory that answers.
        os.posix_fadvise(descriptor, offset, len(chunk), os.POSIX_FADV_DONTNEED)
    if os.pread(descriptor, len(chunk), offset) != chunk:
        raise RecordingError("the disk does not give back what was written to it")


def _name(partial: Path, target: Path) -> None:
    """Give a whole file its name, unless somebody else has it."""
    try:
        os.link(partial, target)
    except FileExistsError:
        raise RecordingError(f"{target} is there already; it is left alone") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        os.replace(partial, target)
    with contextlib.suppress(FileNotFoundError):
        partial.unlink()

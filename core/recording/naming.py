"""File names from names that strangers choose.

Stream ids and rooms may hold anything: path separators, control characters, the names of
Windows devices. What reaches the file system is made of an allow-list of characters; what
tells two ids apart is kept by a hash where the characters cannot.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import time
from pathlib import Path
from typing import BinaryIO

from ..atomic import make_folder
from ..errors import DiskFullError, RecordingError
from .disk import FULL

STREAM_LENGTH = 80
PREFIX_LENGTH = 60
"""With timestamp, number and extension a name stays below 200 bytes."""
ATTEMPTS = 10_000
DRAFT = "-sound"
"""Behind the name of a stream, in that of the file that has its sound until a picture comes."""
FRESH = 10.0
"""Seconds since its last change in which a file is taken to be written, where nobody can say."""

MEDIA = (".ts", ".mkv", ".mp4")
"""Extensions of takes."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_HASHED = re.compile(r"-[0-9a-f]{6}$")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin|conout|clock|com\d|lpt\d)$", re.IGNORECASE)

_TAKE = re.compile(r"(?P<rest>.+)_(?P<time>\d{8}-\d{6})(?:-\d+)?")
_MENDED = re.compile(r"\.(?P<name>.+\.(?:ts|mkv|mp4))\.mending")

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def _clean(name: str, length: int) -> str:
    return _UNSAFE.sub("_", name).lstrip("-")[:length].rstrip("-")


def safe_name(stream: str) -> str:
    """Return a stream id as part of a file name: 1 to 87 of ``A-Za-z0-9_-``, no leading dash.

    An id that had to change, or that looks as if it had been, ends with a dash and six
    hexadecimal digits of its SHA-256, so that different ids keep different names.
    """
    name = _clean(stream, STREAM_LENGTH)
    if name == stream and name and not _HASHED.search(name) and not _RESERVED.match(name):
        return name
    digest = hashlib.sha256(stream.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name or 'stream'}-{digest[:6]}"


def safe_prefix(prefix: str) -> str:
    """Return the first part of file names: 1 to 60 of ``A-Za-z0-9_-``, no leading dash."""
    return _clean(prefix, PREFIX_LENGTH) or "room"


def timestamp(time_unix: float) -> str:
    """Return a Unix time as ``YYYYmmdd-HHMMSS`` in local time."""
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(time_unix))


def open_take_file(
    folder: str | Path, prefix: str, stream: str, started: float, ext: str
) -> tuple[Path, BinaryIO]:
    """Create the file of a take, unbuffered, at a path that did not exist.

    The name is ``{prefix}_{stream}_{timestamp}.{ext}``, with ``-2``, ``-3`` … before the dot
    where it is taken. A file that exists is never opened, whatever kind it is.

    Args:
        folder: Made if it is not there.
        prefix: As the user gave it.
        stream: Stream id as shown.
        started: Unix time at which the take begins.
        ext: Without a dot.

    Raises:
        DiskFullError: No space, or no quota, is left.
        RecordingError: The folder or the file cannot be made.
    """
    base = f"{safe_prefix(prefix)}_{safe_name(stream)}_{timestamp(started)}"
    try:
        make_folder(Path(folder))
        for number in range(1, ATTEMPTS):
            path = Path(folder) / f"{base}{'' if number == 1 else f'-{number}'}.{ext}"
            try:
                return path, _new(path)
            except FileExistsError:
                continue
    except OSError as error:
        raise _open_error(folder, error) from error
    raise RecordingError(f"{folder} already holds {ATTEMPTS} files named {base}: choose another")


def parse_stem(stem: str) -> re.Match[str] | None:
    """Return ``rest`` (prefix and stream) and ``time`` of the name of a take or a sidecar."""
    return _TAKE.fullmatch(stem)


def mended_path(path: Path) -> Path:
    """Return where a file is made that is to replace another one: hidden, beside it."""
    return path.with_name(f".{path.name}.mending")


def original_path(path: Path) -> Path | None:
    """Return what a file of `mended_path` is to replace; ``None`` where it is no such file."""
    match = _MENDED.fullmatch(path.name)
    return path.with_name(match["name"]) if match else None


def open_mended_file(path: Path) -> tuple[Path, BinaryIO]:
    """Create a hidden file beside one that is to be replaced; it overwrites what a crash left.

    Raises:
        DiskFullError: No space, or no quota, is left.
        RecordingError: The file cannot be made.
    """
    aside = mended_path(path)
    try:
        aside.unlink(missing_ok=True)
        return aside, _new(aside)
    except OSError as error:
        raise _open_error(path.parent, error) from error


def _new(path: Path) -> BinaryIO:
    """Make a file, and hold it: the system lets it go when it is closed, or its process dies."""
    file = os.fdopen(os.open(path, _FLAGS, 0o666), "wb", buffering=0)
    with contextlib.suppress(OSError):  # not every file system can
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def is_held(path: Path) -> bool:
    """Whether somebody writes a file now, as far as its file system can tell.

    Raises:
        OSError: It cannot be opened.
    """
    # To ask is not to write: the file may be one that nobody here may change.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return time.time() - os.fstat(descriptor).st_mtime < FRESH
    finally:
        os.close(descriptor)
    return False


def _open_error(folder: str | Path, error: OSError) -> RecordingError:
    if error.errno in FULL:
        return DiskFullError(f"no space left in {folder}: free some, and it goes on by itself")
    return RecordingError(
        f"cannot make a file in {folder}: {error.strerror or error}; "
        "check that the folder exists and that you may write there"
    )

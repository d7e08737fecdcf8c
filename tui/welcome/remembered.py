"""Recent rooms are kept from one start screen to the next, in a file of the user."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec
import platformdirs

from ...core import locks
from ...core.atomic import replace_file
from ...core.errors import UNDECODABLE
from .model.recents import Recent, added, without

VERSION = 1
_MODE = 0o600
_LARGEST = 1 << 18
"""Bytes of a file that is read."""
_CHANGING = threading.Lock()
PATIENCE = 2.0
"""Seconds to wait for who else changes the file."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 0
    recent: tuple[Recent, ...] = ()


class _Version(msgspec.Struct, frozen=True):
    version: int = 0


def recents_file() -> Path:
    """Return where they are kept."""
    return platformdirs.user_state_path("roomdeck") / "recent.json"


def read_recents(file: Path) -> tuple[Recent, ...]:
    """Return the rooms, the last one first; none where there is no file that can be read."""
    try:
        kept = msgspec.json.decode(_read(file), type=_File)
    except (OSError, *UNDECODABLE):
        return ()
    return kept.recent if kept.version == VERSION else ()


def remember(file: Path, recent: Recent) -> None:
    """Put a room at the front. Where that cannot be, it is not remembered."""
    with _changing(file):
        _write(file, added(read_recents(file), recent))


def forget(file: Path, recent: Recent) -> None:
    """Take a room out."""
    with _changing(file):
        _write(file, without(read_recents(file), recent))


@contextlib.contextmanager
def _changing(file: Path) -> Generator[None]:
    """Be the only one who changes it: each change begins with what the one before it wrote."""
    with _CHANGING, contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            _wait_for(held.enter_context(locks.opened(file.with_name(f".{file.name}.lock"))))
        yield


def _wait_for(lock: int) -> None:
    """Take it, or go on without where another process, which may have been stopped, keeps it."""
    until = time.monotonic() + PATIENCE
    while not locks.taken(lock) and time.monotonic() < until:
        time.sleep(0.01)


def _write(file: Path, recents: Sequence[Recent]) -> None:
    if _is_foreign(file):
        return
    with contextlib.suppress(OSError, UnicodeError):
        kept = _File(version=VERSION, recent=tuple(recents))
        replace_file(file, msgspec.json.encode(kept), _MODE)


def _is_foreign(file: Path) -> bool:
    """Whether another version of roomdeck will want it as it is."""
    try:
        return msgspec.json.decode(_read(file), type=_Version).version > VERSION
    except (OSError, *UNDECODABLE):
        return False


def _read(file: Path) -> bytes:
    # What is no file, as a pipe, might let us wait for ever.
    if not file.is_file():
        return b""
    with file.open("rb") as opened:
        return opened.read(_LARGEST)

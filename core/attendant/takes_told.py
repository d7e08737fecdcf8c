"""What a session's JSON file says of its files, and which of them nobody touches any more."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

import msgspec

from ..errors import UNDECODABLE
from ..model import Event, EventType
from ..recording.naming import MEDIA, is_held, mended_path, parse_stem
from ..recording.sidecar import Whereabouts


class ToldTake(msgspec.Struct, frozen=True):
    """Of a `TakeSummary` what matters for its file."""

    file: str = ""
    node: str = ""
    reason: str | None = None
    bytes: int = 0
    misplaced: dict[str, list[msgspec.Raw]] = {}


class _Told(msgspec.Struct, frozen=True):
    takes: tuple[ToldTake, ...] = ()
    whereabouts: tuple[Whereabouts, ...] = ()


_decoder = msgspec.json.Decoder(_Told)


def takes_of(sidecar: Path) -> tuple[ToldTake, ...]:
    """Return the takes of a session; none where its file is not there or cannot be read."""
    return _read(sidecar).takes


def whereabouts_of(sidecar: Path) -> tuple[Whereabouts, ...]:
    """Return where else files of a session are; the same."""
    return _read(sidecar).whereabouts


def _read(sidecar: Path) -> _Told:
    try:
        return _decoder.decode(sidecar.read_bytes())
    except (OSError, *UNDECODABLE):
        return _Told()


class Mending:
    """Which files are being put right, by what events tell of it."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        """Their names."""
        self.failed: set[str] = set()
        """Names of those that could not be, and stay as they are."""

    def hear(self, event: Event) -> None:
        """Take an event."""
        name = Path(str(event.data.get("file", ""))).name
        if event.type == EventType.TAKE_MENDING:
            self.files.add(name)
        elif event.type in (EventType.TAKE_MENDED, EventType.TAKE_UNMENDED):
            self.files.discard(name)
            if event.type == EventType.TAKE_UNMENDED:
                self.failed.add(name)


def closed_file(
    folder: Path, take: ToldTake, touched: Collection[str], *, over: bool
) -> os.stat_result | None:
    """Return the state of the file of a take; ``None`` where it is not (or no longer) to be had.

    Args:
        folder: Of the session.
        take: Of it.
        touched: Names of files that are being put right.
        over: The session is: nobody puts anything right any more.
    """
    path = folder / take.file
    ended = take.reason is not None and (over or not take.misplaced)
    if not ended or take.file in touched or not _is_name(take.file):
        return None
    try:
        found = path.lstat()
        whole = stat.S_ISREG(found.st_mode) and (over or found.st_size == take.bytes)
        return found if whole and not mended_path(path).exists() and not is_held(path) else None
    except OSError:
        return None


def _is_name(file: str) -> bool:
    """Whether it is a name that we give, in the very folder."""
    path = Path(file)
    return path.name == file and path.suffix in MEDIA and parse_stem(path.stem) is not None

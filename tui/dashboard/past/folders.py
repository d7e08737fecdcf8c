"""Sessions in folders: which there are, and a line about each. For a thread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec

from ....core.delivery.manifest import NAME as DELIVERY
from ....core.errors import UNDECODABLE
from ..model.past_page import Brief, Found

MOST = 1000
"""Sessions that are listed."""
_MOST_FOLDERS = 500
"""That are looked into, below one."""
_MOST_FILES = 100_000
"""Of a folder that are looked at."""
_LONGEST = 1 << 26
"""Bytes of a JSON file that is read for a line."""
_LONGEST_NAME = 200
"""Characters of a name; more have no place anywhere."""
_Seconds = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
_Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""What no session exceeds; sums of more would be no numbers that can be said."""


class _Session(msgspec.Struct, frozen=True):
    room: str
    started: float


class _Take(msgspec.Struct, frozen=True):
    stream: str
    label: str = ""
    offset: _Seconds = 0.0
    seconds: _Seconds = 0.0
    bytes: _Bytes = 0
    file: str = ""
    reason: str | None = None


class _Told(msgspec.Struct, frozen=True):
    """Of a sidecar what a line needs."""

    session: _Session
    takes: tuple[_Take, ...] = ()


_decoder = msgspec.json.Decoder(_Told)


def find(folders: Iterable[Path]) -> tuple[list[Found], int]:
    """Return the JSON files in some folders and those right below them, the newest first.

    Nothing is read. Also returned is how many older ones are left out.
    """
    found: dict[str, Found] = {}
    for folder in folders:
        below = islice(_entries(folder, folders=True), _MOST_FOLDERS)
        for one in (os.fspath(folder), *(entry.path for entry in below)):
            for entry in _entries(one, folders=False):
                if (file := _found(entry)) is not None:
                    found[os.path.realpath(file.path)] = file
    newest = sorted(found.values(), key=lambda one: one.changed, reverse=True)
    return newest[:MOST], max(0, len(newest) - MOST)


def _entries(folder: Path | str, *, folders: bool) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _MOST_FILES):
                wanted = folders or entry.name.endswith(".json")
                hidden = entry.name.startswith(".") or entry.name == DELIVERY
                kind = entry.is_dir if folders else entry.is_file
                if wanted and not hidden and kind(follow_symlinks=False):
                    yield entry
    except OSError:
        return  # it is not there, or not ours to see


def _found(entry: os.DirEntry[str]) -> Found | None:
    try:
        state = entry.stat()
    except OSError:
        return None
    return Found(entry.path, state.st_mtime, state.st_size)


def brief(one: Found) -> Brief:
    """Read what a list says of a session; whatever the file is, it is a line."""
    if one.bytes > _LONGEST:
        return Brief(trouble="too large to look into; enter reads it")
    try:
        told = _decoder.decode(Path(one.path).read_bytes())
    except msgspec.ValidationError:
        return Brief(trouble="not a session of roomdeck")
    except UNDECODABLE:
        return Brief(trouble="damaged: it is no whole JSON")
    except OSError as error:
        return Brief(trouble=f"cannot be read: {error.strerror or error}")
    begin = min((take.offset for take in told.takes), default=0.0)
    names = {take.stream: (take.label or take.stream)[:_LONGEST_NAME] for take in told.takes}
    return Brief(
        room=told.session.room[:_LONGEST_NAME],
        started=told.session.started,
        seconds=max((take.offset + take.seconds for take in told.takes), default=begin) - begin,
        streams=tuple(names.values()),
        takes=len(told.takes),
        bytes=sum(_bytes(Path(one.path).parent, take) for take in told.takes),
        open=any(take.reason is None for take in told.takes),
    )


def _bytes(folder: Path, take: _Take) -> int:
    """Return how much a take is: of one that is open nobody has written that down yet."""
    if take.reason is not None:
        return take.bytes
    try:
        return (folder / Path(take.file).name).stat().st_size
    except (OSError, ValueError):
        return take.bytes

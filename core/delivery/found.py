"""The session in a folder: by its JSON file, or by what files there are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import av
import msgspec
from av.error import FFmpegError

from ..errors import RecordingError, UsageError
from ..recording.naming import MEDIA
from ..recording.reading import open_media
from ..recording.sidecar import Sidecar, load
from .guess import Media, guessed
from .manifest import load_manifest
from .session import Session, session_of

_FOREIGN = (".webm", ".mov", ".wav", ".opus", ".ogg", ".m4a")
"""Of files that others recorded."""


class _Told(NamedTuple):
    """What the JSON files of a folder tell."""

    sessions: Mapping[Path, Sidecar]
    damaged: Sequence[str]
    """Which may be of a session and cannot be read, and why."""


def find_session(path: Path) -> Session:
    """Return the session that a folder or a JSON file has.

    Raises:
        UsageError: There is none, or there are several: says which.
        RecordingError: The JSON file cannot be read.
    """
    # What is made of a file is known by its path: the same, from wherever it was called.
    path = Path(os.path.abspath(path))
    told = _told(path)
    found = _only(path, told)
    return _alone(path, told.damaged) if found is None else session_in(*found)


def find_sidecar(path: Path) -> tuple[Path, Sidecar] | None:
    """Return the JSON file that is meant by itself or by its folder; ``None``: that has none.

    Raises:
        UsageError: Nothing is there, or there are several: says which.
        RecordingError: It cannot be read.
    """
    return _only(path, _told(path))


def _only(path: Path, told: _Told) -> tuple[Path, Sidecar] | None:
    if len(told.sessions) > 1:
        names = ", ".join(one.name for one in told.sessions)
        raise UsageError(f"{path} has several sessions: choose one by --session, of {names}")
    return next(iter(told.sessions.items()), None)


def _told(path: Path) -> _Told:
    """Read each JSON file once."""
    if not path.exists():
        raise UsageError(f"{path} is not there")
    if not path.is_dir():
        return _Told({path: _named(path)}, ())
    sessions: dict[Path, Sidecar] = {}
    damaged: list[str] = []
    for file in sorted(path.glob("*.json")):
        try:
            sidecar = load(file)
        except RecordingError as error:
            # One of another form is somebody else's.
            if not isinstance(error.__cause__, msgspec.ValidationError):
                damaged.append(str(error))
            continue
        if sidecar is not None and any(take.file for take in sidecar.takes):
            sessions[file] = sidecar
    return _Told(sessions, damaged)


def _named(path: Path) -> Sidecar:
    try:
        sidecar = load(path)
    except RecordingError as error:
        raise RecordingError(f"{error}; name the JSON file of a session, or its folder") from error
    if sidecar is None:
        raise UsageError(f"{path} is not there")
    return sidecar


def session_in(path: Path, sidecar: Sidecar) -> Session:
    """Return the session of a JSON file, without what was removed, as was asked for.

    Args:
        path: Of the file.
        sidecar: What is in it.
    """
    session = session_of(path, sidecar)
    gone = {session.folder / one.file: str(one) for one in sidecar.removed(session.folder)}
    clips = [
        (person, tuple(clip for clip in person.clips if clip.file not in gone))
        for person in session.people
    ]
    people = tuple(person._replace(clips=left) for person, left in clips if left)
    return session._replace(people=people, left_out=(*session.left_out, *gone.values()))


def _alone(folder: Path, damaged: Iterable[str]) -> Session:
    """Put together what files without a JSON file may be."""
    files, left_out = list[Media](), list(damaged)
    manifest = load_manifest(folder)
    delivered = {one.file for one in manifest.files} if manifest else set[str]()
    for path in sorted(folder.iterdir()):
        if path.name in delivered or path.name.startswith("."):
            continue
        if path.suffix.lower() in (*MEDIA, *_FOREIGN):
            try:
                files.append(_media(path))
            except RecordingError as error:
                left_out.append(str(error))
    if not files:
        why = "".join(f"; {one}" for one in left_out)
        raise UsageError(
            f"no takes in {folder}: name the folder that `record --output` wrote to{why}"
        )
    return guessed(folder, files)._replace(left_out=tuple(left_out))


def _media(path: Path) -> Media:
    try:
        with open_media(path) as container:
            if not (container.streams.video or container.streams.audio):
                raise RecordingError(f"{path.name} has neither sound nor pictures")
            seconds = (container.duration or 0) / av.time_base
        return Media(path, seconds, path.stat().st_mtime)
    except (FFmpegError, OSError) as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}") from error

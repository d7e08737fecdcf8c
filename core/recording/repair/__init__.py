"""What was left in a folder by a hard end → files and a sidecar that are complete and true.

A file that is being written is held by a lock of its own (`naming.is_held`), which the system lets
go when its writer dies: so it is known, in any folder, what nobody writes any more. Files are
completed where they are, never copied; what cannot be completed stays as it is, and is told.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ...atomic import sync_file
from ...errors import MediaError, RecordingError
from ...model import AudioSummary, EndReason, Kind, TakeSummary, VideoSummary
from .. import mend_process, sidecar
from ..container.matroska import put_size
from ..naming import DRAFT, MEDIA, is_held, original_path, parse_stem
from . import figures, fragments, matroska, transport


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    file: str
    take: TakeSummary | None = None
    """As it is in its sidecar now; ``None``: it stays as it was."""
    text: str
    """What was done, or why nothing was, in words."""


class _Known(NamedTuple):
    path: Path
    sidecar: sidecar.Sidecar


def repair(folder: Path, node: str = "") -> Iterator[Repaired]:
    """Complete what was left in a folder, one file after the other.

    What was recorded on other machines is left to these, where it is not here as well.

    Args:
        folder: That.
        node: What this machine is called, of whose takes it is known that they are here.

    Raises:
        RecordingError: The folder cannot be read.
    """
    try:
        names = sorted(path for path in folder.iterdir())
    except OSError as error:
        raise RecordingError(f"cannot read {folder}: {error.strerror or error}") from error
    known = list(_sidecars(names))
    mending = set(_remove_copies(names))
    told: set[Path] = set()
    for one in known:
        for take in one.sidecar.takes:
            path = folder / take.file if take.file else None
            elsewhere = take.node not in ("", node)
            if path is None or path in told or (elsewhere and not path.exists()):
                continue
            told.add(path)
            if _is_left(path, take):
                yield _repaired(path, take, one)
            elif path in mending and take.misplaced:
                yield _put_right(path, take, one)
    for path in names:
        match = parse_stem(path.stem)
        if match and path.suffix in MEDIA and path not in told and not is_held(path):
            session = _session_of(match["rest"], match["time"], known)
            if session is not None:
                yield _found(path, match, session)


def _sidecars(names: list[Path]) -> Iterator[_Known]:
    for path in names:
        if path.suffix == ".json":
            with contextlib.suppress(RecordingError):
                read = sidecar.load(path)
                if read is not None:
                    yield _Known(path, read)


def _remove_copies(names: list[Path]) -> Iterator[Path]:
    """Remove copies that were not completed; the files themselves are as they were."""
    for path in names:
        original = original_path(path)
        if original and not is_held(path):
            with contextlib.suppress(OSError):
                path.unlink()
                yield original


def _is_left(path: Path, take: TakeSummary) -> bool:
    """Whether what is said of a take is not what its file holds."""
    try:
        lost = take.reason is EndReason.WORKER_LOST and path.stat().st_size != take.bytes
        return (lost or take.reason is None) and not is_held(path)
    except OSError:
        return take.reason is None


def _repaired(path: Path, take: TakeSummary, known: _Known) -> Repaired:
    try:
        told = _completed(path, take)
        said = f"{path.name} is complete: {told.seconds:.1f} s, {told.bytes} bytes"
    except (RecordingError, MediaError, OSError) as error:
        size = path.stat().st_size if path.is_file() else 0
        why = f"cannot be read: {error}" if size else "its file is empty, or gone"
        told = msgspec.structs.replace(
            take, bytes=size, reason=take.reason or EndReason.INTERRUPTED, error=why
        )
        said = f"{path.name} stays as it was: {why}"
    try:
        sidecar.correct(known.path, take, told)
    except (RecordingError, OSError) as error:
        return Repaired(file=str(path), text=f"{known.path.name} cannot be written: {error}")
    return Repaired(file=str(path), take=told, text=said)


def _completed(path: Path, take: TakeSummary) -> TakeSummary:
    """Complete a file, and return what it holds."""
    kind = {".mkv": matroska, ".mp4": fragments}.get(path.suffix)
    left = kind is not None and not kind.is_complete(path)
    if kind is None:
        transport.complete(path)
    elif left:
        kind.cut(path)
    tracks = figures.count(path)
    seconds, starts = tracks.seconds(take.starts)
    picture, sound = tracks.tracks.get(Kind.VIDEO), tracks.tracks.get(Kind.AUDIO)
    largest = picture.largest if picture else (0, 0)
    if left and kind is matroska:
        matroska.complete(path, seconds)
        put_size(path, *largest)
    elif left:
        fragments.complete(path, largest)
    sync_file(path)
    lost = take.reason is EndReason.WORKER_LOST
    return msgspec.structs.replace(
        take,
        bytes=path.stat().st_size,
        seconds=round(seconds, 6),
        video=picture and VideoSummary(picture.codec, *picture.size, picture.frames),
        audio=sound and AudioSummary(sound.codec, sound.frames, sound.channels),
        starts=starts,
        # What was counted of packets was when the file began.
        packets=take.packets if lost else {},
        reason=take.reason or EndReason.INTERRUPTED,
    )


def _put_right(path: Path, take: TakeSummary, known: _Known) -> Repaired:
    """Do again what was not done in time: to put its frames where they belong."""
    try:
        told = mend_process.put_right(msgspec.structs.replace(take, file=str(path)))
        told = msgspec.structs.replace(told, file=take.file)
        sidecar.correct(known.path, take, told)
    except (RecordingError, OSError) as error:
        return Repaired(file=str(path), text=f"{path.name} stays as it was: {error}")
    return Repaired(file=str(path), take=told, text=f"all of {path.name} is in its place now")


def _session_of(rest: str, began: str, known: list[_Known]) -> _Known | None:
    """The session whose prefix a file has, and that had begun by then."""
    found = [
        (len(match["rest"]), one.sidecar.session.started, one)
        for one in known
        if (match := parse_stem(one.path.stem))
        and match["time"] <= began
        and rest.startswith(f"{match['rest']}_")
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _found(path: Path, match: re.Match[str], known: _Known) -> Repaired:
    """Complete a file of which nobody had heard; a draft gets the name of a take."""
    prefix = parse_stem(known.path.stem)
    assert prefix is not None
    stream = match["rest"].removeprefix(f"{prefix['rest']}_")
    draft = stream.endswith(DRAFT)
    stream = stream.removesuffix(DRAFT)
    session = known.sidecar.session
    try:
        started = time.mktime(time.strptime(match["time"], "%Y%m%d-%H%M%S"))
        offset = max(0.0, started - session.started)
        take = TakeSummary(
            stream=stream, raw_id=stream, file=path.name, started=started, offset=offset
        )
        told = _completed(path, take)
        if draft:
            path = _named(path, match)
            told = msgspec.structs.replace(told, file=path.name)
        sidecar.merge(known.path, session, [told])
    except (RecordingError, MediaError, OSError, ValueError) as error:
        return Repaired(file=str(path), text=f"{path.name} stays as it was: {error}")
    said = f"{path.name} was found, and is complete: {told.seconds:.1f} s, {told.bytes} bytes"
    return Repaired(file=str(path), take=told, text=said)


def _named(path: Path, match: re.Match[str]) -> Path:
    base = path.with_name(f"{match['rest'].removesuffix(DRAFT)}_{match['time']}{path.suffix}")
    name, number = base, 1
    while True:
        try:
            os.link(path, name)
        except FileExistsError:
            number += 1
            name = base.with_stem(f"{base.stem}-{number}")
        else:
            path.unlink()
            return name

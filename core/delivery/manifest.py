"""What a folder of delivered files has: ``delivery.json`` in it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..atomic import replace_file
from ..errors import UNDECODABLE
from ..recording.disk import cannot_write

NAME = "delivery.json"


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A file."""

    file: str
    """Its name, in the folder."""
    stream: str
    label: str = ""
    recipe: str = ""
    """What it is made of, as a digest: a file of the same recipe is not made again."""
    bytes: int = 0
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    fps: str | None = None
    """Pictures per second, as a fraction."""
    copied: float = 0.0
    """Seconds of picture that are the master's."""
    rendered: float = 0.0
    """Seconds that were decoded and encoded."""
    sound: bool = False
    loudness: float | None = None
    """Of its sound before any gain, LUFS (EBU R 128)."""
    levels: tuple[float, ...] = ()
    """The same of each second."""
    notes: tuple[str, ...] = ()
    """What of the masters could not be read, in words."""
    error: str = ""
    """Why it is not there."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    schema: int = 1
    session: str
    """What the session is called."""
    preset: str
    begin: float
    """Second of the session at which all files begin."""
    seconds: float
    """How long all of them are."""
    wall: float
    """Unix time at which they begin: what their timecode says, in local time."""
    guessed: bool = False
    """People were put side by side by names of files: nobody wrote down more."""
    files: tuple[Delivered, ...] = ()


def folder_of(folder: Path, session: str, preset: str) -> Path:
    """Return where the files of a session are delivered to: beside its takes.

    Args:
        folder: Of the takes.
        session: What it is called.
        preset: Of the files.
    """
    return folder / f"{session}-{preset}"


def load_manifest(folder: Path) -> Manifest | None:
    """Read what is in a folder; ``None`` where nobody knows."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, *UNDECODABLE):
        return None


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it.

    Raises:
        RecordingError: That cannot be done.
    """
    data = msgspec.json.encode(manifest)
    try:
        replace_file(folder / NAME, data, 0o666)
    except OSError as error:
        raise cannot_write(folder, error) from error


def made_before(folder: Path) -> dict[str, Delivered]:
    """Return the files that are there as they were made, by their names."""
    manifest = load_manifest(folder)
    return {
        one.file: one
        for one in (manifest.files if manifest else ())
        if not one.error and _size(folder / one.file) == one.bytes
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1

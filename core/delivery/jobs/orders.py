"""What a process of the pool is told to do, and does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

import msgspec
from av.error import FFmpegError

from ...atomic import sync_file
from ...errors import DiskFullError, RecordingError
from ...model import Container, TakeSummary
from ...recording.disk import FULL
from ..finish import Picture, Sound, write
from ..picture.index import Index, read_index
from ..picture.render import Order, render
from ..presets import Form
from ..remux import remux
from ..session import Person
from ..sound import channels, placed
from ..window import Window
from .pool import progress


class FileOrder(msgspec.Struct, frozen=True):
    """A file that is put together."""

    path: Path
    form: Form
    person: Person
    window: Window
    picture: Picture | None
    sound: bool
    loudness: float | None = None


def read(path: Path, take: TakeSummary | None) -> Index:
    """Read where the pictures of a master are."""
    return read_index(path, take)


def make_piece(job: str, order: Order, path: Path) -> list[str]:
    """Make a piece; return what of its master could not be read, in words."""
    tell = progress(job)
    return render(order, path, lambda slots: tell(slots / order.number))


def make_file(job: str, order: FileOrder) -> list[str]:
    """Put a file together; it has its name when it is complete and on the disk.

    Returns:
        What of its masters could not be read, in words.

    Raises:
        RecordingError: It cannot be written.
    """
    notes: list[str] = []
    sound = _sound(order, notes) if order.sound else None
    tell, seconds = progress(job), float(order.window.seconds)
    with _complete(order.path) as aside:
        write(aside, order.form, order.picture, sound, lambda done: tell(done / seconds))
    return notes


def make_master(source: Path, take: TakeSummary | None, path: Path) -> list[str]:
    """Put a take into another container, as it is.

    Raises:
        RecordingError: It cannot be read, or not be written.
    """
    with _complete(path) as aside:
        remux(source, take, aside, Container(path.suffix[1:]))
    return []


@contextlib.contextmanager
def _complete(path: Path) -> Generator[Path]:
    """Have a file written that has its name when it is complete and on the disk.

    Raises:
        RecordingError: It cannot be written.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        yield aside
        sync_file(aside)
        os.replace(aside, path)
    except (FFmpegError, OSError) as error:
        kind = DiskFullError if error.errno in FULL else RecordingError
        raise kind(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _sound(order: FileOrder, notes: list[str]) -> Sound:
    window = order.window
    frames = placed(order.person, window.begin, window.samples, notes)
    return Sound(frames, channels(order.person))

"""What a process of the pool is told to do, and does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import msgspec
from av.audio.frame import AudioFrame
from av.error import FFmpegError

from ...atomic import sync_file
from ...model import Container, TakeSummary
from ...recording.disk import cannot_write
from ..finish import Picture, Sound, write
from ..picture.render import Order, render
from ..presets import Form
from ..remux import remux
from ..session import Person
from ..sound import (
    Loudness,
    Meter,
    Origin,
    amplified,
    channels,
    gain,
    measure,
    metered,
    placed,
    write_wav,
)
from ..sound.mixing import CHANNELS, mixed
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
    origin: Origin
    loudness: float | None = None
    """LUFS that it should have; ``None``: as it is."""
    mixed: tuple[Person, ...] = ()
    """Who is heard together, instead of one."""
    threads: int = 1
    """That encode its sound beside each other."""


class Result(msgspec.Struct, frozen=True):
    """What became of an order."""

    notes: list[str] = []
    """What of the masters could not be read, in words."""
    loudness: Loudness | None = None
    """Of the sound as it was placed, before any gain."""


def make_piece(job: str, order: Order, path: Path) -> Result:
    """Make a piece."""
    tell = progress(job)
    return Result(render(order, path, lambda slots: tell(slots / order.number)))


def make_file(job: str, order: FileOrder) -> Result:
    """Put a file together; it has its name when it is complete and on the disk.

    Raises:
        RecordingError: It cannot be written.
    """
    notes: list[str] = []
    meter = Meter()
    tell, seconds = progress(job), float(order.window.seconds)
    with _complete(order.path) as aside:
        sound = _sound(order, meter, notes) if order.sound else None
        if order.form.muxer == "wav" and sound is not None:
            write_wav(aside, _told(sound.frames, tell, order.window.samples), order.origin)
        else:
            write(aside, order.form, order.picture, sound, lambda done: tell(done / seconds))
    return Result(notes, meter.result() if order.sound else None)


def make_master(source: Path, take: TakeSummary | None, path: Path) -> Result:
    """Put a take into another container, as it is.

    Raises:
        RecordingError: It cannot be read, or not be written.
    """
    with _complete(path) as aside:
        remux(source, take, aside, Container(path.suffix[1:]))
    return Result()


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
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def _sound(order: FileOrder, meter: Meter, notes: list[str]) -> Sound:
    frames = metered(_placed(order, notes), meter)
    if order.loudness is not None:
        by = gain(measure(_placed(order, [])), order.loudness)
        frames = amplified(frames, by)
    return Sound(frames, CHANNELS if order.mixed else channels(order.person), order.threads)


def _placed(order: FileOrder, notes: list[str]) -> Iterator[AudioFrame]:
    begin, samples = order.window.begin, order.window.samples
    if order.mixed:
        return mixed(order.mixed, begin, samples, notes)
    return placed(order.person, begin, samples, notes)


def _told(
    frames: Iterable[AudioFrame], tell: Callable[[float], None], samples: int
) -> Iterator[AudioFrame]:
    """Frames as they are, with the progress told."""
    done = 0
    for frame in frames:
        yield frame
        done += frame.samples
        tell(done / samples)

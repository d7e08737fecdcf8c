"""A finished take whose file is not right → one whose file is (files.md §4).

What its summary says is all that is needed, so that another process can do it, at any time:
``python -m roomdeck.core.recording.mend_process`` takes a `TakeSummary` as a line of JSON on stdin
and answers with an `Outcome`. It runs while others record: at the lowest priority, in bounded
memory, and it leaves when stdin ends, for then nobody could say that the file is another one now.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from ..atomic import sync_descriptor, sync_file, sync_folder
from ..errors import DiskFullError, RecordingError
from ..model import ClockPoint, Codec, Container, Kind, Misplaced, PictureSize, TakeSummary
from . import mend
from .container import TakeFile, VideoFormat
from .disk import free_bytes
from .naming import mended_path, open_mended_file
from .timing import Shifts

RESERVE = 1_000_000_000
"""Bytes that stay free beside the copy, for what is being recorded meanwhile."""
SYNC_BYTES = 16_000_000
"""Bytes that may wait for the disk: recordings that are synced wait for what is before them."""
_NICE = 19


class Outcome(msgspec.Struct, frozen=True):
    """What became of it."""

    take: TakeSummary | None = None
    """As it is now; ``None`` where the file stays as it was."""
    error: str = ""
    """Why."""


def put_right(take: TakeSummary) -> TakeSummary:
    """Copy what a file holds to where it belongs, and put the copy in its place.

    The file stays as it is until the copy is complete and on the disk.

    Args:
        take: Ended; its file is a path that can be opened. It must not be put right twice: what
            the summary says holds for the file as it was.

    Returns:
        The take as it is in the new file.

    Raises:
        RecordingError: The file stays as it was; says why.
    """
    path = Path(take.file)
    size = _size(path)
    if size != take.bytes:
        raise RecordingError(f"{path.name} is not the file that its summary tells of")
    if free_bytes(path.parent) < size + RESERVE:
        raise RecordingError(
            f"there is no room for a copy of {path.name}: it takes {size // 1_000_000} MB, and "
            f"{RESERVE // 1_000_000} MB have to stay free"
        )
    contents = contents_of(take)
    aside, opened = open_mended_file(path)
    try:
        with opened:
            steady = cast(BinaryIO, _Steady(opened))
            file = TakeFile(aside, steady, *formats_of(take), Container(path.suffix[1:]))
            written = mend.copy(path, contents, [], file)
            file.close()
        sync_file(aside)
        os.replace(aside, path)
        sync_folder(path.parent)
    except (RecordingError, OSError) as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        why = "the disk is full" if isinstance(error, DiskFullError) else error
        raise RecordingError(f"{path.name} could not be copied: {why}") from error
    return _described(take, contents, written, file.bytes)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise RecordingError(f"cannot read {path.name}: {error.strerror or error}") from error


def formats_of(take: TakeSummary) -> tuple[VideoFormat | None, Codec | None]:
    """Return what a file of this take has to hold."""
    video, audio = take.video, take.audio
    picture = VideoFormat(video.codec, video.width, video.height) if video else None
    return picture, audio.codec if audio else None


def contents_of(take: TakeSummary) -> dict[Kind, mend.Content]:
    """Return what the file of a take holds, and where that belongs."""
    codecs = {one.codec.kind: one.codec for one in (take.video, take.audio) if one is not None}
    return {
        kind: mend.Content(
            codec,
            round(take.starts[kind] * codec.clock_rate),
            _shifts(take.misplaced.get(kind, []), codec.clock_rate),
        )
        for kind, codec in codecs.items()
        if kind in take.starts
    }


def _shifts(parts: list[Misplaced], rate: int) -> Shifts:
    shifts = Shifts()
    for part in parts:
        begin, end = round(part.begin * rate), round(part.end * rate)
        if shifts.steps and shifts.steps[-1][0] == begin:
            shifts.steps.pop()
        shifts.begin(begin, round(-part.late * rate))
        shifts.begin(end, 0)
    return shifts


def _described(
    take: TakeSummary,
    contents: Mapping[Kind, mend.Content],
    written: Mapping[Kind, mend.Copied],
    size: int,
) -> TakeSummary:
    video, audio = take.video, take.audio
    frames = {kind: one.frames for kind, one in written.items()}
    return msgspec.structs.replace(
        take,
        bytes=size,
        seconds=max(one.end / contents[kind].codec.clock_rate for kind, one in written.items()),
        video=video and msgspec.structs.replace(video, frames=frames.get(Kind.VIDEO, 0)),
        audio=audio and msgspec.structs.replace(audio, packets=frames.get(Kind.AUDIO, 0)),
        starts={kind: one.first / contents[kind].codec.clock_rate for kind, one in written.items()},
        misplaced={},
        clocks={
            kind: _moved(points, contents[kind]) if kind in contents else points
            for kind, points in take.clocks.items()
        },
        sizes=_sizes(take.sizes, contents[Kind.VIDEO]) if Kind.VIDEO in contents else take.sizes,
    )


def _moved(points: list[ClockPoint], content: mend.Content) -> list[ClockPoint]:
    moved = [msgspec.structs.replace(point, pts=_place(point.pts, content)) for point in points]
    return [point for point in moved if point.pts >= 0]


def _sizes(sizes: list[PictureSize], content: mend.Content) -> list[PictureSize]:
    return [
        msgspec.structs.replace(size, time=max(0.0, _place(size.time, content))) for size in sizes
    ]


def _place(seconds: float, content: mend.Content) -> float:
    rate = content.codec.clock_rate
    return seconds + content.shifts.at(round(seconds * rate)) / rate


class _Steady:
    """A file whose bytes do not pile up on their way to the disk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._due = SYNC_BYTES

    def write(self, data: bytes) -> int:
        """Write, and wait now and then until it is on the disk."""
        done = self._file.write(data)
        self._due -= done
        if self._due <= 0:
            self._due = SYNC_BYTES
            sync_descriptor(self._file.fileno())
        return done

    def __getattr__(self, name: str) -> object:
        """All else as the file does it."""
        return getattr(self._file, name)


def main() -> None:
    """Serve one order."""
    os.nice(_NICE)
    take = msgspec.json.decode(sys.stdin.buffer.readline(), type=TakeSummary)
    threading.Thread(target=_leave_with_others, args=[Path(take.file)], daemon=True).start()
    try:
        outcome = Outcome(put_right(take))
    except RecordingError as error:
        outcome = Outcome(error=str(error))
    sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
    sys.stdout.flush()


def _leave_with_others(path: Path) -> None:
    os.read(sys.stdin.fileno(), 1)
    mended_path(path).unlink(missing_ok=True)
    os._exit(1)


if __name__ == "__main__":
    main()

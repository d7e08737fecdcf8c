"""One piece of a delivered picture: decoded, brought to size, encoded."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
from av.error import FFmpegError
from av.video.frame import VideoFrame

from ..masters import open_master
from .colours import UNKNOWN, Colours, mark
from .encoding import Encoding
from .fit import Fitter
from .index import Index, Meant
from .packets import PieceWriter, packets_from

_TELL = 30


class Part(msgspec.Struct, frozen=True):
    """Slots in which pictures of one file are seen, or none."""

    number: int
    """Of slots."""
    file: Path | None = None
    """``None``: there is no picture."""
    key: int = 0
    """Ticks of the key frame with which decoding begins."""
    ticks: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """Of the picture that each slot shows."""
    meant: tuple[Meant, ...] = ()
    """What the pictures of the file mean as colours, in order."""

    @classmethod
    def of(cls, file: Path, index: Index, ticks: array[int]) -> Part:
        """Return slots of a file.

        Args:
            file: Where the pictures are.
            index: What is in it.
            ticks: Of the picture that each slot shows.
        """
        return cls(len(ticks), file, index.key_before(ticks[0]), ticks, index.meant())


class Order(msgspec.Struct, frozen=True):
    """What a piece is made of."""

    size: tuple[int, int]
    fps: Fraction
    encoding: Encoding
    part: Part
    sps_id: int = 0
    colours: Colours = UNKNOWN
    """As which it is encoded."""

    @property
    def number(self) -> int:
        """How many slots it has."""
        return self.part.number


def render(order: Order, path: Path, progress: Callable[[int], None]) -> list[str]:
    """Make a piece.

    A damaged master costs what cannot be decoded: the last picture stays.

    Args:
        order: What it is made of.
        path: Where to; it is there when it is complete.
        progress: Called with how many slots are done.

    Returns:
        What could not be decoded, in words.

    Raises:
        UsageError: The encoder does not work here.
        RecordingError: It cannot be written.
    """
    errors: list[str] = []
    fitter = Fitter(order.size, order.encoding.pixels, order.colours)
    with PieceWriter(
        path, order.encoding, order.size, order.fps, order.sps_id, order.colours
    ) as writer:
        last: VideoFrame | None = None
        fitted = fitter.black()
        for slot, frame in enumerate(pictures(order.part, errors)):
            if frame is not None and frame is not last:
                last, fitted = frame, fitter.fit(frame)
            writer.add(fitted, slot)
            if slot % _TELL == 0:
                progress(slot)
        writer.finish()
    progress(order.number)
    return errors


def pictures(part: Part, errors: list[str]) -> Iterator[VideoFrame | None]:
    """Yield what each slot shows, decoded; ``None`` where that is nothing.

    Args:
        part: Which slots.
        errors: What does not decode is added to it, in words.
    """
    if part.file is None:
        return iter([None] * part.number)
    return shown(marked(decoded(part.file, part.key, errors), part.meant), part.ticks)


def marked(frames: Iterable[VideoFrame], meant: Sequence[Meant]) -> Iterator[VideoFrame]:
    """Yield decoded pictures; each says what its header does, which a decoder does not always.

    Args:
        frames: In the order of showing.
        meant: What they mean as colours, in order; empty: what the decoder says.
    """
    following, now = iter(meant), None
    coming = next(following, None)
    for frame in frames:
        while coming is not None and (now is None or (frame.pts or 0) >= coming.ticks):
            now, coming = coming.colours, next(following, None)
        if now is not None:
            mark(frame, now)
        yield frame


def shown(frames: Iterable[VideoFrame], ticks: Iterable[int]) -> Iterator[VideoFrame | None]:
    """Yield for each slot the picture that it shows, or the last one before that is there."""
    source = iter(frames)
    coming = next(source, None)
    current: VideoFrame | None = None
    for wanted in ticks:
        while coming is not None and (coming.pts is None or coming.pts <= wanted):
            current, coming = coming, next(source, None)
        yield current


def decoded(path: Path, key: int, errors: list[str]) -> Iterator[VideoFrame]:
    """Yield the pictures of a file from a key frame on, in the order of showing.

    Args:
        path: Of the file.
        key: Ticks of the key frame.
        errors: What does not decode is added to it, in words.
    """
    try:
        with open_master(path) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            for packet in packets_from(container, stream, key):
                try:
                    yield from packet.decode()
                except FFmpegError as error:
                    errors.append(_error(packet, error))
    except (FFmpegError, OSError) as error:
        errors.append(f"{path.name}: {error.strerror or error}")


def _error(packet: Any, error: FFmpegError) -> str:
    at = "" if packet.pts is None else f" at {float(packet.pts * packet.time_base):.1f} s"
    return f"a picture{at} does not decode: {error.strerror}"

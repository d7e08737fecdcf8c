"""One piece of a delivered picture: decoded, brought to size, encoded."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
from av.error import FFmpegError
from av.video.frame import VideoFrame

from ..masters import open_master
from .colours import UNKNOWN, Colours
from .encoding import Encoding
from .fit import Fitter
from .packets import PieceWriter, packets_from

_TELL = 30


class Order(msgspec.Struct, frozen=True):
    """What a piece is made of."""

    size: tuple[int, int]
    fps: Fraction
    encoding: Encoding
    number: int
    """Slots."""
    sps_id: int = 0
    colours: Colours = UNKNOWN
    """As which it is encoded."""
    file: Path | None = None
    """``None``: it is black."""
    key: int = 0
    """Ticks of the key frame with which decoding begins."""
    ticks: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """Of the picture that each slot shows."""


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
        seen = pictures(order.file, order.key, order.ticks, order.number, errors)
        for slot, frame in enumerate(seen):
            if frame is not None and frame is not last:
                last, fitted = frame, fitter.fit(frame)
            writer.add(fitted, slot)
            if slot % _TELL == 0:
                progress(slot)
        writer.finish()
    progress(order.number)
    return errors


def pictures(
    file: Path | None, key: int, ticks: Iterable[int], number: int, errors: list[str]
) -> Iterator[VideoFrame | None]:
    """Yield what each slot shows, decoded; ``None`` where that is nothing.

    Args:
        file: Where the pictures are; ``None``: nowhere.
        key: Ticks of the key frame with which decoding begins.
        ticks: Of the picture that each slot shows.
        number: How many slots there are.
        errors: What does not decode is added to it, in words.
    """
    if file is None:
        return iter([None] * number)
    return shown(decoded(file, key, errors), ticks)


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

"""Encoded pieces on their way to a file: written by one process, read again by another.

A piece is no file for people: it is in a container that keeps packets and their times as they are.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, dropwhile, islice
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame

from ...errors import RecordingError
from ...model import Codec
from ...recording.disk import cannot_write
from ...recording.lengths import length_size, start_codes
from ..masters import open_master, packets_of
from .colours import UNKNOWN, Colours, tell
from .encoding import Encoding, set_up
from .index import Index
from .parameter_sets import ParameterSets, parameter_sets, without_sets

_SEEKS = (0.0, 3.0, 30.0)
"""Seconds before a key frame to which is sought: of an MPEG-TS nobody knows exactly where it is."""


class Coded(NamedTuple):
    """A coded picture."""

    data: bytes
    slot: int
    """In which it is shown."""
    key: bool


class PieceWriter:
    """Encodes a piece into a file that has its name only when it is complete.

    Args:
        path: Where to.
        encoding: How.
        size: Width and height in pixels.
        fps: Slots per second.
        sps_id: Of its parameter sets, where it is H.264.
        colours: Of the pictures that are added.

    Raises:
        UsageError: The encoder does not work here.
        RecordingError: Nothing can be written there.
    """

    def __init__(
        self,
        path: Path,
        encoding: Encoding,
        size: tuple[int, int],
        fps: Fraction,
        sps_id: int,
        colours: Colours = UNKNOWN,
    ) -> None:
        self._path = path
        self._aside = path.with_name(f".{path.name}.part")
        try:
            self._container: Any = av.open(str(self._aside), "w", format=encoding.container)
        except (FFmpegError, OSError) as error:
            raise cannot_write(path.parent, error) from error
        self._stream: Any = self._container.add_stream(encoding.encoder, rate=fps)
        self._tick, self._colours = 1 / fps, colours
        set_up(self._stream.codec_context, encoding, size, fps, sps_id, colours)

    def add(self, frame: VideoFrame, slot: int) -> None:
        """Show a picture in the next slot."""
        frame.pts, frame.time_base = slot, self._tick
        tell(self._colours, frame)
        # The kind of picture that it was in the master is none that it has to be here.
        frame.pict_type = 0  # pyright: ignore[reportAttributeAccessIssue]
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still has."""
        self._container.mux(self._stream.encode(None))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Give it its name, or leave nothing of it."""
        try:
            self._container.close()
            if error is None:
                os.replace(self._aside, self._path)
        except (FFmpegError, OSError) as broken:
            raise cannot_write(self._path.parent, broken) from broken
        finally:
            with contextlib.suppress(OSError):
                self._aside.unlink(missing_ok=True)
        if isinstance(error, (FFmpegError, OSError)):
            raise cannot_write(self._path.parent, error) from error


def read_piece(path: Path, fps: Fraction, slot: int = 0) -> Iterator[Coded]:
    """Yield the coded pictures of a piece, in the order of decoding; H.264 with lengths.

    Args:
        path: Of the piece.
        fps: Its slots per second.
        slot: Of the first one.
    """
    container: Any
    begin: int | None = None
    with av.open(str(path)) as container:
        h264 = container.streams.video[0].codec_context.name == Codec.H264
        for packet in container.demux(video=0):
            if packet.size:
                # The first is `slot`, whatever a container makes of decode times below zero.
                begin = packet.pts if begin is None else begin
                at = slot + round((packet.pts - begin) * packet.time_base * fps)
                data = bytes(packet)
                yield Coded(without_sets(data) if h264 else data, at, packet.is_keyframe)


def piece_sets(path: Path) -> ParameterSets:
    """Return the parameter sets of a piece of H.264.

    Raises:
        RecordingError: It has none.
    """
    container: Any
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        first = next(bytes(packet) for packet in container.demux(video=0))
        sets = parameter_sets((context.extradata or b"") + first)
    if sets is None:
        raise RecordingError(f"{path.name} has no parameter sets of H.264")
    return sets


def copied(file: Path, index: Index, begin: int, number: int, slot: int = 0) -> Iterator[Coded]:
    """Yield pictures of a master as they are, with lengths, in the order of decoding.

    Args:
        file: The master, H.264.
        index: What is in it.
        begin: Number of the first picture: a key frame.
        number: How many.
        slot: Of the first one that is shown.

    Raises:
        RecordingError: They cannot be read.
    """
    container: Any
    first = bisect_left(index.shown, index.stored[begin]) - slot
    try:
        with open_master(file) as container:
            stream = container.streams.video[0]
            lengths = length_size(Codec.H264, stream.codec_context.extradata)
            packets = packets_from(container, stream, index.stored[begin])
            there = (packet for packet in packets if packet.size and packet.pts is not None)
            for packet in islice(there, number):
                data = bytes(packet)
                data = without_sets(start_codes(data, lengths) if lengths else data)
                yield Coded(data, bisect_left(index.shown, packet.pts) - first, packet.is_keyframe)
    except (FFmpegError, OSError) as error:
        raise RecordingError(f"cannot read {file.name}: {error.strerror or error}") from error


def packets_from(container: Any, stream: Any, key: int) -> Iterator[Any]:
    """Yield packets from a key frame on; from the first one on where it is not found.

    Args:
        container: Just opened.
        stream: Whose.
        key: Ticks of the key frame.
    """
    for before in _SEEKS:
        container.seek(key - round(before / stream.time_base), stream=stream)
        packets = packets_of(container, stream)
        first = next((packet for packet in packets if packet.pts is not None), None)
        if first is not None and first.pts <= key:
            yield from dropwhile(lambda one: one.pts != key, chain([first], packets))
            return
    container.seek(0)
    yield from packets_of(container, stream)

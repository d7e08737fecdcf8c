"""A file whose frames are not where they belong → one in which they are.

Frames are copied as they are; only their times change. The file that is there stays as it is
until the other one is complete.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from av.error import FFmpegError

from ..errors import MediaError, RecordingError
from ..model import Codec, EncodedFrame, Kind
from ..rtp.bitstream import frame_size
from .container import TakeFile
from .lengths import length_size, start_codes
from .reading import open_media
from .timing import CROWDED, Shifts, from_zero


class Placed(NamedTuple):
    """A frame and its time in the file, in ticks of its codec's RTP clock."""

    frame: EncodedFrame
    tick: int


class Content(NamedTuple):
    """What a file holds of one track, and how it is to be read."""

    codec: Codec
    first: int
    """Written time of its first frame, in ticks."""
    shifts: Shifts


class Copied(NamedTuple):
    """What was written of one track; times are ticks."""

    frames: int
    first: int
    end: int


def copy(
    path: Path,
    tracks: Mapping[Kind, Content],
    extra: Sequence[Placed],
    file: TakeFile,
) -> dict[Kind, Copied]:
    """Write the frames of a file into another one, where they belong.

    What belongs before the beginning is left out.

    Args:
        path: A complete file, as `TakeFile` makes it.
        tracks: By kind.
        extra: Frames that are not in the file, in order of time, none from before its beginning.
        file: Where to.

    Returns:
        What the new file holds, by kind.

    Raises:
        RecordingError: The one cannot be read or the other cannot be written.
    """
    written: dict[Kind, Copied] = {}
    try:
        for frame, tick in _merged(path, tracks, extra):
            try:
                ticks = file.write(frame, tick)
            except MediaError:
                continue
            kind = frame.codec.kind
            known = written.get(kind) or Copied(0, tick, 0)
            end = max(known.end, tick + ticks)
            written[kind] = Copied(known.frames + 1, known.first, end)
        file.flush()
    except (FFmpegError, OSError) as error:
        raise RecordingError(f"cannot read {path.name} again: {error}") from error
    return written


def _merged(
    path: Path, tracks: Mapping[Kind, Content], extra: Sequence[Placed]
) -> Iterable[Placed]:
    """All frames from time zero on, in the order in which they are to be written."""
    sources = [_inside(_shifted(path, kind, content)) for kind, content in tracks.items()]
    # What is not in the file was sent before what is.
    return _increasing(heapq.merge(extra, *sources, key=_order))


def _inside(frames: Iterable[Placed]) -> Generator[Placed]:
    for frame, tick in frames:
        if (tick := from_zero(frame, tick)) >= 0:
            yield Placed(frame, tick)


def _increasing(frames: Iterable[Placed]) -> Generator[Placed]:
    """Times of sound that increase."""
    last = -1
    for frame, tick in frames:
        if frame.codec.kind is Kind.AUDIO:
            last = tick = max(tick, last + 1)
        yield Placed(frame, tick)


def _order(one: Placed) -> tuple[float, bool]:
    return one.tick / one.frame.codec.clock_rate, one.frame.codec.kind is not Kind.VIDEO


def _shifted(path: Path, kind: Kind, content: Content) -> Generator[Placed]:
    """The frames of one track; those of sound get times that increase."""
    codec, shifts = content.codec, content.shifts
    last: int | None = None
    # Containers round to a millisecond: what was written when a correction begins may look older.
    slack = codec.clock_rate // CROWDED // 2
    for frame, tick in _read(path, kind, content):
        tick += shifts.at(tick + slack)
        if last is not None and kind is Kind.AUDIO and tick <= last:
            tick = last + codec.clock_rate // CROWDED
        last = tick
        yield Placed(frame, tick)


def _read(path: Path, kind: Kind, content: Content) -> Generator[Placed]:
    container: Any
    codec = content.codec
    with open_media(path) as container:
        streams = container.streams.video if kind is Kind.VIDEO else container.streams.audio
        if not streams:
            return
        stream = streams[0]
        lengths = length_size(codec, stream.codec_context.extradata)
        origin: int | None = None
        for packet in container.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            data = bytes(packet)
            if lengths:
                data = start_codes(data, lengths)
            ticks = round(packet.pts * packet.time_base * codec.clock_rate)
            origin = ticks - content.first if origin is None else origin
            yield Placed(_frame(codec, data, packet.is_keyframe), ticks - origin)


def _frame(codec: Codec, data: bytes, key: bool) -> EncodedFrame:
    picture = key and codec.kind is Kind.VIDEO
    width, height = (picture and frame_size(codec, data)) or (0, 0)
    return EncodedFrame(codec, data, 0, 0.0, key, width, height)

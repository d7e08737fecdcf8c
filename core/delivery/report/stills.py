"""A few pictures of each stream, from the key frames of its files.

Bounded in time: pictures are nice to have. First each stream gets one, then a second, and so on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation

from ...model import Kind, TakeSummary
from ...recording.still import MAX_PIXELS
from ..masters import open_master
from ..picture.fit import Fitter, upright
from .model import Bar, Row, Still

EACH = 6
"""Pictures of a stream."""
MOST = 120
"""Of all streams together, which are in one page."""
WIDTH = 256
HEIGHT = 144
_SECONDS_EACH = 1.5
"""Seconds of a stream that are worth a picture."""
_BEFORE = 15.0
"""Seconds to go back where no key frame follows: one is asked for every ten seconds."""
_READ = 32_000_000
"""Bytes that are read at most to find a key frame."""
_QUALITY = 6
"""Of the JPEG encoder, from 2 (best) to 31."""


class Wanted(NamedTuple):
    """A picture that is looked for."""

    stream: str
    file: str
    begin: float
    """Second of the session at which the file begins."""
    at: float
    """Second of the session."""
    take: TakeSummary | None = None
    """What its recorder says of the file."""


def wanted(rows: Sequence[Row]) -> list[Wanted]:
    """Return the pictures that are looked for, the most important first. Pure.

    They are spread evenly over what was recorded of a stream; the middle comes first.
    """
    rows = [row for row in rows if any(_shows(row))]
    each = max(1, min(EACH, MOST // len(rows))) if rows else 0
    lists = [list(_spread(row, each)) for row in rows[:MOST]]
    return [one[turn] for turn in range(each) for one in lists if turn < len(one)]


def _shows(row: Row) -> Iterator[Bar]:
    for bar in row.bars:
        pictures = bar.take is None or (bar.take.video is not None and bar.take.video.frames > 0)
        if bar.file and pictures and bar.seconds > 0:
            yield bar


def _spread(row: Row, each: int) -> Iterator[Wanted]:
    bars = list(_shows(row))
    total = sum(bar.seconds for bar in bars)
    count = max(1, min(each, int(total / _SECONDS_EACH)))
    for index in sorted(range(count), key=lambda one: abs(one - (count - 1) / 2)):
        at = (index + 0.5) / count * total
        for bar in bars:
            if at < bar.seconds:
                yield Wanted(row.stream, bar.file, bar.begin, bar.begin + at, bar.take)
                break
            at -= bar.seconds


def stills(rows: Sequence[Row], folder: Path, patience: float) -> dict[str, list[Still]]:
    """Return pictures by stream, in order of time; as many as can be had in so many seconds.

    Args:
        rows: Whose.
        folder: Of the files.
        patience: Seconds.
    """
    found: dict[str, list[Still]] = {}
    over = threading.Event()

    def look() -> None:
        for one in wanted(rows):
            if over.is_set():
                return
            still = _still(folder / one.file, one)
            if still and all(still.time != other.time for other in found.get(one.stream, [])):
                found.setdefault(one.stream, []).append(still)

    # A disk that does not answer keeps a thread for ever.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(patience)
    over.set()
    return {stream: sorted(ones) for stream, ones in list(found.items())}


def _still(path: Path, one: Wanted) -> Still | None:
    try:
        found = key_picture(path, one.at - one.begin, one.take)
        return found and Still(round(one.begin + found[1], 3), *_jpeg(found[0]))
    except (FFmpegError, OSError, ValueError):
        return None


def key_picture(
    path: Path, seconds: float, take: TakeSummary | None
) -> tuple[VideoFrame, float] | None:
    """Decode the key frame near a time in a file; return it, and when it is.

    Args:
        path: Of the file.
        seconds: In the file.
        take: What its recorder says of it.

    Raises:
        FFmpegError: It cannot be read.
        OSError: The same.
        ValueError: The same.
    """
    with open_master(path) as container:
        picture, at = _key_picture(container, seconds, take)
        return None if picture is None else (picture, at)


def _key_picture(
    container: Any, seconds: float, take: TakeSummary | None
) -> tuple[VideoFrame | None, float]:
    """Decode the key frame near a time in the file; return it, and when it is."""
    stream = container.streams.video[0] if container.streams.video else None
    if stream is None:
        return None, 0.0
    zero = _zero(container, stream, take)
    decoder = stream.codec_context
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    for target, until in ((seconds, 0.0), (seconds - _BEFORE, seconds), (0.0, 0.0)):
        container.seek(round((max(0.0, target) + zero) / stream.time_base), stream=stream)
        key = _key(container, stream, until + zero)
        if key is not None:
            pictures = [*decoder.decode(key), *decoder.decode(None)]
            return (pictures[0] if pictures else None), float(key.pts * stream.time_base) - zero
    return None, 0.0


def _zero(container: Any, stream: Any, take: TakeSummary | None) -> float:
    """Return what the container says at the file's time zero, as `masters.zero` does exactly."""
    if take is not None and container.format.name != "mpegts":
        return 0.0
    begins = take.starts.get(Kind.VIDEO, 0.0) if take is not None else 0.0
    return float((stream.start_time or 0) * stream.time_base) - begins


def _key(container: Any, stream: Any, until: float) -> Any:
    """Return the next key frame; or of those up to a time in the file, the last."""
    left, key = _READ, None
    for packet in container.demux(stream):
        left -= packet.size
        if packet.size and packet.is_keyframe and packet.pts is not None:
            if key is not None and packet.pts * stream.time_base > until:
                break
            key = packet
            if key.pts * stream.time_base >= until:
                break
        if left < 0:
            break
    return key


def _jpeg(picture: VideoFrame) -> tuple[int, int, bytes]:
    if picture.rotation:
        size = upright((picture.width, picture.height), picture.rotation)
        picture = Fitter(size, picture.format.name).fit(picture)
    scale = min(WIDTH / picture.width, HEIGHT / picture.height, 1.0)
    # Its colours are halved in both directions.
    width, height = (
        max(2, round(side * scale / 2) * 2) for side in (picture.width, picture.height)
    )
    small = picture.reformat(
        width,
        height,
        format="yuvj420p",
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.AREA,
    )
    small.pts = 0
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1)
    encoder.options = {"qmin": str(_QUALITY), "qmax": str(_QUALITY)}
    return width, height, b"".join(bytes(packet) for packet in encoder.encode(small))

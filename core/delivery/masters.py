"""Times that a demuxer gives for a master → seconds of its file, as the sidecar counts them.

`TakeSummary.offset`, `starts`, `misplaced` and the points of `clocks` count from the file's time
zero, which is what its recorder wrote as 0:

- ``.mkv`` and ``.mp4``: a demuxer gives what was written. Matroska rounds to a millisecond, and an
  MP4's edit list puts B-frames where they belong; with it, sound begins where it began.
- ``.ts``: cannot hold times below zero. Where pictures are decoded before they are shown
  (B-frames) the first decode time is below zero, and libavformat wrote all tracks later by as much.

`InputContainer.start_time` is none of that: the first thing in a file may begin after its zero,
and libavformat counts the decoder's delay of Opus in it for some containers, and not for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from av.container import InputContainer
from av.stream import Discard

from ..model import Kind, TakeSummary
from ..recording.reading import open_media

_LOOKED_AT = 500
"""Packets among which the first of both tracks are looked for."""
_SAME = Fraction(1, 1000)


class First(NamedTuple):
    """The first packet of a track in a file; seconds as a demuxer gives them."""

    shown: Fraction
    decoded: Fraction


def file_seconds(pts: int, time_base: Fraction | float, zero: Fraction | float) -> float:
    """Return the second of the file at which a packet or frame is shown or heard.

    With floats for all packets of a file: fractions take longer.

    Args:
        pts: As the demuxer or a decoder behind it gives it.
        time_base: Its unit, in seconds.
        zero: Of the file: `file_zero`.
    """
    return float(pts * time_base - zero)


def open_master(path: Path) -> InputContainer:
    """Open a file to read its packets.

    Its pictures per second are not found out, which of a transport stream takes ten milliseconds
    each time: what is delivered goes by the times of packets.

    Raises:
        FFmpegError: It cannot be read (which is an `OSError` as well where the system says so).
    """
    return open_media(path, {"fpsprobesize": "0"})


def packets_of(container: Any, stream: Any) -> Iterator[Any]:
    """Return the packets of a track from where the container is; all others are passed over.

    A demuxer that knows so does not put these together. For good: no other track can be read from
    the same container any more.
    """
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    return container.demux(stream)


def file_zero(path: Path, take: TakeSummary | None) -> Fraction:
    """Return what a demuxer of a file says at the file's time zero, in seconds.

    Reads the begin of the file.

    Raises:
        FFmpegError: It cannot be read (which is an `OSError` as well where the system says so).
    """
    with open_master(path) as container:
        if take is not None and container.format.name != "mpegts":
            return Fraction(0)
        return zero(_first(container), take)


def zero(first: Mapping[Kind, First], take: TakeSummary | None) -> Fraction:
    """Return what a demuxer says at time zero of a transport stream, or of any file without a take.

    Pure. Without a take nobody knows what was before the first thing in the file.

    Args:
        first: The first packets of its tracks.
        take: What its recorder said of it.
    """
    if not first:
        return Fraction(0)
    if take is None:
        return min(one.shown for one in first.values())
    if min(one.decoded for one in first.values()) > _SAME:
        return Fraction(0)  # It was not moved; or its begin is lost, and what is left was not.
    late = [
        one.shown - Fraction(take.starts[kind])
        for kind, one in first.items()
        if kind in take.starts
    ]
    found = min(late, default=Fraction(0))
    return found if found > _SAME else Fraction(0)


def _first(container: InputContainer) -> dict[Kind, First]:
    kinds = {
        stream.index: kind
        for kind, streams in (
            (Kind.VIDEO, container.streams.video),
            (Kind.AUDIO, container.streams.audio),
        )
        for stream in streams[:1]
    }
    found: dict[Kind, First] = {}
    if not kinds:
        return found
    packets: Any = container.demux([container.streams[index] for index in kinds])
    for number, packet in enumerate(packets):
        if packet.pts is not None:
            decoded = packet.pts if packet.dts is None else packet.dts
            one = First(packet.pts * packet.time_base, decoded * packet.time_base)
            found.setdefault(kinds[packet.stream_index], one)
        if len(found) == len(kinds) or number >= _LOOKED_AT:
            break
    return found

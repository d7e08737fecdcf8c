"""The pictures of a master: when each is shown, and where decoding can begin. None is decoded."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from av.error import FFmpegError

from ...errors import MediaError
from ...model import Codec, TakeSummary
from ...recording.check.demux import CODECS
from ...recording.lengths import length_size, start_codes
from ...rtp.bitstream import frame_size
from ..masters import file_zero, open_master, packets_of
from .colours import UNKNOWN, Colours, colours_of
from .fit import upright
from .headers import Headers
from .parameter_sets import ParameterSets, listed_sets, parameter_sets


class Group(NamedTuple):
    """A key frame and what follows it up to the next one, in the order of the file."""

    begin: int
    """Number of its first picture; the last one is before that of the next group."""
    width: int
    height: int
    sets: ParameterSets | None
    """Of H.264; ``None`` where the key frame has none, or pictures are to be turned."""
    colours: Colours = UNKNOWN


class Meant(NamedTuple):
    """What pictures mean as colours, from one on."""

    ticks: int
    colours: Colours


class Index(msgspec.Struct):
    """All pictures of a file that can be decoded."""

    codec: Codec | None = None
    sound: bool = False
    """Whether there is sound beside them."""
    time_base: Fraction = Fraction(1, 1000)
    origin: int = 0
    """Ticks at which the time of the file is zero."""
    stored: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """Ticks of each picture, in the order of the file."""
    shown: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """The same in the order of showing."""
    groups: list[Group] = msgspec.field(default_factory=list[Group])
    errors: list[str] = msgspec.field(default_factory=list[str])
    """Why not all of the file could be read."""

    def seconds(self) -> list[float]:
        """Return the time in the file of each picture, in the order of showing."""
        tick = float(self.time_base)
        return [(ticks - self.origin) * tick for ticks in self.shown]

    def sizes(self) -> Iterator[tuple[int, int, float]]:
        """Yield width, height and how many seconds they are shown, for each group."""
        if not self.groups:
            return
        ends = [*(self.stored[group.begin] for group in self.groups[1:]), self._end()]
        for group, end in zip(self.groups, ends, strict=True):
            lasts = float((end - self.stored[group.begin]) * self.time_base)
            yield group.width, group.height, lasts

    def colours(self) -> Counter[Colours]:
        """Return how many pictures say what."""
        counts = Counter[Colours]()
        for number, group in enumerate(self.groups):
            begin, end = self.span(number)
            counts[group.colours] += end - begin
        return counts

    def meant(self) -> tuple[Meant, ...]:
        """Return what pictures mean, and where that changes, in order."""
        found: list[Meant] = []
        for group in self.groups:
            if not found or found[-1].colours != group.colours:
                found.append(Meant(self.stored[group.begin], group.colours))
        return tuple(found)

    def group_of(self, picture: int) -> int:
        """Return the number of the group that a picture is in."""
        return bisect_right(self.groups, picture, key=lambda group: group.begin) - 1

    def key_before(self, ticks: int) -> int:
        """Return the ticks of the key frame with which decoding of a picture begins."""
        keys = (self.stored[group.begin] for group in self.groups)
        return max((key for key in keys if key <= ticks), default=self.stored[0])

    def is_closed(self, number: int) -> bool:
        """Whether a group is shown as a whole: before the next one, and after the one before."""
        begin, end = self.span(number)
        return sorted(self.stored[begin:end]) == list(self.shown[begin:end]) and (
            self.stored[begin] == self.shown[begin]
        )

    def span(self, number: int) -> tuple[int, int]:
        """Return the first picture of a group, and the one after its last."""
        after = number + 1
        end = self.groups[after].begin if after < len(self.groups) else len(self.stored)
        return self.groups[number].begin, end

    def _end(self) -> int:
        return self.shown[-1] if self.shown else 0


def read_index(path: Path, take: TakeSummary | None = None) -> Index:
    """Read where the pictures of a file are; a damaged one has those that can be read.

    Args:
        path: Of the file.
        take: What its recorder said of it.
    """
    index = Index()
    try:
        zero = file_zero(path, take)
        with open_master(path) as container:
            index.sound = bool(container.streams.audio)
            if container.streams.video:
                _read(container, index, zero, 0 if take else _turned(path))
    except (FFmpegError, OSError) as error:
        index.errors.append(f"cannot be read: {error.strerror or error}")
    index.shown = array("q", sorted(index.stored))
    return index


def _turned(path: Path) -> int:
    """Return by how many degrees other programs want pictures turned, as phones do.

    Raises:
        FFmpegError: They cannot be read.
    """
    with open_master(path) as container:
        first = next(container.decode(video=0), None)
        return first.rotation if first else 0


def _read(container: Any, index: Index, zero: Fraction, turned: int) -> None:
    stream = container.streams.video[0]
    context = stream.codec_context
    index.codec = CODECS.get(context.name)
    headers = Headers(index.codec, colours_of(index.codec, context))
    index.time_base = stream.time_base
    index.origin = round(zero / index.time_base)
    lengths = length_size(index.codec, context.extradata)
    header = _Header(context.width, context.height, b"")
    if index.codec is Codec.H264 and lengths:
        header = header._replace(sets=listed_sets(context.extradata))
    for packet in packets_of(container, stream):
        if not packet.size or packet.pts is None:
            continue
        if packet.is_keyframe:
            data = bytes(packet)
            data = start_codes(data, lengths) if lengths else data
            group = _group(index, header, data, turned)
            if group is not None:
                index.groups.append(group._replace(colours=headers.colours(data)))
        if index.groups:
            index.stored.append(packet.pts)
    if not index.groups:
        index.errors.append("has no picture with which decoding could begin")


class _Header(NamedTuple):
    """What a container says of all pictures."""

    width: int
    height: int
    sets: bytes
    """Parameter sets of H.264, as Annex B: other programs keep them nowhere else."""


def _group(index: Index, header: _Header, data: bytes, turned: int) -> Group | None:
    """What a key frame says, or its container; ``None`` where it is none that can be read."""
    try:
        size = frame_size(index.codec, data) if index.codec else None
    except MediaError:
        return None
    if size is None and not index.groups:
        size = header[:2]
    size = upright(size, turned) if size else index.groups[-1][1:3]
    if not all(size):
        return None
    sets = None
    if index.codec is Codec.H264 and not turned:
        sets = parameter_sets(data) or parameter_sets(header.sets)
    return Group(len(index.stored), *size, sets)

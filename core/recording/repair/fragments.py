"""A fragmented MP4 that broke off becomes an ordinary one, in place, as `container.mp4` ends it."""

from __future__ import annotations

import os
import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import MediaError
from ...model import Codec
from ..container import boxes
from ..container.mp4 import Mp4Muxer, Track
from ..sink import Sink

_CODECS = {
    b"avc1": Codec.H264,
    b"avc3": Codec.H264,
    b"hvc1": Codec.H265,
    b"hev1": Codec.H265,
    b"vp09": Codec.VP9,
    b"av01": Codec.AV1,
    b"Opus": Codec.OPUS,
}
_DURATION, _SIZE, _FLAGS, _SHIFT = 0x100, 0x200, 0x400, 0x800
_KEY = boxes.SYNC
_LONGEST_HEAD = 1 << 26
"""Bytes that the index of a fragment has at most."""


def is_complete(path: Path) -> bool:
    """Whether a file has got its end; raises as `complete`."""
    with path.open("rb") as file:
        names = [name for name, _, _ in _top(file)]
    return b"moof" not in names


def cut(path: Path) -> None:
    """Cut off what is torn; raises as `complete`."""
    with path.open("r+b") as file:
        file.truncate(_read(file)[1])


def complete(path: Path, size: tuple[int, int]) -> None:
    """Write the index of all samples.

    Args:
        path: As `TakeFile` makes it, without a torn end.
        size: Largest size of the picture, in pixels; 0 by 0 for sound alone.

    Raises:
        OSError: It cannot be read or changed.
        MediaError: It is not as it is written here.
    """
    with path.open("r+b", buffering=0) as file:
        tracks, end = _read(file)
        sink = Sink(file)
        sink.size = end
        sink.seek(end)
        muxer = Mp4Muxer.resumed(sink, tracks, size)
        muxer.close()
        sink.flush()
        if sink.error is not None:
            raise sink.error


def _top(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of each whole box of a file."""
    length, begin = file.seek(0, os.SEEK_END), 0
    while begin + 8 <= length:
        file.seek(begin)
        size, name = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = int.from_bytes(file.read(8))
        if size < 8 or begin + size > length:
            return
        yield name, begin, begin + size
        begin += size


def _read(file: BinaryIO) -> tuple[dict[Track, bytes], int]:
    """The tracks, with what is written about each of them and how it is described."""
    tracks: dict[int, Track] = {}
    described: dict[Track, bytes] = {}
    moof: tuple[int, bytes] | None = None
    end = 0
    for name, begin, until in _top(file):
        if name in (b"moov", b"moof") and until - begin < _LONGEST_HEAD:
            file.seek(begin)
            data = file.read(until - begin)
            if name == b"moof":
                moof = begin, data
                continue
            if described:
                break  # Somebody was here before, and was killed, too.
            described = _described(data)
            tracks = {track.number: track for track in described}
        if name == b"mdat" and moof is not None:
            _add(tracks, *moof)
            moof = None
        end = until
    if not any(track.sizes for track in tracks.values()):
        raise MediaError("nothing of it reached the disk")
    return described, end


def _described(moov: bytes) -> dict[Track, bytes]:
    described: dict[Track, bytes] = {}
    for begin, end in boxes.find(moov, b"moov", b"trak"):
        trak = boxes.box(b"trak", moov[begin:end])
        [(tkhd, _)] = boxes.find(trak, b"trak", b"tkhd")
        [(stsd, stop)] = boxes.find(trak, b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        codec = _CODECS.get(trak[stsd + 12 : stsd + 16])
        if codec is None:
            raise MediaError("a codec that is not written here")
        track = Track(int.from_bytes(trak[tkhd + 20 : tkhd + 24]), codec)
        for elst, _ in boxes.find(trak, b"trak", b"edts", b"elst"):
            # Begins to be decoded so long before it is shown.
            track.start = -int.from_bytes(trak[elst + 16 : elst + 24])
        described[track] = trak[stsd - 8 : stop]
    return described


def _add(tracks: dict[int, Track], begin: int, moof: bytes) -> None:
    for start, end in boxes.find(moof, b"moof", b"traf"):
        traf = boxes.box(b"traf", moof[start:end])
        [(tfhd, _)] = boxes.find(traf, b"traf", b"tfhd")
        [(tfdt, _)] = boxes.find(traf, b"traf", b"tfdt")
        [(trun, _)] = boxes.find(traf, b"traf", b"trun")
        track = tracks[int.from_bytes(traf[tfhd + 4 : tfhd + 8])]
        flags = int.from_bytes(traf[trun + 1 : trun + 4])
        count, offset = struct.unpack_from(">Ii", traf, trun + 4)
        columns = [one for one in (_DURATION, _SIZE, _FLAGS, _SHIFT) if flags & one]
        values = array("I", traf[trun + 12 : trun + 12 + 4 * count * len(columns)])
        if sys.byteorder == "little":
            values.byteswap()
        table = {one: values[n :: len(columns)] for n, one in enumerate(columns)}
        dts = int.from_bytes(traf[tfdt + 4 : tfdt + 12])
        _add_samples(track, dts, table, count)
        track.offsets.append(begin + offset)
        track.counts.append(count)


def _add_samples(track: Track, dts: int, table: dict[int, array[int]], count: int) -> None:
    shift = track.start if track.start is not None and track.start < 0 else 0
    dts += shift
    for index in range(count):
        pts = dts
        if _SHIFT in table:
            value = table[_SHIFT][index]
            pts += value - (1 << 32) * (value >> 31)
        ticks, size = table[_DURATION][index], table[_SIZE][index]
        track.seen(size, pts, dts, ticks, _FLAGS in table and table[_FLAGS][index] == _KEY)
        dts += ticks

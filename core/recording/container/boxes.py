"""Boxes of ISO base media files (ISO/IEC 14496-12), written and looked into."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby

from ...errors import MediaError

EDITS_UNITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix that changes nothing."""
SYNC, DEPENDENT = 0x02000000, 0x01010000
"""Sample flags (8.8.3.1) of a key frame, and of another picture."""
_UNDETERMINED = 0x55C4
"""The language ``und``."""


def box(name: bytes, *parts: bytes | bytearray) -> bytes:
    """A box; ``name`` has four letters."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, name) + body


def full_box(name: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with version and flags."""
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def children(
    data: bytes, begin: int = 0, end: int | None = None
) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin of the content, and end of each box.

    Raises:
        MediaError: They do not fit.
    """
    end = len(data) if end is None else end
    while begin < end:
        size, name = struct.unpack_from(">I4s", data, begin) if begin + 8 <= end else (0, b"")
        if size < 8 or begin + size > end:
            raise MediaError("boxes that do not fit")
        yield name, begin + 8, begin + size
        begin += size


def find(data: bytes, *path: bytes) -> list[tuple[int, int]]:
    """Begin and end of the content of every box at the end of a path."""
    found = [(0, len(data))]
    for name in path:
        inside = (child for begin, end in found for child in children(data, begin, end))
        found = [(begin, end) for kind, begin, end in inside if kind == name]
    return found


def movie_header(timescale: int, duration: int, tracks: int) -> bytes:
    """``mvhd``, 8.2.2: normal speed and volume."""
    times = struct.pack(">QQIQ", 0, 0, timescale, duration)
    rest = struct.pack(">IH10x", 0x10000, 0x100)
    return full_box(b"mvhd", 1, 0, times, rest, EDITS_UNITY, bytes(24), _words([tracks + 1]))


def track_header(number: int, duration: int, size: tuple[int, int]) -> bytes:
    """``tkhd``, 8.3.2; pixels, 0 by 0 for sound."""
    volume = 0 if size[0] else 0x100
    head = struct.pack(">QQI4xQ8xHHH2x", 0, 0, number, duration, 0, int(not size[0]), volume)
    return full_box(b"tkhd", 1, 3, head, EDITS_UNITY, struct.pack(">HxxHxx", *size))


def edit_list(edits: Iterable[tuple[int, int]]) -> bytes:
    """``edts``, 8.6.6: durations (movie timescale) and where in the media each begins."""
    entries = [struct.pack(">QqI", duration, begin, 0x10000) for duration, begin in edits]
    return box(b"edts", full_box(b"elst", 1, 0, _words([len(entries)]), *entries))


def media_header(timescale: int, duration: int) -> bytes:
    """``mdhd``, 8.4.2."""
    times = struct.pack(">QQIQ", 0, 0, timescale, duration)
    return full_box(b"mdhd", 1, 0, times, struct.pack(">HH", _UNDETERMINED, 0))


def media_information(picture: bool, table: bytes) -> tuple[bytes, bytes]:
    """``hdlr`` and ``minf`` around a sample table, 8.4.3 and 8.4.4; media in this same file."""
    kind, name = (b"vide", b"VideoHandler\0") if picture else (b"soun", b"SoundHandler\0")
    header = full_box(b"vmhd", 0, 1, bytes(8)) if picture else full_box(b"smhd", 0, 0, bytes(4))
    where = box(b"dinf", full_box(b"dref", 0, 0, _words([1]), full_box(b"url ", 0, 1)))
    handler = full_box(b"hdlr", 0, 0, bytes(4), kind, bytes(12), name)
    return handler, box(b"minf", header, where, table)


def runs(values: Iterable[int], code: str = ">II") -> bytes:
    """How often each value comes in a row, and the value, behind the number of entries."""
    packed = [struct.pack(code, sum(1 for _ in group), value) for value, group in groupby(values)]
    return _words([len(packed)]) + b"".join(packed)


def chunk_runs(counts: Iterable[int]) -> bytes:
    """``stsc``, 8.7.4: from which chunk on there are how many samples in each."""
    entries: list[bytes] = []
    number = 1
    for count, group in groupby(counts):
        entries.append(struct.pack(">III", number, count, 1))
        number += sum(1 for _ in group)
    return full_box(b"stsc", 0, 0, _words([len(entries)]), *entries)


def big_endian(values: array[int]) -> bytes:
    """The values as they stand in a file."""
    if sys.byteorder == "little":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()


def _words(values: Iterable[int]) -> bytes:
    return b"".join(value.to_bytes(4) for value in values)

"""Put the size of the picture into the header of a finished Matroska file, in place.

A muxer writes the size with which a stream begins, and many a stream begins small. Players go by
the pictures themselves; editors, and what lists files, go by the header.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import MediaError

_SEGMENT, _TRACKS, _ENTRY = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae"
_VIDEO, _WIDTH, _HEIGHT = b"\xe0", b"\xb0", b"\xba"
_DISPLAY_UNIT, _CRC, _VOID = b"\x54\xb2", b"\xbf", b"\xec"
_HEAD = 1 << 16
"""Bytes within which the tracks are described."""


class _Element(NamedTuple):
    """An EBML element (RFC 8794) and where it is."""

    name: bytes
    begin: int
    payload: int
    end: int


def put_size(path: Path, width: int, height: int) -> None:
    """Write a size, at most 65535 pixels each way, into a file that is closed.

    One that does not look as it is written here, or cannot be changed, stays as it is: it is
    whole either way.
    """
    with contextlib.suppress(OSError, MediaError), path.open("r+b") as file:
        head = file.read(_HEAD)
        segment = _find(_elements(head, 0, len(head)), _SEGMENT)
        tracks = _find(_elements(head, segment.payload, len(head)), _TRACKS)
        changed = _sized(head[tracks.payload : tracks.end], width, height)
        file.seek(tracks.payload)
        file.write(changed)


def _sized(tracks: bytes, width: int, height: int) -> bytes:
    """Return the content of Tracks with this size in each track that has one."""
    changed = bytearray(tracks)
    for entry in _elements(tracks, 0, len(tracks)):
        if entry.name == _ENTRY:
            for video in _elements(tracks, entry.payload, entry.end):
                if video.name == _VIDEO:
                    changed[video.payload : video.end] = _video(tracks, video, width, height)
    first = next(_elements(tracks, 0, len(tracks)))
    if first.name == _CRC:
        crc = zlib.crc32(changed[first.end :])
        changed[first.payload : first.end] = crc.to_bytes(4, "little")
    return bytes(changed)


def _video(data: bytes, video: _Element, width: int, height: int) -> bytes:
    """Return the content of a Video element with another size, as long as it is now.

    Sizes of one byte may need two: the unit of the display size, which is not known, makes room.
    """
    replaced = (_WIDTH, _HEIGHT, _DISPLAY_UNIT)
    kept = b"".join(
        data[child.begin : child.end]
        for child in _elements(data, video.payload, video.end)
        if child.name not in replaced
    )
    sizes = [_WIDTH, b"\x82", width.to_bytes(2), _HEIGHT, b"\x82", height.to_bytes(2)]
    spare = video.end - video.payload - len(kept) - 8
    if spare == 1:  # too little for an element: a leading zero more
        sizes[1:3] = b"\x83", width.to_bytes(3)
    elif spare:
        sizes += [_VOID, _vint(spare - 2), bytes(spare - 2)]
    return b"".join([*sizes, kept])


def _vint(value: int) -> bytes:
    if not 0 <= value < 127:
        raise MediaError("no room in the header")
    return bytes([0x80 | value])


def _elements(data: bytes, begin: int, end: int) -> Iterator[_Element]:
    while begin < end:
        size_at = begin + _vint_length(data, begin, end)
        length = _vint_length(data, size_at, end)
        size = int.from_bytes(data[size_at : size_at + length]) & ((1 << 7 * length) - 1)
        payload = size_at + length
        yield _Element(data[begin:size_at], begin, payload, payload + size)
        begin = payload + size


def _vint_length(data: bytes, position: int, end: int) -> int:
    if position >= end or not data[position]:
        raise MediaError("not Matroska as it is written here")
    return 9 - data[position].bit_length()


def _find(elements: Iterator[_Element], name: bytes) -> _Element:
    for element in elements:
        if element.name == name:
            return element
    raise MediaError("not Matroska as it is written here")

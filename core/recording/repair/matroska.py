"""A Matroska file (RFC 9559) that broke off gets its duration and its index, in place.

libavformat keeps room at the front for what it writes at the end: where things are (SeekHead),
the duration, and the size of the whole. Clusters are whole but for the last one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...errors import MediaError

_SEGMENT, _INFO, _TRACKS, _TAGS = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1254C367
_SEEK_HEAD, _CUES, _CLUSTER, _VOID = 0x114D9B74, 0x1C53BB6B, 0x1F43B675, 0xEC
_TIME, _SIMPLE, _GROUP, _BLOCK, _DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x4489
_ENTRY, _NUMBER, _KIND = 0xAE, 0xD7, 0x83
_UNKNOWN = (1 << 56) - 1
_BLOCK_HEAD = 16
"""Bytes that are more than the head of a block has."""


class _Element(NamedTuple):
    name: int
    begin: int
    payload: int
    end: int


class _Cue(NamedTuple):
    """Where a player can begin."""

    time: int
    track: int
    cluster: int
    """Where its cluster begins, in the segment."""


class _Content(NamedTuple):
    segment: _Element
    parts: dict[int, _Element]
    """The first of each kind, but clusters."""
    cues: list[_Cue]
    end: int
    """Of what is whole."""


def is_complete(path: Path) -> bool:
    """Whether a file has got its end; raises as `complete`."""
    with path.open("rb") as file:
        segment = _segment(file)
        return segment.end - segment.payload != _UNKNOWN


def cut(path: Path) -> None:
    """Cut off what is torn; raises as `complete`."""
    with path.open("r+b") as file:
        file.truncate(_read(file).end)


def complete(path: Path, seconds: float) -> None:
    """Write what a player wants to know.

    Args:
        path: As `TakeFile` makes it, without a torn end.
        seconds: How long it is.

    Raises:
        OSError: It cannot be read or changed.
        MediaError: It is not as it is written here.
    """
    with path.open("r+b") as file:
        segment, parts, cues, end = _read(file)
        file.truncate(end)
        file.seek(end)
        file.write(_cues(cues))
        total = file.tell()
        _put_seek_head(file, segment, parts, end)
        _put_duration(file, parts[_INFO], seconds * 1000)
        file.seek(segment.payload - 8)
        file.write((1 << 56 | total - segment.payload).to_bytes(8))


def _read(file: BinaryIO) -> _Content:
    """What there is; the last cluster, if it is torn, gets the size that it has."""
    size = file.seek(0, os.SEEK_END)
    segment = _segment(file)
    parts: dict[int, _Element] = {}
    cues: list[_Cue] = []
    end = segment.payload
    picture = 0
    for element in _elements(file, segment.payload, size):
        if element.name == _CUES:
            break  # Somebody was here before, and was killed, too.
        if element.name == _TRACKS:
            picture = _picture(file, element)
        if element.name == _CLUSTER:
            last = _cluster(file, element, segment.payload, size, picture, cues)
            end = last or end
            if last != element.end:
                break
        elif element.end > size:
            break
        else:
            parts.setdefault(element.name, element)
            end = element.end
    if not cues or _INFO not in parts:
        raise MediaError("nothing of it reached the disk")
    return _Content(segment, parts, cues, end)


def _segment(file: BinaryIO) -> _Element:
    for element in _elements(file, 0, 1 << 62):
        if element.name == _SEGMENT:
            file.seek(element.payload - 8)
            if file.read(1) != b"\x01":
                break
            return element
    raise MediaError("not Matroska as it is written here")


def _elements(file: BinaryIO, begin: int, end: int) -> Iterator[_Element]:
    """What is there, up to what has no whole head."""
    while begin < end:
        file.seek(begin)
        head = file.read(12)
        if not head or not head[0] or len(head) < 2:
            return
        name_length = 9 - head[0].bit_length()
        if len(head) <= name_length or name_length > 4 or not head[name_length]:
            return
        length = 9 - head[name_length].bit_length()
        if len(head) < name_length + length:
            return
        value = int.from_bytes(head[name_length : name_length + length]) & ((1 << 7 * length) - 1)
        payload = begin + name_length + length
        yield _Element(int.from_bytes(head[:name_length]), begin, payload, payload + value)
        begin = payload + value


def _picture(file: BinaryIO, tracks: _Element) -> int:
    """Number of the track with pictures; 0: there is none."""
    for entry in _elements(file, tracks.payload, tracks.end):
        if entry.name == _ENTRY:
            found = {
                child.name: _integer(file, child)
                for child in _elements(file, entry.payload, entry.end)
                if child.name in (_NUMBER, _KIND)
            }
            if found.get(_KIND) == 1:
                return found.get(_NUMBER, 0)
    return 0


def _integer(file: BinaryIO, element: _Element) -> int:
    file.seek(element.payload)
    return int.from_bytes(file.read(element.end - element.payload))


def _cluster(
    file: BinaryIO, cluster: _Element, zero: int, size: int, picture: int, cues: list[_Cue]
) -> int:
    """Note where one may begin in a cluster; return where its last whole block ends.

    A cluster that is not whole gets the size that it has. 0: there is nothing in it.
    """
    time, end, found = 0, 0, False
    for element in _elements(file, cluster.payload, min(cluster.end, size)):
        if element.end > size:
            break
        if element.name == _TIME:
            time = _integer(file, element)
        elif element.name in (_SIMPLE, _GROUP):
            end = element.end
            block = element
            if element.name == _GROUP:
                inside = _elements(file, element.payload, element.end)
                block = next((one for one in inside if one.name == _BLOCK), element)
            file.seek(block.payload)
            head = file.read(_BLOCK_HEAD)
            track, flags = head[0] & 0x7F, head[3]
            key = element.name == _SIMPLE and flags & 0x80
            if key and not found and track == (picture or track):
                found = True
                relative = int.from_bytes(head[1:3], signed=True)
                cues.append(_Cue(time + relative, track, cluster.begin - zero))
    if end and end != cluster.end:
        length = cluster.payload - cluster.begin - 4
        file.seek(cluster.begin + 4)
        file.write((1 << 7 * length | end - cluster.payload).to_bytes(length))
    return end


def _element(name: int, payload: bytes) -> bytes:
    size = len(payload)
    length = next(n for n in range(1, 9) if size < (1 << 7 * n) - 1)
    head = name.to_bytes((name.bit_length() + 7) // 8)
    return head + (1 << 7 * length | size).to_bytes(length) + payload


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def _cues(cues: list[_Cue]) -> bytes:
    points = [
        _element(
            0xBB,
            _number(0xB3, max(0, cue.time))
            + _element(0xB7, _number(0xF7, cue.track) + _number(0xF1, cue.cluster)),
        )
        for cue in cues
    ]
    return _element(_CUES, b"".join(points)) if points else b""


def _put_seek_head(
    file: BinaryIO, segment: _Element, parts: dict[int, _Element], cues: int
) -> None:
    """Say where things are, in the room that was kept for that."""
    room = parts.get(_SEEK_HEAD) or parts.get(_VOID)
    if room is None or room.begin != segment.payload:
        return
    places = {name: parts[name].begin for name in (_INFO, _TRACKS, _TAGS) if name in parts}
    places[_CUES] = cues
    entries = [
        _element(0x4DBB, _element(0x53AB, name.to_bytes(4)) + _number(0x53AC, at - segment.payload))
        for name, at in places.items()
    ]
    written = _element(_SEEK_HEAD, b"".join(entries))
    following = next(_elements(file, room.end, room.end + 1))
    end = following.end if room.name == _SEEK_HEAD and following.name == _VOID else room.end
    spare = end - room.begin - len(written)
    if spare >= 9:
        written += b"\xec" + (1 << 56 | spare - 9).to_bytes(8)
        file.seek(room.begin)
        file.write(written)


def _put_duration(file: BinaryIO, info: _Element, milliseconds: float) -> None:
    duration = b"\x44\x89\x88" + struct.pack(">d", milliseconds)
    for element in _elements(file, info.payload, info.end):
        room = element.end - element.begin == len(duration)
        if room and element.name in (_VOID, _DURATION):
            file.seek(element.begin)
            file.write(duration)

"""The size that a Matroska file announces, before any picture (RFC 9559, 5.1.4.1.28).

A decoder's own view is no help: it has looked into the first key frame already.
"""

from __future__ import annotations

from pathlib import Path

_HEAD = 1 << 16
"""Bytes within which the tracks are described."""
_SEGMENT, _TRACKS, _ENTRY, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_WIDTH, _HEIGHT = 0xB0, 0xBA


def announced_size(path: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of the first video track; ``None`` where there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    parts = [head]
    for name in (_SEGMENT, _TRACKS, _ENTRY, _VIDEO):
        parts = [content for part in parts for kind, content in _elements(part) if kind == name]
    sizes = [dict(_elements(part)) for part in parts]
    for size in sizes:
        if _WIDTH in size and _HEIGHT in size:
            return int.from_bytes(size[_WIDTH]), int.from_bytes(size[_HEIGHT])
    return None


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """EBML elements (RFC 8794), as far as they go; one of unknown size takes the rest."""
    found: list[tuple[int, bytes]] = []
    position = 0
    while (begin := _width(data, position)) is not None:
        after = position + begin
        length = _width(data, after)
        if length is None:
            break
        payload = after + length
        size = int.from_bytes(data[after:payload]) & ((1 << 7 * length) - 1)
        found.append((int.from_bytes(data[position:after]), data[payload : payload + size]))
        position = payload + size
    return found


def _width(data: bytes, position: int) -> int | None:
    if position >= len(data) or not data[position]:
        return None
    return 9 - data[position].bit_length()

"""A picture as a PNG file (ISO/IEC 15948). Pure."""

from __future__ import annotations

import struct
import zlib

from .model import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2
"""Colour type: truecolour, 8 bits for each of three samples."""


def png(picture: Picture) -> bytes:
    """Return the file."""
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, _RGB, 0, 0, 0)
    stride = 3 * picture.width
    rows = (picture.rgb[at : at + stride] for at in range(0, len(picture.rgb), stride))
    # Before each row the filter that it was put through: none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

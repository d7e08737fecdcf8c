"""The smallest Ogg Opus file: headers and a packet of silence (RFC 3533, RFC 7845)."""

from __future__ import annotations

import io
import struct

_PAGE = struct.Struct("<4sBBqIIIBB")
"""Capture pattern, version, flags, granule position, serial and sequence number, checksum, one
segment and its size (RFC 3533, 6)."""
_CHECKSUM = slice(22, 26)
_POLYNOMIAL = 0x04C11DB7
_FIRST, _LAST = 2, 4
_HEAD = struct.Struct("<8sBBHIhB")
_PRE_SKIP = 312
"""Samples that libopus, in pages as well, puts before the first one."""
SILENCE = b"\xfc\xff\xfe"


def ogg_opus() -> io.BytesIO:
    """A stereo file: its parameters do for mono packets, too (RFC 7845, 5.1.1)."""
    head = _HEAD.pack(b"OpusHead", 1, 2, _PRE_SKIP, 48000, 0, 0)
    tags = b"OpusTags" + bytes(8)
    pages = ((_FIRST, head), (0, tags), (_LAST, SILENCE))
    return io.BytesIO(b"".join(_page(n, flags, body) for n, (flags, body) in enumerate(pages)))


def _page(number: int, flags: int, body: bytes) -> bytes:
    page = bytearray(_PAGE.pack(b"OggS", 0, flags, 0, 1, number, 0, 1, len(body)) + body)
    page[_CHECKSUM] = struct.pack("<I", _checksum(page))
    return bytes(page)


def _checksum(page: bytes | bytearray) -> int:
    """CRC-32 with neither reflection nor inversion (RFC 3533, 6)."""
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = register << 1 ^ (_POLYNOMIAL if register & 0x80000000 else 0)
        register &= 0xFFFFFFFF
    return register

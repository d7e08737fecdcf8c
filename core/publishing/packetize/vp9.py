"""VP9 (RFC 9628), non-flexible mode, one layer, picture ids of 15 bits."""

from __future__ import annotations

from ...errors import MediaError
from ...rtp.bitstream import vp9
from .state import split_evenly

_PICTURE_ID = 0x80
_INTER = 0x40
_BEGIN = 0x08
_END = 0x04
_STRUCTURE = 0x02
_SIZE_AND_GROUP = 0x18
_ONE_PICTURE_BACK = b"\x01\x04\x01"
"""A group of one picture of temporal layer 0 with one reference, to the picture before."""


def packetize(frame: bytes, mtu: int, picture_id: int) -> list[bytes]:
    """The frame in parts; a key frame says the scalability structure first.

    Raises:
        MediaError: The header of a key frame is malformed.
    """
    key = vp9.is_key(frame)
    structure = _structure(frame) if key else b""
    number = bytes((0x80 | picture_id >> 8, picture_id & 0xFF))
    parts = split_evenly(frame, mtu - 1 - len(number) - len(structure))
    payloads: list[bytes] = []
    for index, part in enumerate(parts):
        flags = _PICTURE_ID | (0 if key else _INTER)
        if index == len(parts) - 1:
            flags |= _END
        descriptor = b""
        if index == 0:
            flags |= _BEGIN | (_STRUCTURE if key else 0)
            descriptor = structure
        payloads.append(bytes((flags,)) + number + descriptor + part)
    return payloads


def _structure(frame: bytes) -> bytes:
    """The scalability structure of one layer (4.2.1)."""
    size = vp9.size(frame)
    if size is None:
        raise MediaError("VP9 key frame without a size")
    sides = b"".join(side.to_bytes(2, "big") for side in size)
    return bytes((_SIZE_AND_GROUP,)) + sides + _ONE_PICTURE_BACK

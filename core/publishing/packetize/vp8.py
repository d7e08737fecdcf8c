"""VP8 (RFC 7741) with picture ids of 15 bits."""

from __future__ import annotations

from .state import split_evenly

_EXTENDED = 0x80
_START = 0x10
_PICTURE_ID = 0x80


def packetize(frame: bytes, mtu: int, picture_id: int) -> list[bytes]:
    """Everything as partition 0, as browsers send it."""
    extension = bytes((_PICTURE_ID, 0x80 | picture_id >> 8, picture_id & 0xFF))
    return [
        bytes((_EXTENDED | (_START if index == 0 else 0),)) + extension + part
        for index, part in enumerate(split_evenly(frame, mtu - 1 - len(extension)))
    ]

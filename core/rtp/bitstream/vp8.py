"""What the recorder has to know of a VP8 frame (RFC 6386, 9.1 and 19.1)."""

from __future__ import annotations

from ...errors import MediaError
from .bits import checked_size

_SYNC = b"\x9d\x01\x2a"


def is_key(frame: bytes) -> bool:
    """Whether this is a key frame."""
    return bool(frame) and not frame[0] & 1


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a key frame, before any scaling; ``None`` for other frames.

    Raises:
        MediaError: The key frame's header is malformed.
    """
    if not is_key(frame):
        return None
    if len(frame) < 10 or frame[3:6] != _SYNC:
        raise MediaError("malformed VP8 key frame header")
    width, height = frame[6:8], frame[8:10]
    return checked_size(
        int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    )

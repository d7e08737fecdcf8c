"""What a packetiser remembers between frames, and what all of them share."""

from __future__ import annotations

import msgspec

from ...errors import MediaError


class PacketizerState(msgspec.Struct):
    """Of one track."""

    picture_id: int = 0
    """Of the next VP8 or VP9 frame, 15 bits; senders begin anywhere."""

    def next_picture_id(self) -> int:
        """Count one frame."""
        current = self.picture_id & 0x7FFF
        self.picture_id = current + 1 & 0x7FFF
        return current


def split_evenly(data: bytes, room: int) -> list[bytes]:
    """The data in as few parts of at most ``room`` bytes as possible, of about one size.

    Raises:
        MediaError: There is no data.
    """
    if not data:
        raise MediaError("empty frame")
    count = -(-len(data) // room)
    size = -(-len(data) // count)
    return [data[start : start + size] for start in range(0, len(data), size)]

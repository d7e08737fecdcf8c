"""NAL units as Matroska and MP4 keep them: a length before each instead of a start code."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Codec


def length_size(codec: Codec | None, extradata: bytes | None) -> int:
    """Bytes of a NAL unit's length, where a container keeps them so; 0 is Annex B.

    ISO/IEC 14496-15, 5.2.4.1 (avcC) and 8.3.3.1 (hvcC); both begin with version 1.
    """
    position = {Codec.H264: 4, Codec.H265: 21}.get(codec) if codec else None
    if position is None or not extradata or extradata[0] != 1 or len(extradata) <= position:
        return 0
    return (extradata[position] & 3) + 1


def start_codes(data: bytes, length_size: int) -> bytes:
    """Return NAL units with start codes (Annex B) instead of lengths of so many bytes."""
    parts: list[bytes] = []
    position = 0
    while position + length_size <= len(data):
        size = int.from_bytes(data[position : position + length_size])
        position += length_size
        parts += [b"\0\0\0\1", data[position : position + size]]
        position += size
    return b"".join(parts)


def with_lengths(nals: Iterable[bytes]) -> bytes:
    """Return NAL units with a length of four bytes before each."""
    return b"".join([part for nal in nals for part in (len(nal).to_bytes(4), nal)])

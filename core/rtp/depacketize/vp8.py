"""VP8 (RFC 7741)."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MediaError

_EXTENDED = 0x80
_START_OF_PARTITION = 0x10
_PARTITION = 0x0F


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The frame; its partitions follow each other without a mark (4.2)."""
    parts = [payload for payload in payloads if payload]
    if not parts or not starts_frame(parts[0]):
        raise MediaError("VP8 frame without its first packet")
    if frame := b"".join([part[_descriptor_size(part) :] for part in parts]):
        return frame
    raise MediaError("empty VP8 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether the P bit of the payload header is 0 (4.3)."""
    first = next(filter(None, payloads), b"")
    if not first or not starts_frame(first):
        return False
    try:
        header = _descriptor_size(first)
    except MediaError:
        return False
    return header < len(first) and not first[header] & 1


def starts_frame(payload: bytes) -> bool:
    """Whether it begins partition 0."""
    return bool(payload) and payload[0] & (_START_OF_PARTITION | _PARTITION) == _START_OF_PARTITION


def _descriptor_size(payload: bytes) -> int:
    """Bytes before the VP8 payload (4.2)."""
    if not payload[0] & _EXTENDED:
        return 1
    if len(payload) < 2:
        raise MediaError("VP8 descriptor is cut short")
    fields = payload[1]
    size = 2
    if fields & 0x80:  # PictureID of 7 or 15 bits
        size += 2 if payload[2:3] >= b"\x80" else 1
    if fields & 0x40:  # TL0PICIDX
        size += 1
    if fields & 0x30:  # TID, KEYIDX
        size += 1
    if size > len(payload):
        raise MediaError("VP8 descriptor is cut short")
    return size

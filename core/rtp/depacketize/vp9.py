"""VP9 (RFC 9628), flexible and non-flexible mode, with temporal and spatial layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...errors import MediaError
from ..bitstream import vp9

_PICTURE_ID = 0x80
_INTER = 0x40
_LAYERS = 0x20
_FLEXIBLE = 0x10
_BEGIN = 0x08
_END = 0x04
_STRUCTURE = 0x02
_MAX_REFERENCES = 3


class _Descriptor(NamedTuple):
    size: int
    """Bytes before the VP9 payload."""
    layer: int
    """Spatial layer."""
    dependent: bool
    """The frame refers to a lower spatial layer of its picture."""


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The frame, or the frames of all spatial layers as one superframe.

    A browser that makes a key frame throws away what it has not sent yet, without a gap in the
    sequence numbers: where other layers have an end and the last one has none, it is torn.
    """
    layers: list[list[bytes]] = []
    present = [payload for payload in payloads if payload]
    for payload in present:
        if payload[0] & _BEGIN:
            layers.append([])
        elif not layers:
            raise MediaError("VP9 frame without its first packet")
        layers[-1].append(payload[_parse(payload).size :])
    if len(layers) > 1 and not present[-1][0] & _END and any(p[0] & _END for p in present):
        raise MediaError("VP9 picture without its end")
    frames = [frame for frame in map(b"".join, layers) if frame]
    if frames:
        return vp9.superframe(frames)
    raise MediaError("empty VP9 frame")


def is_key(payloads: Sequence[bytes]) -> bool:
    """Whether the picture begins with a key frame of spatial layer 0.

    The P bit alone does not say it: it is 0 in intra-only frames as well.
    """
    first = next(filter(None, payloads), b"\0")
    if first[0] & (_BEGIN | _INTER) != _BEGIN:
        return False
    try:
        descriptor = _parse(first)
    except MediaError:
        return False
    return descriptor.layer == 0 and vp9.is_key(first[descriptor.size : descriptor.size + 2])


def starts_frame(payload: bytes) -> bool:
    """Whether it begins a picture: a layer's frame that needs no lower one."""
    if not payload or not payload[0] & _BEGIN:
        return False
    try:
        return not _parse(payload).dependent
    except MediaError:
        return False


def _parse(payload: bytes) -> _Descriptor:
    try:
        descriptor = _parse_fields(payload)
    except IndexError:
        raise MediaError("VP9 descriptor is cut short") from None
    if descriptor.size > len(payload):
        raise MediaError("VP9 descriptor is cut short")
    return descriptor


def _parse_fields(payload: bytes) -> _Descriptor:
    """The payload descriptor (4.2); `IndexError` where it is cut short."""
    flags = payload[0]
    offset, layer, dependent = 1, 0, False
    if flags & _PICTURE_ID:
        offset += 2 if payload[offset] & 0x80 else 1
    if flags & _LAYERS:
        layer, dependent = payload[offset] >> 1 & 7, bool(payload[offset] & 1)
        offset += 1 if flags & _FLEXIBLE else 2  # TL0PICIDX in non-flexible mode only
    if flags & _FLEXIBLE and flags & _INTER:
        offset = _skip_references(payload, offset)
    if flags & _STRUCTURE:
        offset = _skip_structure(payload, offset)
    return _Descriptor(offset, layer, dependent)


def _skip_references(payload: bytes, offset: int) -> int:
    """P_DIFF up to the one without N (4.2)."""
    for index in range(offset, offset + _MAX_REFERENCES):
        if not payload[index] & 1:
            return index + 1
    raise MediaError("too many VP9 references")


def _skip_structure(payload: bytes, offset: int) -> int:
    """The scalability structure (4.2.1)."""
    fields = payload[offset]
    offset += 1
    if fields & 0x10:  # a width and a height for each spatial layer
        offset += 4 * ((fields >> 5) + 1)
    if fields & 0x08:  # the pictures of a group, each with R references
        pictures = payload[offset]
        offset += 1
        for _ in range(pictures):
            offset += 1 + (payload[offset] >> 2 & 3)
    return offset

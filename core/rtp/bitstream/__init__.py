"""Encoded frames, looked at no further than their headers: sizes, key frames, canonical form.

Nothing here decodes; the work is at most linear in the length of the frame.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MediaError
from ...model import Codec, Kind
from . import av1, h264, h265, vp8, vp9

_SIZES = {
    Codec.H264: h264.size,
    Codec.H265: h265.size,
    Codec.VP8: vp8.size,
    Codec.VP9: vp9.size,
    Codec.AV1: av1.size,
}
_KEYS = {
    Codec.H264: h264.is_key,
    Codec.H265: h265.is_key,
    Codec.VP8: vp8.is_key,
    Codec.VP9: vp9.is_key,
    Codec.AV1: av1.is_key,
}
_DEPTHS = {Codec.H264: h264.reorder_depth, Codec.H265: h265.reorder_depth}
_UNIT_KEYS = {Codec.H264: h264.unit_key, Codec.H265: h265.unit_key, Codec.AV1: av1.unit_key}
_INSERTIONS = {
    Codec.H264: h264.insert_units,
    Codec.H265: h265.insert_units,
    Codec.AV1: av1.insert_units,
}
_PICTURES = {Codec.H264: h264.has_picture, Codec.H265: h265.has_picture, Codec.AV1: av1.has_picture}
_CANONICAL = {
    Codec.H264: h264.canonical,
    Codec.H265: h265.canonical,
    Codec.AV1: av1.canonical,
}


def frame_size(codec: Codec, frame: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, where the frame says them (key frames do); else ``None``.

    Args:
        codec: Any codec; audio has no size.
        frame: As in `EncodedFrame.data`.

    Raises:
        MediaError: The header is malformed, or the size is impossible.
    """
    size = _SIZES.get(codec)
    return size(frame) if size else None


def is_key_frame(codec: Codec, frame: bytes) -> bool:
    """Whether decoding can begin with this frame; a malformed one is none. Audio always can.

    H.264 and H.265 need their parameter sets and AV1 its sequence header as well: `frame_size`
    tells whether they are here.
    """
    return codec.kind is Kind.AUDIO or _KEYS[codec](frame)


def reorder_depth(codec: Codec, frame: bytes) -> int | None:
    """How many pictures that are shown later may be sent before any picture.

    Returns:
        0 for codecs that never do so; ``None`` where a frame of H.264 or H.265 does not say
        (key frames with their parameter sets do), or says it in a malformed way.
    """
    depth = _DEPTHS.get(codec)
    try:
        return depth(frame) if depth else 0
    except MediaError:
        return None


def has_units(codec: Codec) -> bool:
    """Whether a codec has parameter sets or sequence headers, without which nothing decodes."""
    return codec in _UNIT_KEYS


def unit_key(codec: Codec, unit: bytes) -> tuple[int, int] | None:
    """Type and id of a parameter set or sequence header; ``None`` for all other units.

    Args:
        codec: Of the unit; those without such units have none.
        unit: A NAL unit without start code, or an AV1 OBU without its size.
    """
    key = _UNIT_KEYS.get(codec)
    return key(unit) if key and unit else None


def insert_units(codec: Codec, frame: bytes, units: Sequence[bytes]) -> bytes:
    """The frame with these parameter sets before its picture, in the order of their types."""
    insert = _INSERTIONS.get(codec)
    return insert(frame, units) if insert else frame


def has_picture(codec: Codec, frame: bytes) -> bool:
    """Whether there is coded picture data in it, not parameter sets alone.

    Raises:
        MediaError: It is malformed.
    """
    look = _PICTURES.get(codec)
    return look(frame) if look else True


def canonical(codec: Codec, frame: bytes) -> bytes:
    """The frame without what containers add, drop or rewrite, to be compared byte for byte.

    H.264 and H.265: NAL units with four-byte start codes, without delimiters, filler, trailing
    zeros, and parameter sets or SEI that follow a slice. AV1: every OBU with a minimal size
    field, without delimiters, padding, tile lists and redundant headers. Others: unchanged.

    Raises:
        MediaError: It is malformed.
    """
    convert = _CANONICAL.get(codec)
    return convert(frame) if convert else frame

"""What the recorder has to know of an H.265 access unit (ITU-T H.265)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import MediaError
from .bits import BitReader, checked_size
from .nal import join_annex_b, join_in_order, split_annex_b, unescape

VPS = 32
SPS = 33
PPS = 34
AUD = 35
FILLER = 38
_LAST_SLICE = 31
_OPENERS = frozenset({32, 33, 34, 35, 39})
"""VPS, SPS, PPS, delimiter and prefix SEI: after a slice they begin a new access unit."""
_CHROMA = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
"""Luma samples per chroma sample, across and down (table 6-1)."""


def nal_type(nal: bytes) -> int:
    """nal_unit_type (7.4.2.2)."""
    return nal[0] >> 1 & 0x3F


def is_slice(nal: bytes) -> bool:
    """Whether this is coded picture data."""
    return nal_type(nal) <= _LAST_SLICE


def is_first_slice(nal: bytes) -> bool:
    """Whether this is a slice that begins a picture (first_slice_segment_in_pic_flag)."""
    return is_slice(nal) and len(nal) > 2 and nal[2] >= 0x80


def is_random_access(nal: bytes) -> bool:
    """Whether this is a slice of an IDR, BLA or CRA picture."""
    return 16 <= nal_type(nal) <= 21


def without_repeats(nals: Iterable[bytes]) -> Iterator[bytes]:
    """The units of one access unit without parameter sets repeated after its first slice.

    Each of them would begin a new access unit (7.4.2.4.4).
    """
    slices = False
    for nal in nals:
        if slices and nal_type(nal) in _OPENERS:
            continue
        slices = slices or is_slice(nal)
        yield nal


def essential_nals(frame: bytes) -> list[bytes]:
    """The units of a frame in canonical form: no repeats, no delimiters, no filler.

    Raises:
        MediaError: There is none.
    """
    units = without_repeats(split_annex_b(frame))
    if nals := [nal for nal in units if nal_type(nal) not in (AUD, FILLER)]:
        return nals
    raise MediaError("no H.265 NAL unit")


def canonical(frame: bytes) -> bytes:
    """Annex B of `essential_nals`; containers add delimiters and change start codes."""
    return join_annex_b(essential_nals(frame))


def is_key(frame: bytes) -> bool:
    """Whether decoding can begin at this picture."""
    first = next((nal for nal in split_annex_b(frame) if is_slice(nal)), b"\0")
    return is_random_access(first)


def has_picture(frame: bytes) -> bool:
    """Whether there is a slice in it."""
    return any(map(is_slice, split_annex_b(frame)))


def unit_key(nal: bytes) -> tuple[int, int] | None:
    """Type and id of a VPS, SPS or PPS (7.3.2.1 to 7.3.2.3); ``None`` for other units."""
    kind = nal_type(nal)
    reader = BitReader(unescape(nal[2:]))
    try:
        if kind == VPS:
            return kind, reader.bits(4)
        if kind == PPS:
            return kind, reader.exp_golomb()
        return (kind, _read_sps_id(reader)) if kind == SPS else None
    except MediaError:
        return None


def insert_units(frame: bytes, units: Sequence[bytes]) -> bytes:
    """The access unit with more parameter sets, all of them where they belong (7.4.2.4.4)."""
    nals = [*units, *split_annex_b(frame)]
    return join_in_order(nals, _is_delimiter, _set_type)


def _is_delimiter(nal: bytes) -> bool:
    return nal_type(nal) == AUD


def _set_type(nal: bytes) -> int | None:
    kind = nal_type(nal)
    return kind if kind in (VPS, SPS, PPS) else None


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height from the first SPS, cropped; ``None`` where the frame has none.

    Raises:
        MediaError: The SPS is malformed.
    """
    sps = _first_sps(frame)
    return _read_sps(sps).size if sps else None


def reorder_depth(frame: bytes) -> int | None:
    """sps_max_num_reorder_pics of the first SPS, all layers; ``None`` where the frame has none.

    Raises:
        MediaError: The SPS is malformed.
    """
    sps = _first_sps(frame)
    return _read_reorder_depth(sps, _read_sps(sps).sub_layers) if sps else None


class _Sequence(NamedTuple):
    size: tuple[int, int]
    """Pixels across and down."""
    sub_layers: int
    """sps_max_sub_layers_minus1"""


def _first_sps(frame: bytes) -> BitReader | None:
    for nal in split_annex_b(frame):
        if nal_type(nal) == SPS:
            return BitReader(unescape(nal[2:]))
    return None


def _read_sps(sps: BitReader) -> _Sequence:
    """Section 7.3.2.2.1, up to the conformance window."""
    sub_layers = _read_sub_layers(sps)
    sps.exp_golomb()  # sps_seq_parameter_set_id
    chroma_format = sps.exp_golomb()
    if chroma_format not in _CHROMA:
        raise MediaError("unknown chroma format")
    if chroma_format == 3:
        sps.skip(1)  # separate_colour_plane_flag: the crop unit is one sample either way
    width, height = sps.exp_golomb(), sps.exp_golomb()
    if sps.flag():
        left, right, top, bottom = (sps.exp_golomb() for _ in range(4))
        across, down = _CHROMA[chroma_format]
        width, height = width - (left + right) * across, height - (top + bottom) * down
    return _Sequence(checked_size(width, height), sub_layers)


def _read_sps_id(sps: BitReader) -> int:
    _read_sub_layers(sps)
    return sps.exp_golomb()


def _read_sub_layers(sps: BitReader) -> int:
    """sps_max_sub_layers_minus1; profile, tier and level are passed over."""
    sps.skip(4)  # sps_video_parameter_set_id
    sub_layers = sps.bits(3)
    sps.skip(1)  # sps_temporal_id_nesting_flag
    _skip_profile_tier_level(sps, sub_layers)
    return sub_layers


def _read_reorder_depth(sps: BitReader, sub_layers: int) -> int:
    """Section 7.3.2.2.1, from the bit depths on."""
    for _ in range(3):  # bit depths, log2_max_pic_order_cnt_lsb_minus4
        sps.exp_golomb()
    each = sps.flag()  # sps_sub_layer_ordering_info_present_flag
    depth = 0
    for _ in range(sub_layers + 1 if each else 1):
        sps.exp_golomb()  # sps_max_dec_pic_buffering_minus1
        depth = sps.exp_golomb()
        sps.exp_golomb()  # sps_max_latency_increase_plus1
    return depth


def _skip_profile_tier_level(sps: BitReader, sub_layers: int) -> None:
    """Section 7.3.3; ``sub_layers`` is sps_max_sub_layers_minus1."""
    sps.skip(96)
    present = [(sps.flag(), sps.flag()) for _ in range(sub_layers)]
    if sub_layers:
        sps.skip(2 * (8 - sub_layers))
    for profile, level in present:
        sps.skip(88 * profile + 8 * level)

"""What the recorder has to know of an H.264 access unit (ITU-T H.264)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import MediaError
from .bits import BitReader, checked_size
from .nal import join_annex_b, join_in_order, split_annex_b, unescape

IDR = 5
SPS = 7
PPS = 8
AUD = 9
FILLER = 12
_BASELINE = 66
_INTRA_PROFILES = frozenset({44, 86, 100, 110, 122, 244})
"""Those in which constraint_set3_flag says that all pictures are IDR pictures (E.2.1)."""
_ORDER_OF_DECODING = 2
"""pic_order_cnt_type (8.2.1.3)"""
_USUAL_DEPTH = 3
"""Of pictures in three layers between two others, as deep as encoders for live video go."""
_EXTENDED_SAR = 255
_REMEMBERED = 64
"""Parameter sets, of some kilobytes at most, that need not be read again: a stream repeats its own
with every key frame."""
_FIRST_SLICES = (1, 2, 5)
_HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


class _Chroma(NamedTuple):
    """Luma samples per chroma sample."""

    across: int
    down: int


_CHROMA = {0: _Chroma(1, 1), 1: _Chroma(2, 2), 2: _Chroma(2, 1), 3: _Chroma(1, 1)}


def nal_type(nal: bytes) -> int:
    """nal_unit_type (7.4.1)."""
    return nal[0] & 0x1F


def is_slice(nal: bytes) -> bool:
    """Whether this is coded picture data."""
    return 1 <= nal[0] & 0x1F <= 5


def is_first_slice(nal: bytes) -> bool:
    """Whether this is a slice that begins a picture: first_mb_in_slice is 0 (7.3.3)."""
    return nal[0] & 0x1F in _FIRST_SLICES and len(nal) > 1 and nal[1] >= 0x80


def without_repeats(nals: Iterable[bytes]) -> Iterator[bytes]:
    """The units of one access unit without SEI, SPS, PPS and delimiters after its first slice.

    Each of them would begin a new access unit (7.4.1.2.3), yet senders with several slices
    repeat parameter sets before every slice, and readers of a file then see two pictures.
    """
    slices = False
    for nal in nals:
        kind = nal[0] & 0x1F
        if slices and 6 <= kind <= 9:
            continue
        slices = slices or 1 <= kind <= 5
        yield nal


def essential_nals(frame: bytes) -> list[bytes]:
    """The units of a frame in canonical form: no repeats, no delimiters, no filler.

    Raises:
        MediaError: There is none.
    """
    units = without_repeats(split_annex_b(frame))
    if nals := [nal for nal in units if nal[0] & 0x1F not in (AUD, FILLER)]:
        return nals
    raise MediaError("no H.264 NAL unit")


def canonical(frame: bytes) -> bytes:
    """Annex B of `essential_nals`; containers add delimiters and change start codes."""
    return join_annex_b(essential_nals(frame))


def is_key(frame: bytes) -> bool:
    """Whether the picture is an IDR picture (a recovery point alone is none)."""
    first = next((nal for nal in split_annex_b(frame) if is_slice(nal)), b"\0")
    return nal_type(first) == IDR


def has_picture(frame: bytes) -> bool:
    """Whether there is a slice in it."""
    return any(map(is_slice, split_annex_b(frame)))


def unit_key(nal: bytes) -> tuple[int, int] | None:
    """Type and id of an SPS or PPS (7.3.2.1.1, 7.3.2.2); ``None`` for other units."""
    kind = nal_type(nal)
    if kind not in (SPS, PPS):
        return None
    reader = BitReader(unescape(nal[1:]))
    try:
        if kind == SPS:
            reader.skip(24)  # profile, constraints, level
        return kind, reader.exp_golomb()
    except MediaError:
        return None


def insert_units(frame: bytes, units: Sequence[bytes]) -> bytes:
    """The access unit with more parameter sets, all of them where they belong (7.4.1.2.3)."""
    nals = [*units, *split_annex_b(frame)]
    return join_in_order(nals, _is_delimiter, _set_type)


def _is_delimiter(nal: bytes) -> bool:
    return nal_type(nal) == AUD


def _set_type(nal: bytes) -> int | None:
    kind = nal_type(nal)
    return kind if kind in (SPS, PPS) else None


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height from the first SPS, cropped; ``None`` where the frame has none.

    Raises:
        MediaError: The SPS is malformed.
    """
    sps = _first_sps(frame)
    return _size(sps) if sps else None


def reorder_depth(frame: bytes) -> int | None:
    """max_num_reorder_frames of the first SPS (E.2.1); ``None`` where the frame has none.

    Where it is left out, which many hardware encoders do, the profile, the kind of picture
    order and the number of references say that there is none, or set a bound.

    Raises:
        MediaError: The SPS is malformed.
    """
    sps = _first_sps(frame)
    return _reorder_depth(sps) if sps else None


@functools.lru_cache(_REMEMBERED)
def _size(sps: bytes) -> tuple[int, int]:
    return _read_sps(BitReader(sps)).size


@functools.lru_cache(_REMEMBERED)
def _reorder_depth(unit: bytes) -> int:
    sps = BitReader(unit)
    sequence = _read_sps(sps)
    if sequence.in_order:
        return 0
    try:
        said = _read_reorder_depth(sps)
    except MediaError:  # sizes are used of such an SPS as well
        said = None
    return max(0, min(sequence.references - 1, _USUAL_DEPTH)) if said is None else said


class _Sequence(NamedTuple):
    size: tuple[int, int]
    """Pixels across and down."""
    references: int
    """max_num_ref_frames"""
    in_order: bool
    """Pictures cannot be shown in another order than they are sent."""


def _first_sps(frame: bytes) -> bytes:
    """What is in it; empty where there is none."""
    return next((unescape(nal[1:]) for nal in split_annex_b(frame) if nal_type(nal) == SPS), b"")


def _read_sps(sps: BitReader) -> _Sequence:
    """Section 7.3.2.1.1, up to the VUI."""
    profile = sps.bits(8)
    sps.skip(3)  # constraint sets 0 to 2
    intra = sps.flag() and profile in _INTRA_PROFILES
    sps.skip(12)  # constraint sets 4 and 5, level
    sps.exp_golomb()  # seq_parameter_set_id
    chroma = _read_chroma(sps) if profile in _HIGH_PROFILES else _CHROMA[1]
    sps.exp_golomb()  # log2_max_frame_num_minus4
    order = _read_picture_order(sps)
    references = sps.exp_golomb()
    sps.skip(1)  # gaps_in_frame_num_value_allowed_flag
    width = (sps.exp_golomb() + 1) * 16
    map_units = sps.exp_golomb() + 1
    fields = 1 if sps.flag() else 2
    if fields == 2:
        sps.skip(1)  # mb_adaptive_frame_field_flag
    sps.skip(1)  # direct_8x8_inference_flag
    across, down = _read_cropping(sps)
    crop_width, crop_height = across * chroma.across, down * chroma.down * fields
    size = checked_size(width - crop_width, map_units * 16 * fields - crop_height)
    in_order = profile == _BASELINE or intra or order == _ORDER_OF_DECODING
    return _Sequence(size, references, in_order)


def _read_chroma(sps: BitReader) -> _Chroma:
    """The fields that only high profiles have."""
    chroma_format = sps.exp_golomb()
    if chroma_format not in _CHROMA:
        raise MediaError("unknown chroma format")
    if chroma_format == 3:
        sps.skip(1)  # separate_colour_plane_flag: the crop unit is one sample either way
    sps.exp_golomb()  # bit_depth_luma_minus8
    sps.exp_golomb()  # bit_depth_chroma_minus8
    sps.skip(1)  # qpprime_y_zero_transform_bypass_flag
    if sps.flag():
        for index in range(12 if chroma_format == 3 else 8):
            if sps.flag():
                _skip_scaling_list(sps, 16 if index < 6 else 64)
    return _CHROMA[chroma_format]


def _skip_scaling_list(sps: BitReader, entries: int) -> None:
    """Section 7.3.2.1.1.1: the list ends early where the next scale becomes 0."""
    scale = 8
    for _ in range(entries):
        following = (scale + sps.signed_exp_golomb()) % 256
        if following == 0:
            return
        scale = following


def _read_picture_order(sps: BitReader) -> int:
    """pic_order_cnt_type; what belongs to it is passed over."""
    kind = sps.exp_golomb()
    if kind == 0:
        sps.exp_golomb()  # log2_max_pic_order_cnt_lsb_minus4
    elif kind == 1:
        sps.skip(1)  # delta_pic_order_always_zero_flag
        sps.exp_golomb()  # offset_for_non_ref_pic
        sps.exp_golomb()  # offset_for_top_to_bottom_field
        cycle = sps.exp_golomb()
        if cycle > 255:
            raise MediaError("picture order cycle is too long")
        for _ in range(cycle):
            sps.exp_golomb()
    return kind


def _read_cropping(sps: BitReader) -> tuple[int, int]:
    """Crop units taken off the width and the height."""
    if not sps.flag():
        return 0, 0
    left, right, top, bottom = (sps.exp_golomb() for _ in range(4))
    return left + right, top + bottom


def _read_reorder_depth(sps: BitReader) -> int | None:
    """The VUI (E.1.1) from its flag on; ``None`` where it does not say."""
    if not sps.flag():
        return None
    if sps.flag() and sps.bits(8) == _EXTENDED_SAR:  # aspect_ratio_idc
        sps.skip(32)
    if sps.flag():
        sps.skip(1)  # overscan_appropriate_flag
    if sps.flag():
        sps.skip(4)  # video_format, video_full_range_flag
        if sps.flag():
            sps.skip(24)  # colour description
    if sps.flag():
        sps.exp_golomb()  # chroma_sample_loc_type of both fields
        sps.exp_golomb()
    if sps.flag():
        sps.skip(65)  # timing
    buffered = [_skip_buffer_model(sps) for _ in ("NAL", "VCL")]
    if any(buffered):
        sps.skip(1)  # low_delay_hrd_flag
    sps.skip(1)  # pic_struct_present_flag
    if not sps.flag():
        return None
    sps.skip(1)  # motion_vectors_over_pic_boundaries_flag
    for _ in range(4):  # bytes and bits per picture, vector lengths
        sps.exp_golomb()
    return sps.exp_golomb()


def _skip_buffer_model(sps: BitReader) -> bool:
    """hrd_parameters() (E.1.2), where they are present."""
    if not sps.flag():
        return False
    count = sps.exp_golomb() + 1
    if count > 32:
        raise MediaError("too many coded picture buffers")
    sps.skip(8)  # scales
    for _ in range(count):
        sps.exp_golomb()
        sps.exp_golomb()
        sps.skip(1)
    sps.skip(20)  # lengths of delays
    return True

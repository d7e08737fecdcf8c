"""What the recorder has to know of an H.264 access unit (ITU-T H.264)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...errors import MediaError
from .bits import BitReader, checked_size
from .nal import join_annex_b, split_annex_b, unescape

IDR = 5
SPS = 7
AUD = 9
FILLER = 12
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


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height from the first SPS, cropped; ``None`` where the frame has none.

    Raises:
        MediaError: The SPS is malformed.
    """
    for nal in split_annex_b(frame):
        if nal_type(nal) == SPS:
            return _sps_size(BitReader(unescape(nal[1:])))
    return None


def _sps_size(sps: BitReader) -> tuple[int, int]:
    """Section 7.3.2.1.1."""
    profile = sps.bits(8)
    sps.skip(16)  # constraints, level
    sps.exp_golomb()  # seq_parameter_set_id
    chroma = _read_chroma(sps) if profile in _HIGH_PROFILES else _CHROMA[1]
    sps.exp_golomb()  # log2_max_frame_num_minus4
    _skip_picture_order(sps)
    sps.exp_golomb()  # max_num_ref_frames
    sps.skip(1)  # gaps_in_frame_num_value_allowed_flag
    width = (sps.exp_golomb() + 1) * 16
    map_units = sps.exp_golomb() + 1
    fields = 1 if sps.flag() else 2
    if fields == 2:
        sps.skip(1)  # mb_adaptive_frame_field_flag
    sps.skip(1)  # direct_8x8_inference_flag
    across, down = _read_cropping(sps)
    crop_width, crop_height = across * chroma.across, down * chroma.down * fields
    return checked_size(width - crop_width, map_units * 16 * fields - crop_height)


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


def _skip_picture_order(sps: BitReader) -> None:
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


def _read_cropping(sps: BitReader) -> tuple[int, int]:
    """Crop units taken off the width and the height."""
    if not sps.flag():
        return 0, 0
    left, right, top, bottom = (sps.exp_golomb() for _ in range(4))
    return left + right, top + bottom

"""The sequence header of AV1 (AV1 specification, 5.5): sizes and what frame headers depend on."""

from __future__ import annotations

from typing import NamedTuple

from .bits import BitReader


class SequenceHeader(NamedTuple):
    """What has to be known to find the picture size in a key frame's header."""

    width: int
    """Pixels, of the largest frame; height likewise."""
    height: int
    width_bits: int
    """Length of a frame's own width; height likewise."""
    height_bits: int
    reduced: bool
    """A still picture, whose frame header leaves most fields out."""
    spatial_layers: bool
    presentation_time_bits: int
    removal_time_bits: int
    """Length of buffer_removal_time; 0 without a decoder model."""
    timed_operating_points: int
    """Operating points with a buffer_removal_time."""
    frame_id_bits: int
    screen_content_tools: bool | None
    """``None``: each frame says."""
    choose_integer_motion: bool
    """Each frame with screen content tools says whether motion vectors are integers."""
    order_hint_bits: int


class _Timing(NamedTuple):
    """Lengths in bits of what the decoder model adds; 0 without one."""

    delay: int = 0
    removal: int = 0
    presentation: int = 0


class _Points(NamedTuple):
    timing: _Timing = _Timing()
    timed: int = 0
    spatial_layers: bool = False
    equal_intervals: bool = False


class _Tools(NamedTuple):
    screen_content: bool | None = None
    choose_integer_motion: bool = True
    order_hint_bits: int = 0


def parse_sequence_header(payload: bytes) -> SequenceHeader:
    """sequence_header_obu() up to the tools (5.5.1).

    Raises:
        MediaError: It is cut short.
    """
    header = BitReader(payload)
    header.skip(4)  # seq_profile, still_picture
    reduced = header.flag()
    points = _read_still_level(header) if reduced else _read_operating_points(header)
    width_bits, height_bits = header.bits(4) + 1, header.bits(4) + 1
    width, height = header.bits(width_bits) + 1, header.bits(height_bits) + 1
    frame_id_bits = 0
    if not reduced and header.flag():
        frame_id_bits = header.bits(4) + 2 + header.bits(3) + 1
    header.skip(3)  # superblock size, filter-intra, intra edge filter
    tools = _Tools() if reduced else _read_tools(header)
    return SequenceHeader(
        width=width,
        height=height,
        width_bits=width_bits,
        height_bits=height_bits,
        reduced=reduced,
        spatial_layers=points.spatial_layers,
        presentation_time_bits=0 if points.equal_intervals else points.timing.presentation,
        removal_time_bits=points.timing.removal,
        timed_operating_points=points.timed,
        frame_id_bits=frame_id_bits,
        screen_content_tools=tools.screen_content,
        choose_integer_motion=tools.choose_integer_motion,
        order_hint_bits=tools.order_hint_bits,
    )


def _read_still_level(header: BitReader) -> _Points:
    header.skip(5)  # seq_level_idx
    return _Points()


def _read_operating_points(header: BitReader) -> _Points:
    """From timing_info_present_flag to the last operating point."""
    timing, equal_intervals = _Timing(), False
    if header.flag():
        header.skip(64)  # num_units_in_display_tick, time_scale
        equal_intervals = header.flag()
        if equal_intervals:
            header.exp_golomb()  # num_ticks_per_picture_minus_1
        if header.flag():
            timing = _read_decoder_model(header)
    delays = header.flag()  # initial_display_delay_present_flag
    timed, layers = 0, 0
    for _ in range(header.bits(5) + 1):
        layers |= header.bits(12) >> 8
        if header.bits(5) > 7:  # seq_level_idx
            header.skip(1)  # seq_tier
        if timing.delay and header.flag():
            timed += 1
            header.skip(2 * timing.delay + 1)
        if delays and header.flag():
            header.skip(4)
    return _Points(timing, timed, layers.bit_count() > 1, equal_intervals)


def _read_decoder_model(header: BitReader) -> _Timing:
    """decoder_model_info() (5.5.4)."""
    delay = header.bits(5) + 1
    header.skip(32)  # num_units_in_decoding_tick
    return _Timing(delay, header.bits(5) + 1, header.bits(5) + 1)


def _read_tools(header: BitReader) -> _Tools:
    """From enable_interintra_compound to order_hint_bits."""
    header.skip(4)
    order_hints = header.flag()
    if order_hints:
        header.skip(2)  # enable_jnt_comp, enable_ref_frame_mvs
    screen_content = None if header.flag() else header.flag()
    choose_integer_motion = True
    if screen_content is not False:
        choose_integer_motion = header.flag()
        if not choose_integer_motion:
            header.skip(1)  # seq_force_integer_mv
    order_hint_bits = header.bits(3) + 1 if order_hints else 0
    return _Tools(screen_content, choose_integer_motion, order_hint_bits)

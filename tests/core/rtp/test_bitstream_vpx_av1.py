from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream import canonical, frame_size, is_key_frame, vp9
from roomdeck.core.rtp.bitstream.bits import write_leb128

from .bitwriter import BitWriter
from .encoded import encode

sizes = st.tuples(st.integers(1, 16384), st.integers(1, 16384))


def test_vp8_scaling_bits_are_not_part_of_the_size() -> None:
    frame = b"\x10\x00\x00\x9d\x01\x2a" + bytes((0x41, 0x41, 0x02, 0x80))
    assert frame_size(Codec.VP8, frame) == (0x141, 2)
    assert frame_size(Codec.VP8, b"\x11" + frame[1:]) is None


@pytest.mark.parametrize(
    "frame", [b"\x10", b"\x10\0\0\x9d\x01\x2b\x10\0\x10\0", b"\x10\0\0\x9d\x01\x2a\0\0\x10\0"]
)
def test_malformed_vp8_key_frames(frame: bytes) -> None:
    with pytest.raises(MediaError):
        frame_size(Codec.VP8, frame)


def vp9_key_header(profile: int, size: tuple[int, int], *, rgb: bool = False) -> bytes:
    header = BitWriter().put(2, 2).put(profile & 1).put(profile >> 1)
    if profile == 3:
        header.put(0)
    header.put(0).put(0).put(1).put(0).put(0x498342, 24)
    if profile >= 2:
        header.put(1)
    header.put(7 if rgb else 2, 3)
    if not rgb:
        header.put(0)
        if profile & 1:
            header.put(0, 3)
    elif profile & 1:
        header.put(0)
    return header.put(size[0] - 1, 16).put(size[1] - 1, 16).done()


@given(st.integers(0, 3), sizes, st.booleans())
def test_vp9_key_frames_of_all_profiles(profile: int, size: tuple[int, int], rgb: bool) -> None:
    # No frame ends with what could be a superframe index (VP9, annex B).
    frame = vp9_key_header(profile, size, rgb=rgb and bool(profile & 1)) + b"\0"
    assert frame_size(Codec.VP9, frame) == size
    assert is_key_frame(Codec.VP9, frame)


def vp9_inter_header(size: tuple[int, int] | None) -> bytes:
    header = BitWriter().put(0b1000, 4).put(0b0110, 4).put(0, 2).put(0, 8 + 12)
    if size is None:
        return header.put(0b01, 2).put(0, 30).done()
    return header.put(0, 3).put(size[0] - 1, 16).put(size[1] - 1, 16).done()


def test_vp9_inter_frames_may_have_a_size() -> None:
    assert frame_size(Codec.VP9, vp9_inter_header(None)) is None
    assert frame_size(Codec.VP9, vp9_inter_header((321, 123))) == (321, 123)
    assert not is_key_frame(Codec.VP9, vp9_inter_header(None))


@pytest.mark.parametrize("profile", [0, 2])
def test_vp9_intra_only_frames_are_no_key_frames(profile: int) -> None:
    header = BitWriter().put(2, 2).put(0).put(profile >> 1).put(0).put(1).put(0).put(0).put(1)
    header.put(0, 2).put(0x498342, 24)
    if profile:
        header.put(0).put(2, 3).put(0)
    frame = header.put(0, 8).put(99, 16).put(49, 16).done()
    assert frame_size(Codec.VP9, frame) == (100, 50)
    assert not is_key_frame(Codec.VP9, frame)


def test_vp9_superframe_has_the_size_of_its_largest_layer() -> None:
    layers = [vp9_key_header(0, (160, 90)), vp9_inter_header((320, 180)), vp9_inter_header(None)]
    frame = vp9.superframe(layers)
    assert frame_size(Codec.VP9, frame) == (320, 180)
    assert is_key_frame(Codec.VP9, frame)


def test_vp9_superframe_index_that_lies() -> None:
    frame = bytearray(vp9.superframe([vp9_key_header(0, (160, 90)), bytes(5)]))
    frame[-3] = 255
    with pytest.raises(MediaError, match="index"):
        frame_size(Codec.VP9, bytes(frame))


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_vp9_key_frame_cut_short(cut: int) -> None:
    with pytest.raises(MediaError):
        frame_size(Codec.VP9, vp9_key_header(0, (160, 90))[:cut])


def av1_obu(kind: int, payload: bytes) -> bytes:
    return bytes((kind << 3 | 2,)) + write_leb128(len(payload)) + payload


class Av1Headers(NamedTuple):
    """A sequence of 15-bit widths and 16-bit heights, and its key frame."""

    size: tuple[int, int]
    override: tuple[int, int] | None
    equal_intervals: bool
    timing: bool
    decoder_model: bool
    delays: bool
    points: list[tuple[int, bool]]
    """Level, and whether it has operating parameters."""
    frame_ids: bool
    screen_content: bool | None
    integer_motion: bool
    order_bits: int

    @property
    def model(self) -> bool:
        return self.timing and self.decoder_model

    def write_timing(self, out: BitWriter) -> None:
        out.put(self.timing)
        if self.timing:
            out.put(1, 32).put(30, 32).put(self.equal_intervals)
            if self.equal_intervals:
                out.ue(1000)
            out.put(self.model)
            if self.model:
                out.put(9, 5).put(1, 32).put(11, 5).put(12, 5)
        out.put(self.delays).put(len(self.points) - 1, 5)
        for level, timed in self.points:
            out.put(0x101, 12).put(level, 5).put(1, 1 if level > 7 else 0)
            if self.model:
                out.put(timed).put(0, 2 * 10 + 1 if timed else 0)
            if self.delays:
                out.put(1).put(3, 4)

    def write_tools(self, out: BitWriter) -> None:
        out.put(0, 3).put(0, 4).put(self.order_bits > 0).put(0, 2 if self.order_bits else 0)
        out.put(self.screen_content is None)
        if self.screen_content is not None:
            out.put(self.screen_content)
        if self.screen_content is not False:
            out.put(self.integer_motion)
            if not self.integer_motion:
                out.put(0)
        if self.order_bits:
            out.put(self.order_bits - 1, 3)

    def sequence(self) -> bytes:
        out = BitWriter().put(0, 5)
        self.write_timing(out)
        out.put(14, 4).put(15, 4).put(self.size[0] - 1, 15).put(self.size[1] - 1, 16)
        out.put(self.frame_ids)
        if self.frame_ids:
            out.put(5, 4).put(6, 3)
        self.write_tools(out)
        return out.done()

    def frame(self) -> bytes:
        out = BitWriter().put(0b0001, 4)
        if self.model and not self.equal_intervals:
            out.put(0, 13)
        out.put(0)
        if self.screen_content is None:
            out.put(1)
        if self.screen_content is not False and self.integer_motion:
            out.put(0)
        if self.frame_ids:
            out.put(0, 7 + 7)
        out.put(self.override is not None).put(0, self.order_bits)
        if self.model:
            out.put(1).put(0, 12 * sum(timed for _, timed in self.points))
        if self.override:
            out.put(self.override[0] - 1, 15).put(self.override[1] - 1, 16)
        return out.done() + bytes(9)


av1_headers = st.builds(
    Av1Headers,
    size=sizes,
    override=st.none() | sizes,
    points=st.lists(st.tuples(st.integers(0, 31), st.booleans()), min_size=1, max_size=5),
    order_bits=st.integers(0, 8),
)


@given(av1_headers)
def test_av1_headers(headers: Av1Headers) -> None:
    unit = av1_obu(2, b"") + av1_obu(1, headers.sequence()) + av1_obu(6, headers.frame())
    assert frame_size(Codec.AV1, unit) == (headers.override or headers.size)
    assert is_key_frame(Codec.AV1, unit)


def av1_reduced_sequence() -> bytes:
    sequence = BitWriter().put(0, 3).put(1).put(1).put(0, 5).put(7, 4).put(7, 4)
    return av1_obu(1, sequence.put(63, 8).put(47, 8).put(0, 20).done())


def test_av1_reduced_still_picture_is_a_key_frame() -> None:
    unit = av1_reduced_sequence() + av1_obu(6, b"\xff" * 9)
    assert is_key_frame(Codec.AV1, unit)
    assert frame_size(Codec.AV1, unit) == (64, 48)


def test_av1_size_with_spatial_layers_is_the_largest() -> None:
    sequence = BitWriter().put(0, 5).put(0).put(0).put(1, 5)
    sequence.put(0x301, 12).put(0, 5).put(0x101, 12).put(0, 5)
    sequence.put(7, 4).put(7, 4).put(199, 8).put(99, 8).put(0, 1 + 3 + 4 + 1).put(0, 2).done()
    frame = BitWriter().put(0b0001, 4).put(0).put(1).put(99, 8).put(49, 8).put(0, 40).done()
    unit = av1_obu(1, sequence.put(0, 9).done()) + av1_obu(6, frame)
    assert frame_size(Codec.AV1, unit) == (200, 100)


@pytest.mark.parametrize("first", [0x80, 0x90, 0x30, 0x00])
def test_av1_other_frames_are_no_key_frames(first: int) -> None:
    """show_existing_frame, inter frame, key frame that is not shown."""
    sequence = next(part for part in split(encode("av1")[0].data) if part[0] >> 3 == 1)
    assert not is_key_frame(Codec.AV1, sequence + av1_obu(6, bytes((first, 0, 0, 0))))
    assert is_key_frame(Codec.AV1, sequence + av1_obu(6, b"\x10\0\0\0"))


def test_av1_key_frame_whose_sequence_header_came_before() -> None:
    frame = av1_obu(6, b"\x10\0\0\0")
    assert is_key_frame(Codec.AV1, frame)
    assert frame_size(Codec.AV1, frame) is None


def test_av1_canonical_form() -> None:
    frame = b"\x12\x00" + b"\x0a\x81\x00\xaa" + b"\x7a\x01\x00" + b"\x34\x08\x01\x02"
    assert canonical(Codec.AV1, frame) == b"\x0a\x01\xaa" + b"\x36\x08\x02\x01\x02"


@pytest.mark.parametrize(
    "frame", [b"\x92\x00", b"\x0a\x05\x00", b"\x0a\x80", b"\x0c", b"\x32\x00" * 5000]
)
def test_malformed_av1_units(frame: bytes) -> None:
    with pytest.raises(MediaError):
        canonical(Codec.AV1, frame)
    assert not is_key_frame(Codec.AV1, frame)


def split(frame: bytes) -> list[bytes]:
    parts: list[bytes] = []
    while frame:
        size, shift, offset = 0, 0, 1
        while True:
            size |= (frame[offset] & 0x7F) << shift
            offset, shift = offset + 1, shift + 7
            if frame[offset - 1] < 0x80:
                break
        parts.append(frame[: offset + size])
        frame = frame[offset + size :]
    return parts

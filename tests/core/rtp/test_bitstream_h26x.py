from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream import canonical, frame_size, is_key_frame
from roomdeck.core.rtp.bitstream.nal import START_CODE

from .bitwriter import BitWriter, escape

CROP_UNITS = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
crops = st.tuples(*[st.integers(0, 3)] * 4)


@given(
    profile=st.sampled_from([66, 77, 88, 100, 110, 122, 244]),
    chroma=st.sampled_from([0, 1, 2, 3]),
    lists=st.lists(
        st.none() | st.lists(st.integers(-128, 127), min_size=16, max_size=16), max_size=6
    ),
    order=st.sampled_from([0, 1, 2]),
    cycle=st.lists(st.integers(-(2**20), 2**20), max_size=255),
    blocks=st.tuples(st.integers(2, 1024), st.integers(1, 500)),
    frame_only=st.booleans(),
    crop=crops,
)
def test_h264_sps(
    profile: int,
    chroma: int,
    lists: list[list[int] | None],
    order: int,
    cycle: list[int],
    blocks: tuple[int, int],
    frame_only: bool,
    crop: tuple[int, ...],
) -> None:
    sps = BitWriter().put(profile, 8).put(0, 16).ue(0)
    if profile >= 100:
        sps.ue(chroma)
        if chroma == 3:
            sps.put(1)
        sps.ue(0).ue(0).put(0)
        write_scaling_lists(sps, lists, 12 if chroma == 3 else 8)
    sps.ue(4).ue(order)
    if order == 0:
        sps.ue(4)
    elif order == 1:
        sps.put(0).se(-5).se(7).ue(len(cycle))
        for offset in cycle:
            sps.se(offset)
    sps.ue(1).put(0).ue(blocks[0] - 1).ue(blocks[1] - 1).put(frame_only)
    if not frame_only:
        sps.put(1)
    sps.put(1).put(1)
    for value in crop:
        sps.ue(value)
    across, down = CROP_UNITS[chroma if profile >= 100 else 1]
    fields = 1 if frame_only else 2
    width = blocks[0] * 16 - (crop[0] + crop[1]) * across
    height = blocks[1] * 16 * fields - (crop[2] + crop[3]) * down * fields
    frame = START_CODE + b"\x67" + escape(sps.done())
    assert frame_size(Codec.H264, frame) == (width, height)


def write_scaling_lists(sps: BitWriter, lists: list[list[int] | None], count: int) -> None:
    sps.put(bool(lists))
    for index in range(count if lists else 0):
        deltas = lists[index] if index < len(lists) else None
        sps.put(deltas is not None)
        scale = 8
        for delta in deltas or ():
            sps.se(delta)
            scale = (scale + delta) % 256
            if scale == 0:
                break
        else:
            if deltas and index >= 6:
                sps.se(-scale)


@given(
    chroma=st.sampled_from([0, 1, 2, 3]),
    sub_layers=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=6),
    size=st.tuples(st.integers(16, 16384), st.integers(16, 16384)),
    crop=st.none() | crops,
)
def test_h265_sps(
    chroma: int,
    sub_layers: list[tuple[bool, bool]],
    size: tuple[int, int],
    crop: tuple[int, ...] | None,
) -> None:
    sps = BitWriter().put(0, 4).put(len(sub_layers), 3).put(1).put(0, 96)
    for profile, level in sub_layers:
        sps.put(profile).put(level)
    if sub_layers:
        sps.put(0, 2 * (8 - len(sub_layers)))
    for profile, level in sub_layers:
        sps.put(0, 88 * profile).put(0, 8 * level)
    sps.ue(0).ue(chroma)
    if chroma == 3:
        sps.put(0)
    sps.ue(size[0]).ue(size[1]).put(crop is not None)
    for value in crop or ():
        sps.ue(value)
    across, down = CROP_UNITS[chroma]
    left, right, top, bottom = crop or (0, 0, 0, 0)
    expected = (size[0] - (left + right) * across, size[1] - (top + bottom) * down)
    frame = START_CODE + b"\x42\x01" + escape(sps.done())
    assert frame_size(Codec.H265, frame) == expected


def test_a_picture_that_is_cropped_away_is_refused() -> None:
    sps = BitWriter().put(66, 8).put(0, 16).ue(0).ue(0).ue(2).ue(1).put(0).ue(0).ue(0).put(1)
    sps.put(1).put(1).ue(8).ue(0).ue(0).ue(0)
    with pytest.raises(MediaError, match="size"):
        frame_size(Codec.H264, START_CODE + b"\x67" + escape(sps.done()))


def test_h264_picture_order_cycle_is_bounded() -> None:
    sps = BitWriter().put(66, 8).put(0, 16).ue(0).ue(0).ue(1).put(0).se(0).se(0).ue(10**9)
    with pytest.raises(MediaError, match="cycle"):
        frame_size(Codec.H264, START_CODE + b"\x67" + escape(sps.done()) + b"\xff" * 4000)


def test_h264_canonical_form() -> None:
    frame = (
        b"\0\0\1\x09\xf0"  # delimiter
        b"\0\0\0\1\x67\x01"
        b"\0\0\1\x68\x02\0\0"  # short start code, trailing zeros
        b"\0\0\1\x0c\xff\xff\x80"  # filler
        b"\0\0\1\x65\x88\x03"
        b"\0\0\1\x67\x01\0\0\1\x68\x02\0\0\1\x06\x05"  # repeated within the access unit
        b"\0\0\1\x65\x08\x04\0"
    )
    nals = (b"\x67\x01", b"\x68\x02", b"\x65\x88\x03", b"\x65\x08\x04")
    assert canonical(Codec.H264, frame) == b"".join(START_CODE + nal for nal in nals)


def test_h265_canonical_form() -> None:
    vps, sps, aud, filler = b"\x40\x01\xaa", b"\x42\x01\xbb", b"\x46\x01\x50", b"\x4c\x01\xff\x80"
    slices, suffix = (b"\x26\x01\x80", b"\x26\x01\x40"), b"\x50\x01\x11"
    frame = b"".join(
        b"\0\0\1" + nal for nal in (aud, vps, sps, filler, slices[0], sps, slices[1], suffix)
    )
    expected = b"".join(START_CODE + nal for nal in (vps, sps, *slices, suffix))
    assert canonical(Codec.H265, frame) == expected


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_canonical_form_needs_a_nal_unit(codec: Codec) -> None:
    with pytest.raises(MediaError):
        canonical(codec, b"no start code here")


def test_a_recovery_point_is_no_key_frame() -> None:
    recovery_point = b"\0\0\1\x06\x06\x01\xc4\x80\0\0\1\x41\x9a\x01"
    assert not is_key_frame(Codec.H264, recovery_point)


@pytest.mark.parametrize(
    ("kind", "key"), [(1, False), (9, False), (16, True), (19, True), (21, True)]
)
def test_h265_random_access(kind: int, key: bool) -> None:
    assert is_key_frame(Codec.H265, b"\0\0\1" + bytes((kind << 1, 1, 0x80))) is key

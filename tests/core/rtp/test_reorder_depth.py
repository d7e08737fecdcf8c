"""How far pictures are out of order, as parameter sets say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream import frame_size, reorder_depth
from roomdeck.core.rtp.bitstream.nal import START_CODE

from .bitwriter import BitWriter, escape

BASELINE, MAIN, HIGH = 66, 77, 100


def sps(
    profile: int = MAIN, constraints: int = 0, order: int = 0, references: int = 4
) -> BitWriter:
    """An SPS of 64x48 up to the flag that a VUI follows."""
    out = BitWriter().put(profile, 8).put(constraints, 8).put(31, 8).ue(0)
    if profile == HIGH:
        out.ue(1).ue(0).ue(0).put(0).put(0)
    out.ue(4).ue(order)
    if order == 0:
        out.ue(4)
    return out.ue(references).put(0).ue(3).ue(2).put(1).put(1).put(0)


def h264(out: BitWriter) -> bytes:
    return START_CODE + b"\x67" + escape(out.done()) + START_CODE + b"\x65\x88\x80"


def put_buffer_model(out: BitWriter, buffers: int) -> None:
    out.put(buffers > 0)
    if buffers:
        out.ue(buffers - 1).put(0, 8)
        for n in range(buffers):
            out.ue(n).ue(1000).put(1)
        out.put(0, 20)


@given(
    aspect=st.sampled_from([None, 1, 255]),
    overscan=st.booleans(),
    colour=st.sampled_from([None, False, True]),
    chroma=st.booleans(),
    timing=st.booleans(),
    buffers=st.tuples(st.integers(0, 32), st.integers(0, 32)),
    depth=st.integers(0, 16),
)
def test_h264_says_it_in_the_vui(
    aspect: int | None,
    overscan: bool,
    colour: bool | None,
    chroma: bool,
    timing: bool,
    buffers: tuple[int, int],
    depth: int,
) -> None:
    out = sps(HIGH).put(1).put(aspect is not None)
    if aspect is not None:
        out.put(aspect, 8).put(0, 32 if aspect == 255 else 0)
    out.put(overscan).put(1, int(overscan)).put(colour is not None)
    if colour is not None:
        out.put(5, 3).put(0).put(colour).put(0, 24 if colour else 0)
    out.put(chroma)
    if chroma:
        out.ue(2).ue(3)
    out.put(timing).put(1, 65 if timing else 0)
    for count in buffers:
        put_buffer_model(out, count)
    if any(buffers):
        out.put(0)
    out.put(1).put(1).put(1).ue(2).ue(1).ue(16).ue(16).ue(depth).ue(16)
    assert reorder_depth(Codec.H264, h264(out)) == depth


@pytest.mark.parametrize(
    ("start", "depth"),
    [
        (sps(BASELINE), 0),
        (sps(HIGH, constraints=0x10), 0),  # all intra
        (sps(MAIN, constraints=0x10), 3),  # level 1b
        (sps(order=2), 0),
        (sps(references=1), 0),
        (sps(references=2), 1),
        (sps(references=4), 3),
        (sps(references=16), 3),
    ],
)
@pytest.mark.parametrize("vui", [False, True])
def test_h264_where_nothing_is_said(start: BitWriter, depth: int, vui: bool) -> None:
    rest = "100000000" if vui else "0"  # with a VUI: nothing in it
    out = BitWriter()
    out.text = start.text + rest
    assert reorder_depth(Codec.H264, h264(out)) == depth


def test_a_damaged_vui_says_nothing() -> None:
    frame = h264(sps().put(1).put(1).put(255, 8))
    assert frame_size(Codec.H264, frame) == (64, 48)
    assert reorder_depth(Codec.H264, frame) == 3


@given(layers=st.lists(st.integers(0, 15), min_size=1, max_size=7), each=st.booleans())
def test_h265_says_it_for_its_layers(layers: list[int], each: bool) -> None:
    more = len(layers) - 1
    out = BitWriter().put(0, 4).put(more, 3).put(1).put(0, 96)
    out.put(0, 2 * more).put(0, 2 * (8 - more) if more else 0)
    out.ue(0).ue(1).ue(64).ue(48).put(0).ue(0).ue(0).ue(4).put(each)
    for depth in layers if each else layers[-1:]:
        out.ue(15).ue(depth).ue(0)
    frame = START_CODE + b"\x42\x01" + escape(out.done())
    assert reorder_depth(Codec.H265, frame) == layers[-1]


@pytest.mark.parametrize(
    ("codec", "frame"),
    [
        (Codec.H264, START_CODE + b"\x41\x9a\x80"),
        (Codec.H265, START_CODE + b"\x02\x01\x80"),
        (Codec.H264, START_CODE + b"\x67\x4d"),
        (Codec.H265, START_CODE + b"\x42\x01\x01"),
        (Codec.H264, b""),
    ],
)
def test_not_said(codec: Codec, frame: bytes) -> None:
    assert reorder_depth(codec, frame) is None


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.VP9, Codec.AV1, Codec.OPUS])
def test_others_never_do_it(codec: Codec) -> None:
    assert reorder_depth(codec, b"\0") == 0

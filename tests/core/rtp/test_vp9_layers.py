"""Of a picture with spatial layers one frame is shown, and it is the one that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream.vp9 import split_superframe, superframe
from roomdeck.core.rtp.bitstream.vp9_layers import SinglePictures

from .encoded import decode, noise

STREAMS = {
    "plain": (66, 50, "yuv420p", ()),
    "tiles": (1030, 66, "yuv420p", (("tile-columns", "2"), ("tile-rows", "1"))),
    "segments": (130, 98, "yuv420p", (("aq-mode", "3"),)),
    "444": (66, 50, "yuv444p", ()),
}


@cache
def stream(name: str, count: int = 12) -> tuple[bytes, ...]:
    """Frames of one size, as independent of show_frame as those of layers are."""
    width, height, pixels, options = STREAMS[name]
    encoder: Any = av.CodecContext.create("libvpx-vp9", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base, encoder.framerate = Fraction(1, 30), 30
    encoder.gop_size, encoder.bit_rate, encoder.thread_count = 6, 500_000, 1
    encoder.options = {
        **{"deadline": "realtime", "lag-in-frames": "0", "error-resilient": "1", "cpu-used": "7"},
        **dict(options),
    }
    packets: list[Any] = []
    for number in range(count):
        picture = noise(width, height, number % 3).reformat(format=pixels)
        picture.pts = number
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    return tuple(bytes(packet) for packet in packets)


def single(pictures: Sequence[bytes]) -> list[bytes]:
    shows = SinglePictures()
    return [shows.single(picture) for picture in pictures]


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("name", STREAMS)
def test_the_last_frame_is_shown_as_it_was_sent(name: str, layers: int) -> None:
    frames = stream(name)
    pictures = [superframe(frames[n : n + layers]) for n in range(0, len(frames), layers)]
    every = decode(Codec.VP9, frames)
    assert len(every) == len(frames)
    assert decode(Codec.VP9, single(pictures)) == every[layers - 1 :: layers]


def test_layers_may_come_and_go() -> None:
    frames = stream("plain")
    sizes = [1, 2, 1, 1, 3, 1, 2, 1]
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    pictures = [superframe(frames[b - n : b]) for n, b in zip(sizes, ends, strict=True)]
    every = decode(Codec.VP9, frames)
    assert decode(Codec.VP9, single(pictures)) == [every[end - 1] for end in ends]


def test_most_bytes_stay() -> None:
    frames = stream("plain")
    (shown,) = single([superframe(frames[6:8])])
    first, second = split_superframe(shown)
    assert second == frames[7]
    assert first[1:] == frames[6][1:]  # a key frame: one bit
    pictures = single([superframe(frames[:2]), superframe(frames[2:4])])
    first, second = split_superframe(pictures[1])
    assert second == frames[3]
    assert first[-len(frames[2]) + 40 :] == frames[2][40:]


def test_pictures_without_layers_are_not_touched() -> None:
    frames = stream("plain")
    assert single(frames) == list(frames)
    hidden = split_superframe(single([superframe(frames[:2])])[0])
    # As encoders make it of their own: a hidden frame and a shown one.
    usual = superframe([hidden[0], frames[1]])
    assert single([usual, *frames[2:]]) == [usual, *frames[2:]]


def test_a_frame_that_shows_another_one_is_left_out() -> None:
    frames = stream("plain")
    again = b"\x88"  # show_existing_frame
    (shown,) = single([superframe([frames[0], again, frames[1]])])
    assert len(split_superframe(shown)) == 2


@given(data=st.data())
def test_damaged_ones_are_not_touched_or_stay_superframes(data: st.DataObject) -> None:
    frames = list(stream("plain")[:4])
    for _ in range(data.draw(st.integers(1, 3))):
        victim = data.draw(st.integers(0, 3))
        broken = bytearray(frames[victim])
        broken[data.draw(st.integers(0, min(30, len(broken) - 1)))] = data.draw(st.integers(0, 255))
        frames[victim] = bytes(broken)
    for picture in single([superframe(frames[:2]), superframe(frames[2:])]):
        assert 1 <= len(split_superframe(picture)) <= 2


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_anything(pictures: list[bytes]) -> None:
    assert len(single([picture for picture in pictures if picture])) <= len(pictures)

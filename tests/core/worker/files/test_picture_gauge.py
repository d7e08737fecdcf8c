"""What is seen in key frames, and how often they are looked at."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.recording.still import GREYS
from roomdeck.core.worker.files.picture_gauge import (
    ALIKE,
    DARK,
    LEAST,
    MOST,
    SHARE,
    PictureGauge,
)
from tests.core.recording.media import video

CELLS = GREYS[0] * GREYS[1]
GREY, BLACK = bytes([90]) * CELLS, bytes([3]) * CELLS


def key_frame(arrival: float = 0.0) -> EncodedFrame:
    return EncodedFrame(Codec.VP8, b"", 0, arrival, True, 640, 360)


def moved(cells: bytes, by: int) -> bytes:
    return bytes([cells[0] + by, *cells[1:]])


def seen(*looks: tuple[float, bytes]) -> tuple[float, float] | None:
    gauge = PictureGauge()
    for at, cells in looks:
        gauge.saw(at, cells, 0.005, at + 0.1)
    meter = gauge.meter()
    return None if meter is None else (meter.black, meter.frozen)


def test_before_a_look_nothing_is_known() -> None:
    assert seen() is None
    assert seen((1.0, b"")) is None


def test_one_look_says_nothing_of_how_long() -> None:
    assert seen((1.0, BLACK)) == (0.0, 0.0)


def test_black_lasts_from_the_first_to_the_last_black_look() -> None:
    assert seen((1.0, GREY), (10.0, BLACK), (20.0, BLACK), (35.0, BLACK)) == (25.0, 25.0)
    assert seen((1.0, BLACK), (10.0, BLACK), (20.0, GREY)) == (0.0, 0.0)
    assert seen((1.0, BLACK), (10.0, moved(BLACK, DARK))) == (0.0, 0.0), "a light is on"


def test_still_is_what_no_cell_of_changes() -> None:
    assert seen((0.0, GREY), (20.0, moved(GREY, ALIKE)), (40.0, GREY)) == (0.0, 40.0)
    assert seen((0.0, GREY), (20.0, moved(GREY, ALIKE + 1))) == (0.0, 0.0)


def test_what_changes_slowly_moves() -> None:
    dawn = [(20.0 * step, bytes([90 + step]) * CELLS) for step in range(60)]
    meter = seen(*dawn)
    assert meter is not None
    assert meter[1] <= 20.0 * ALIKE


def test_a_picture_that_does_not_decode_ends_what_was_known() -> None:
    assert seen((0.0, BLACK), (20.0, BLACK), (40.0, b"")) is None
    assert seen((0.0, BLACK), (20.0, b""), (40.0, BLACK), (60.0, BLACK)) == (20.0, 20.0)


@given(st.lists(st.tuples(st.floats(0.1, 5.0), st.floats(0.0, 3.0)), max_size=60))
def test_looking_keeps_to_its_share(frames: list[tuple[float, float]]) -> None:
    gauge, now, spent, last = PictureGauge(), 1000.0, 0.0, None
    for pause, took in frames:
        now += pause
        if gauge.due(key_frame(now), now):
            assert last is None or now - last >= min(MOST, LEAST)
            gauge.saw(now, GREY, took, now)
            spent += min(took, MOST * SHARE)
            last = now
    assert spent <= SHARE * (now - 1000.0) + MOST * SHARE


def test_the_same_key_frame_is_looked_at_once_and_one_at_a_time() -> None:
    gauge, frame = PictureGauge(), key_frame(5.0)
    assert gauge.due(frame, 10.0)
    assert not gauge.due(key_frame(11.0), 12.0), "the first look is not done"
    gauge.saw(5.0, GREY, 0.0, 13.0)
    assert not gauge.due(frame, 60.0)
    assert gauge.due(key_frame(59.0), 60.0)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1])
async def test_pictures_that_move_are_neither_black_nor_still(codec: Codec) -> None:
    gauge = PictureGauge()
    frames = [frame for frame in video(codec, 320, 180, 0.2) if frame.key]
    await asyncio.wait_for(gauge.look(frames[0]), 10)
    meter = gauge.meter()
    assert meter is not None
    assert (meter.black, meter.frozen) == (0.0, 0.0)
    broken = EncodedFrame(codec, b"\0" * 40, 0, 9.0, True, 320, 180)
    await asyncio.wait_for(gauge.look(broken), 10)
    assert gauge.meter() is None

"""What is seen in key frames, and how often they are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, PictureMeter
from roomdeck.core.recording.still import GREYS
from roomdeck.core.worker.files.looks import LEAST, MOST, SHARE
from roomdeck.core.worker.files.picture_gauge import ALIKE, DARK, UNSEEN, PictureGauge

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


def test_what_was_seen_is_forgotten_while_nobody_looks() -> None:
    gauge = PictureGauge()
    for at in (1.0, 10.0):
        gauge.saw(at, BLACK, 0.005, at)
    gauge.forget(11.0)
    assert gauge.meter() is None
    assert not gauge.due(key_frame(10.5), 300.0), "it was sent before"
    gauge.saw(10.5, BLACK, 0.005, 300.0)
    assert gauge.meter() is None, "a look that was under way"
    assert gauge.due(key_frame(301.0), 401.0)
    gauge.saw(301.0, BLACK, 0.005, 401.0)
    assert gauge.meter() == PictureMeter(black=0.0, frozen=0.0)


def test_nobody_can_tell_what_was_between_pictures_that_are_far_apart() -> None:
    assert seen((1.0, BLACK), (1.0 + UNSEEN, BLACK)) == (UNSEEN, UNSEEN)
    assert seen((1.0, BLACK), (2.0 + UNSEEN, BLACK)) == (0.0, 0.0)


def test_what_could_not_be_looked_at_is_tried_again_soon() -> None:
    gauge = PictureGauge()
    assert gauge.due(key_frame(1.0), 1.0)
    gauge.missed(2.0)
    assert not gauge.due(key_frame(3.0), 1.9 + LEAST)
    assert gauge.due(key_frame(3.0), 2.0 + LEAST)

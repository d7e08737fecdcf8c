from __future__ import annotations

import time
from array import array

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core import font
from roomdeck.core.publishing.barcode import decode_blocks, encode_blocks
from roomdeck.core.publishing.pictures import PictureMaker, flashes, is_flash, read_barcode
from roomdeck.core.publishing.tones import LOWEST, ToneMaker, is_beep, level

SIZES = [(160, 90), (90, 160), (64, 64), (322, 182), (640, 360), (1280, 720), (720, 1280)]


@given(stream=st.integers(0, 255), counter=st.integers(0, 1 << 30))
def test_blocks_say_stream_and_counter(stream: int, counter: int) -> None:
    bits = [bit for row in encode_blocks(stream, counter) for bit in row]
    assert decode_blocks(bits) == (stream, counter % (1 << 24))


@given(stream=st.integers(0, 255), counter=st.integers(0, 1 << 24), wrong=st.integers(0, 47))
def test_one_wrong_block_is_noticed(stream: int, counter: int, wrong: int) -> None:
    bits = [bit for row in encode_blocks(stream, counter) for bit in row]
    bits[wrong] = not bits[wrong]
    assert decode_blocks(bits) is None


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_picture_is_recognised(width: int, height: int) -> None:
    maker = PictureMaker("alice", 200, width, height)
    for counter, seconds in ((0, 0.0), (77, 0.5), (0xABCDEF, 3661.25)):
        frame = maker.draw(counter, seconds)
        assert (frame.width, frame.height) == (width, height)
        assert read_barcode(frame) == (200, counter)
        assert is_flash(frame) == (seconds == 0.0)


@pytest.mark.parametrize("number", range(0, 256, 5))
def test_no_colour_looks_like_a_flash(number: int) -> None:
    maker = PictureMaker("a-name-that-fills-the-line", number, 160, 90)
    assert not is_flash(maker.draw(0, 0.5))
    assert is_flash(maker.draw(0, 0.05))


@pytest.mark.parametrize("shade", [0, 16, 128, 235, 255])
def test_an_empty_picture_has_no_code(shade: int) -> None:
    frame = av.VideoFrame(160, 90, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([shade]) * plane.buffer_size)
    assert read_barcode(frame) is None


def test_pictures_of_other_formats_are_read() -> None:
    frame = PictureMaker("bob", 7, 640, 360).draw(99, 0.5)
    for name in ("rgb24", "nv12", "gray", "yuv444p", "yuv420p10le"):
        assert read_barcode(frame.reformat(format=name)) == (7, 99)


def test_each_picture_differs_from_the_one_before() -> None:
    maker = PictureMaker("bob", 7, 160, 90)
    top = 160 * 20
    rows = [bytes(maker.draw(counter, 0.5).planes[0])[:top] for counter in range(5)]
    assert len(set(rows)) == 5


def test_text_has_the_promised_size() -> None:
    rows = font.text_rows("Ab9é", 3, 200, 20)
    assert len(rows) == font.HEIGHT + 2
    assert {len(row) for row in rows} == {font.text_width(4, 3)}
    assert set(b"".join(rows)) == {200, 20}


def test_letters_are_all_different() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:#? é"
    assert len({b"".join(font.text_rows(letter, 1, 1, 0)) for letter in letters}) == len(letters)


@pytest.mark.parametrize("fps", [15, 24, 25, 30, 30000 / 1001, 50])
def test_two_or_three_flashes_at_the_start_of_each_second(fps: float) -> None:
    times = [index / fps for index in range(round(fps * 10))]
    for second in range(1, 9):
        white = [t for t in times if second <= t + 1e-6 < second + 1 and flashes(t)]
        assert 2 <= len(white) <= (3 if fps <= 30 else 5)
        assert white[0] - second < 1 / fps + 1e-6
        assert white == [t for t in times if second <= t + 1e-6 < second + 0.1 - 1e-6]


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_beep_and_flash_coincide(rate: int) -> None:
    tones = ToneMaker(3, rate, 1)
    for index in range(110):
        frame = tones.packet(index)
        assert is_beep(frame) == flashes(index / 50)
        assert (frame.samples, frame.pts) == (rate // 50, index * rate // 50)


def test_beep_is_one_kilohertz_in_both_channels() -> None:
    tones = ToneMaker(3, 48000, 2)
    samples = array("h", bytes(tones.packet(0).planes[0]))[: 960 * 2]
    left, right = samples[::2], samples[1::2]
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) < 256
    assert 15000 < max(left) < 18000
    rising = [n for n in range(1, 960) if left[n - 1] < -3000 <= left[n]]
    # 20 ms of 1 kHz: 20 waves of 48 samples.
    assert len(rising) in (19, 20)
    assert rising[10] - rising[0] == 480


def test_level_is_that_of_the_sound() -> None:
    tones = ToneMaker(3, 48000, 2)
    assert level(tones.packet(0)) == 9  # a sine of half the amplitude: 6 dB, and 3 of a sine
    assert 45 < level(tones.packet(20)) < 55
    for plane, expected in ((bytes(3840), LOWEST), (b"\xff\x7f\x01\x80" * 960, 0)):
        frame = tones.packet(0)
        frame.planes[0].update(plane.ljust(frame.planes[0].buffer_size, b"\0"))
        assert level(frame) == expected
    right = tones.packet(0)
    right.planes[0].update((b"\0\0\xff\x7f" * 960).ljust(right.planes[0].buffer_size, b"\0"))
    assert level(right) == 3


def test_cost_is_shown() -> None:
    for width, height in ((640, 360), (1280, 720)):
        maker = PictureMaker("charlie", 2, width, height)
        begin = time.process_time()
        for counter in range(50):
            assert maker.draw(counter, 0.5).width == width
        cost = (time.process_time() - begin) / 50 * 1000
        print(f"a picture of {width}x{height} costs {cost:.2f} ms")

"""Small pictures of key frames."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import STILL, Codec, EncodedFrame, Picture, Size
from roomdeck.core.recording.still import LARGEST, Still
from tests.core.recording.media import video

VIDEO = [Codec.H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1]


def key_frame(codec: Codec, width: int = 64, height: int = 48) -> EncodedFrame:
    return next(frame for frame in video(codec, width, height, 0.2) if frame.key)


def still(frame: EncodedFrame, size: Size = STILL) -> Picture:
    return Still(frame).picture(size)


@pytest.mark.parametrize("codec", VIDEO)
def test_every_codec_gives_a_picture_of_its_shape(codec: Codec) -> None:
    picture = still(key_frame(codec), Size(32, 32))
    assert (picture.width, picture.height) == (32, 24)
    assert len(picture.rgb) == 32 * 24 * 3
    assert len(set(picture.rgb)) > 3, "a moving pattern is not one colour"


@pytest.mark.parametrize(
    ("size", "expected"), [((320, 180), (96, 54)), ((180, 320), (30, 54)), ((64, 48), (64, 48))]
)
def test_it_keeps_its_shape_and_never_grows(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture = still(key_frame(Codec.VP8, *size))
    assert (picture.width, picture.height) == expected
    assert len(picture.rgb) == 3 * expected[0] * expected[1]


def test_what_is_kept_is_small_and_gives_pictures_of_many_sizes() -> None:
    kept = Still(key_frame(Codec.VP8, 1280, 720))
    sizes = [Size(96, 54), Size(46, 14), Size(10_000, 10_000), Size(0, -3)]
    found = [kept.picture(size) for size in sizes]
    shapes = [(picture.width, picture.height) for picture in found]
    assert shapes == [(96, 54), (25, 14), (LARGEST.width, LARGEST.height), (1, 1)]
    assert [len(picture.rgb) for picture in found] == [3 * w * h for w, h in shapes]


def test_rows_are_free_of_padding() -> None:
    whole = still(key_frame(Codec.H264), Size(64, 48))
    narrow = still(key_frame(Codec.H264), Size(33, 48))
    left = [whole.rgb[y * 64 * 3] for y in range(0, 48, 12)]
    small = [narrow.rgb[round(y * narrow.height / 48) * narrow.width * 3] for y in range(0, 48, 12)]
    assert all(abs(a - b) < 40 for a, b in zip(left, small, strict=True))


@pytest.mark.parametrize("codec", VIDEO)
def test_no_frame_is_an_error(codec: Codec) -> None:
    frame = key_frame(codec)
    with pytest.raises(MediaError):
        still(msgspec.structs.replace(frame, data=b""))
    with pytest.raises(MediaError):
        still(msgspec.structs.replace(frame, data=b"\x00" * 40))


@pytest.mark.parametrize("codec", VIDEO)
@given(noise=st.binary(max_size=200), cut=st.integers(0, 200))
@settings(max_examples=20)
def test_noise_never_raises_anything_else(codec: Codec, noise: bytes, cut: int) -> None:
    frame = key_frame(codec)
    with contextlib.suppress(MediaError):
        still(msgspec.structs.replace(frame, data=frame.data[:cut] + noise))


def test_a_frame_that_claims_to_be_huge_is_refused() -> None:
    frame = key_frame(Codec.VP8)
    # VP8: 14 bits of width and of height after the start code (RFC 6386, 9.1).
    huge = frame.data[:6] + b"\xff\x3f\xff\x3f" + frame.data[10:]
    with pytest.raises(MediaError):
        still(msgspec.structs.replace(frame, data=huge))

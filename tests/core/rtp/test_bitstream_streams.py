"""Sizes, key frames and canonical form of what real encoders make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec, Kind
from roomdeck.core.rtp.bitstream import canonical, frame_size, is_key_frame

from .encoded import RECIPES, decode, encode

VIDEO = [codec for codec in Codec if codec.kind is Kind.VIDEO]


@pytest.mark.parametrize("name", RECIPES)
def test_size_and_key_frames(name: str) -> None:
    recipe = RECIPES[name]
    frames = encode(name)
    assert [is_key_frame(recipe.codec, frame.data) for frame in frames] == [
        frame.key for frame in frames
    ]
    assert sum(frame.key for frame in frames) >= 2
    assert not all(frame.key for frame in frames)
    for frame in frames:
        expected = (recipe.width, recipe.height) if frame.key else None
        assert frame_size(recipe.codec, frame.data) == expected


@pytest.mark.parametrize("name", RECIPES)
def test_canonical_form_decodes_to_the_same_pictures(name: str) -> None:
    codec = RECIPES[name].codec
    frames = [frame.data for frame in encode(name)]
    forms = [canonical(codec, frame) for frame in frames]
    assert [canonical(codec, form) for form in forms] == forms
    assert decode(codec, forms) == decode(codec, frames)


@pytest.mark.parametrize("name", ["h264-high-slices", "h265", "vp8", "vp9-rgb", "av1"])
@given(data=st.data())
def test_cut_or_broken_frames_give_a_value_or_a_media_error(name: str, data: st.DataObject) -> None:
    codec = RECIPES[name].codec
    frame = bytearray(encode(name)[0].data[:400])
    for _ in range(data.draw(st.integers(0, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    probe(codec, bytes(frame[: data.draw(st.integers(0, len(frame)))]))


@given(st.sampled_from(VIDEO), st.binary(max_size=200))
def test_arbitrary_bytes_give_a_value_or_a_media_error(codec: Codec, frame: bytes) -> None:
    probe(codec, frame)


@pytest.mark.parametrize("codec", VIDEO)
def test_an_empty_frame_is_no_key_frame(codec: Codec) -> None:
    assert not is_key_frame(codec, b"")


@pytest.mark.parametrize("codec", [codec for codec in Codec if codec.kind is Kind.AUDIO])
def test_audio_is_what_it_is(codec: Codec) -> None:
    assert frame_size(codec, b"\x01\x02") is None
    assert is_key_frame(codec, b"\x01\x02")
    assert canonical(codec, b"\x01\x02\x00") == b"\x01\x02\x00"


def probe(codec: Codec, frame: bytes) -> None:
    assert is_key_frame(codec, frame) in (True, False)
    try:
        size = frame_size(codec, frame)
        assert size is None or min(size) > 0
        canonical(codec, frame)
    except MediaError:
        pass

"""The last key frame of a stream as a small picture."""

from __future__ import annotations

import time

import msgspec
import pytest

from roomdeck.core.model import Codec, EncodedFrame, Picture
from roomdeck.core.worker.files import last_key_frame
from roomdeck.core.worker.files.last_key_frame import LastKeyFrame
from tests.core.recording.media import video

FRAMES = video(Codec.VP8)


class Decoder:
    """Stands in for the decoder and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decoded: list[EncodedFrame] = []
        monkeypatch.setattr(last_key_frame, "still", self.still)

    def still(self, frame: EncodedFrame) -> Picture:
        self.decoded.append(frame)
        return Picture(1, 1, b"abc")


def arriving(frame: EncodedFrame, ago: float) -> EncodedFrame:
    return msgspec.structs.replace(frame, arrival=time.monotonic() - ago)


async def test_there_is_none_before_the_first_key_frame() -> None:
    last = LastKeyFrame()
    assert await last.picture() is None
    last.see([frame for frame in FRAMES if not frame.key])
    assert await last.picture() is None


async def test_it_is_the_last_key_frame_and_says_how_old_it_is() -> None:
    last = LastKeyFrame()
    last.see([arriving(FRAMES[0], 7.0), *FRAMES[1:5]])
    picture = await last.picture()
    assert picture is not None
    assert (picture.width, picture.height) == (64, 48)
    assert 7.0 <= picture.age < 9.0


async def test_a_key_frame_is_decoded_once_however_often_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder, last = Decoder(monkeypatch), LastKeyFrame()
    last.see(FRAMES)
    assert decoder.decoded == [], "nobody has asked"
    await last.picture()
    await last.picture()
    newest = [frame for frame in FRAMES if frame.key][-1]
    assert decoder.decoded == [newest]
    again = arriving(newest, 0.0)
    last.see([again])
    await last.picture()
    assert decoder.decoded == [newest, again]


async def test_a_frame_that_does_not_decode_is_no_picture_and_is_not_tried_again() -> None:
    last = LastKeyFrame()
    last.see([msgspec.structs.replace(FRAMES[0], data=b"\x00" * 30)])
    assert await last.picture() is None
    assert await last.picture() is None


async def test_sound_is_no_picture() -> None:
    last = LastKeyFrame()
    last.see([EncodedFrame(Codec.OPUS, b"x", 0, 0.0, True)])
    assert await last.picture() is None

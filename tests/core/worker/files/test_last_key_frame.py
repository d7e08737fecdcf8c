"""The last key frame of a stream as a small picture."""

from __future__ import annotations

import asyncio
import math
import time

import msgspec
import pytest

from roomdeck.core.budget import Meter
from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec, EncodedFrame, Picture, Size
from roomdeck.core.recording.still import Still
from roomdeck.core.worker.files import last_key_frame
from roomdeck.core.worker.files.last_key_frame import LastKeyFrame
from tests.core.recording.media import video

FRAMES = video(Codec.VP8)


class Decoder:
    """Stands in for the decoder and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decoded: list[EncodedFrame] = []
        self.made: list[Size] = []
        monkeypatch.setattr(last_key_frame, "Still", self.still)

    def still(self, frame: EncodedFrame) -> Decoder:
        self.decoded.append(frame)
        return self

    def picture(self, size: Size) -> Picture:
        self.made.append(size)
        return Picture(1, 1, b"abc")


def arriving(frame: EncodedFrame, ago: float) -> EncodedFrame:
    return msgspec.structs.replace(frame, arrival=time.monotonic() - ago)


def last_key_frame_of(*frames: EncodedFrame, share: float = math.inf) -> LastKeyFrame:
    last = LastKeyFrame(Meter(share))
    last.see(frames)
    return last


async def test_there_is_none_before_the_first_key_frame() -> None:
    last = last_key_frame_of()
    assert await last.picture() is None
    last.see([frame for frame in FRAMES if not frame.key])
    assert await last.picture() is None


async def test_it_is_the_last_key_frame_and_says_how_old_it_is() -> None:
    last = last_key_frame_of(arriving(FRAMES[0], 7.0), *FRAMES[1:5])
    picture = await last.picture()
    assert picture is not None
    assert (picture.width, picture.height) == (64, 48)
    assert 7.0 <= picture.age < 9.0


async def test_a_key_frame_is_decoded_once_however_many_ask_in_however_many_sizes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder, last = Decoder(monkeypatch), last_key_frame_of(*FRAMES)
    assert decoder.decoded == [], "nobody has asked"
    sizes = [Size(10, 10), Size(20, 20)]
    await asyncio.gather(*(last.picture(size) for size in sizes * 5))
    await asyncio.gather(*(last.picture(size) for size in sizes * 5))
    newest = [frame for frame in FRAMES if frame.key][-1]
    assert decoder.decoded == [newest]
    again = arriving(newest, 0.0)
    last.see([again])
    await last.picture()
    assert decoder.decoded == [newest, again]


async def test_pictures_of_many_sizes_are_not_kept_without_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder, last = Decoder(monkeypatch), last_key_frame_of(*FRAMES)
    for width in range(20):
        await last.picture(Size(width, 1))
    decoder.made.clear()
    for width in range(20):
        await last.picture(Size(width, 1))
    assert len(decoder.made) > 10


async def test_where_looking_took_its_share_the_last_picture_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder = Decoder(monkeypatch)
    last = last_key_frame_of(arriving(FRAMES[0], 30.0), share=0.0)
    first = await last.picture()
    assert first is not None, "the first one is shown whatever it takes"
    for _ in range(3):
        last.see([arriving(FRAMES[0], 0.0)])
        stays = await last.picture()
        assert stays is not None
        assert stays.age >= 30.0
    assert len(decoder.decoded) == 1


async def test_a_frame_that_does_not_decode_says_so_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[EncodedFrame] = []

    def still(frame: EncodedFrame) -> Still:
        tried.append(frame)
        return Still(frame)

    monkeypatch.setattr(last_key_frame, "Still", still)
    last = last_key_frame_of(msgspec.structs.replace(FRAMES[0], data=b"\x00" * 30))
    for _ in range(2):
        with pytest.raises(MediaError, match="decode"):
            await last.picture()
    assert len(tried) == 1
    last.see(FRAMES)
    assert await last.picture() is not None, "one that does not is not the end of it"


async def test_pictures_without_their_headers_say_so() -> None:
    headless = EncodedFrame(Codec.AV1, b"x", 0, 0.0, True)
    with pytest.raises(MediaError, match="av1 without its headers"):
        await last_key_frame_of(headless).picture()


async def test_sound_is_no_picture() -> None:
    last = last_key_frame_of(EncodedFrame(Codec.OPUS, b"x", 0, 0.0, True))
    assert await last.picture() is None

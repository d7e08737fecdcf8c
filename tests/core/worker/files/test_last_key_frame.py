"""The last key frame of a stream as a small picture."""

from __future__ import annotations

import asyncio
import math
import time

import msgspec
import pytest

from roomdeck.core.budget import Meter
from roomdeck.core.errors import MediaError
from roomdeck.core.model import STILL, Codec, EncodedFrame, Size
from roomdeck.core.recording.decoding_process import Show
from roomdeck.core.worker.files.last_key_frame import LastKeyFrame

from ...recording.media import video
from ..fakes import FakeDecoder

FRAMES = video(Codec.VP8)


def arriving(frame: EncodedFrame, ago: float) -> EncodedFrame:
    return msgspec.structs.replace(frame, arrival=time.monotonic() - ago)


def last_key_frame_of(
    *frames: EncodedFrame, share: float = math.inf, decoder: FakeDecoder | None = None
) -> LastKeyFrame:
    last = LastKeyFrame("alice", decoder or FakeDecoder(), Meter(share))
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


async def test_a_picture_is_made_once_however_many_ask_for_it() -> None:
    decoder = FakeDecoder()
    last = last_key_frame_of(*FRAMES, decoder=decoder)
    assert decoder.orders == [], "nobody has asked"
    sizes = [Size(10, 10), Size(20, 20)]
    for _ in range(2):
        await asyncio.gather(*(last.picture(size) for size in sizes * 5))
    newest = [frame for frame in FRAMES if frame.key][-1]
    assert decoder.orders == [Show("alice", newest, size) for size in sizes]
    again = arriving(newest, 0.0)
    last.see([again])
    await last.picture()
    assert decoder.orders[2:] == [Show("alice", again, STILL)]


async def test_pictures_of_many_sizes_are_not_kept_without_a_bound() -> None:
    decoder = FakeDecoder()
    last = last_key_frame_of(*FRAMES, decoder=decoder)
    for width in range(1, 21):
        await last.picture(Size(width, 1))
    decoder.orders.clear()
    for width in range(1, 21):
        await last.picture(Size(width, 1))
    assert len(decoder.orders) > 10


async def test_where_looking_took_its_share_the_last_picture_stays() -> None:
    decoder = FakeDecoder()
    last = last_key_frame_of(arriving(FRAMES[0], 30.0), share=0.0, decoder=decoder)
    first = await last.picture()
    assert first is not None, "the first one is shown whatever it takes"
    for _ in range(3):
        last.see([arriving(FRAMES[0], 0.0)])
        stays = await last.picture()
        assert stays is not None
        assert stays.age >= 30.0
    assert len(decoder.orders) == 1


async def test_who_asked_first_may_leave() -> None:
    last = last_key_frame_of(*FRAMES)
    first = asyncio.ensure_future(last.picture())
    await asyncio.sleep(0)
    first.cancel()
    assert await last.picture() is not None


async def test_what_could_not_be_looked_at_is_tried_again() -> None:
    decoder = FakeDecoder()
    last = last_key_frame_of(*FRAMES, decoder=decoder)
    decoder.refuses = True
    with pytest.raises(MediaError, match="now"):
        await last.picture()
    decoder.refuses = False
    assert await last.picture() is not None


async def test_a_frame_that_does_not_decode_says_so_and_is_not_tried_again() -> None:
    decoder = FakeDecoder()
    broken = msgspec.structs.replace(FRAMES[0], data=b"\x00" * 30)
    last = last_key_frame_of(broken, decoder=decoder)
    for size in (STILL, STILL, Size(20, 20)):
        with pytest.raises(MediaError, match="decode"):
            await last.picture(size)
    assert len(decoder.orders) == 1
    last.see(FRAMES)
    assert await last.picture() is not None, "one that does not is not the end of it"


async def test_pictures_without_their_headers_say_so() -> None:
    headless = EncodedFrame(Codec.AV1, b"x", 0, 0.0, True)
    with pytest.raises(MediaError, match="av1 without its headers"):
        await last_key_frame_of(headless).picture()


async def test_sound_is_no_picture() -> None:
    last = last_key_frame_of(EncodedFrame(Codec.OPUS, b"x", 0, 0.0, True))
    assert await last.picture() is None

"""When the pictures of a camera are looked at, and when what was seen says nothing any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from roomdeck.core.ipc.worker_messages import Record, Seen
from roomdeck.core.model import EncodedFrame, PictureMeter
from roomdeck.core.recording.decoding_process import Look
from roomdeck.core.worker.connections.publisher_streams import STANDS
from roomdeck.core.worker.files.looks import MOST
from roomdeck.core.worker.files.picture_gauge import PictureGauge

from ..serving import Served

Change = Callable[[Served], Awaitable[None]]


class Lab:
    """A camera that always shows the same, looked at once in a while."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.now = time.monotonic()
        recorded = served.peer.streams.recorded("alice")
        assert recorded is not None
        self.recorded = recorded

    async def shows(self, frame: EncodedFrame) -> PictureMeter | None:
        """Let a key frame arrive two minutes later, and look."""
        self.now += MOST
        self.served.connection.packets["v0"] = self.now
        self.recorded.key_frame.frame = _at(frame, self.now)
        return await self.look()

    async def look(self) -> PictureMeter | None:
        self.served.peer.streams.look_at_picture(self.now)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self.recorded.picture.meter()


def _at(frame: EncodedFrame, arrival: float) -> EncodedFrame:
    return EncodedFrame(frame.codec, frame.data, 0, arrival, True, frame.width, frame.height)


async def _camera_off(served: Served) -> None:
    served.say({"info": {"video_muted_init": True}})


async def _camera_on(served: Served) -> None:
    served.say({"videoMuted": False})


async def _stop(served: Served) -> None:
    await served.peer.streams.record(Record("alice", False))


async def _record(served: Served) -> None:
    await served.peer.streams.record(Record("alice", True))


async def _nothing(_: Served) -> None:
    pass


@pytest.mark.parametrize(
    ("away", "back", "pause"),
    [
        pytest.param(_camera_off, _camera_on, 0.0, id="camera off"),
        pytest.param(_stop, _record, 0.0, id="not recorded"),
        pytest.param(_nothing, _nothing, STANDS, id="nothing comes"),
    ],
)
async def test_what_was_seen_before_is_forgotten(
    served: Served, away: Change, back: Change, pause: float
) -> None:
    await served.live()
    lab = Lab(served)
    await _record(served)
    frame = served.frames(1)[0]
    assert await lab.shows(frame) == PictureMeter()
    assert await lab.shows(frame) == PictureMeter(frozen=MOST)
    await away(served)
    lab.now += pause
    looks = len(served.decoder.orders)
    assert await lab.look() is None
    await back(served)
    assert await lab.shows(frame) == PictureMeter(), "it begins anew"
    assert [type(order) for order in served.decoder.orders] == [Look] * (looks + 1)


async def test_what_could_not_be_looked_at_is_not_taken_for_seen(served: Served) -> None:
    await served.live()
    lab = Lab(served)
    await _record(served)
    frame = served.frames(1)[0]
    served.decoder.refuses = True
    assert await lab.shows(frame) is None
    served.decoder.refuses = False
    assert await lab.shows(frame) == PictureMeter()


@pytest.mark.parametrize("served", [{"frozen": 1.5 * MOST}], indirect=True)
async def test_what_makes_an_alarm_or_ends_it_is_told_at_once(served: Served) -> None:
    await served.live()
    lab = Lab(served)
    await _record(served)
    frame = served.frames(1)[0]
    for _ in range(4):
        await lab.shows(frame)
    still = PictureMeter(frozen=2 * MOST)
    assert served.told.all(Seen) == [Seen("p1", "alice", still)]
    await lab.shows(next(frame for frame in served.frames() if frame.key))
    assert served.told.all(Seen)[1:] == [Seen("p1", "alice", PictureMeter())]


class Suspicious(PictureGauge):
    def asks(self, now: float) -> bool:
        return True


@pytest.mark.parametrize("served", [{"key_frames": 10.0}, {"key_frames": 0.0}], indirect=True)
async def test_a_key_frame_is_asked_for_to_be_looked_at_unless_none_may_be(
    served: Served, request: pytest.FixtureRequest
) -> None:
    may = bool(request.node.callspec.params["served"]["key_frames"])
    await served.live()
    lab = Lab(served)
    await _record(served)
    await lab.shows(served.frames(1)[0])
    lab.recorded.picture = Suspicious()
    before = len(served.connection.key_frames)
    await lab.look()
    assert served.connection.key_frames[before:] == ["v0"] * may

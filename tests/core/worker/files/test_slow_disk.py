"""Disks that are slower than the streams, and streams that are faster than they may be."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, EndReason
from roomdeck.core.recording import syncer
from roomdeck.core.worker.files import recorded_stream

from ...recording.media import video
from ..fakes import VIDEO, Stuck
from ..serving import Served


async def test_a_disk_that_is_too_slow_ends_the_take_and_keeps_memory_bounded(
    served: Served,
) -> None:
    await served.recording()
    async with Stuck(served.writer):
        served.writer._limit = 10_000  # pyright: ignore[reportPrivateUsage]
        big = msgspec.structs.replace(served.frames(1)[0], data=b"x" * 4000, key=False)
        for _ in range(50):
            served.peer.on_frames("v0", [big])
            served.writer.flush()
            await asyncio.sleep(0)
            assert served.writer.waiting <= 14_000
        notice = await served.told.wait(worker_messages.Notice)
        assert (notice.stream, notice.level) == ("alice", "error")
        assert "cannot keep up" in notice.text
        assert not served.told.all(worker_messages.TakeEnd)
    end = await served.told.wait(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.OVERLOAD
    assert "cannot keep up" in end.take.error
    assert len(served.told.all(worker_messages.Notice)) == 1
    await asyncio.sleep(0)
    assert served.writer.waiting == 0


async def test_a_stream_that_floods_is_given_up_and_not_its_neighbour(served: Served) -> None:
    neighbour = served.neighbour()
    await served.recording()
    neighbour.on_tracks([VIDEO])
    async with Stuck(served.writer):
        served.writer._limit = 2_000_000  # pyright: ignore[reportPrivateUsage]
        big = msgspec.structs.replace(served.frames(1)[0], data=b"x" * 100_000, key=False)
        for frame in video(Codec.VP8)[:50]:
            served.peer.on_frames("v0", [big])
            neighbour.on_frames("v0", [frame])
            served.writer.flush()
        served.say({"ping": 1})
        assert served.connection.sent[-1] == {"pong": 1}
    end = await served.told.wait(worker_messages.TakeEnd)
    assert (end.peer, end.take.reason) == ("p1", EndReason.OVERLOAD)
    await neighbour.close(EndReason.BYE)
    other = served.told.all(worker_messages.TakeEnd)[1]
    assert (other.peer, other.take.reason, other.take.error) == ("p2", EndReason.BYE, "")
    assert other.take.video is not None
    assert other.take.video.frames == 50
    assert [notice.stream for notice in served.told.all(worker_messages.Notice)] == ["alice"]


async def test_closing_while_the_disk_is_stuck_loses_nothing(served: Served) -> None:
    await served.recording()
    async with Stuck(served.writer):
        served.peer.on_frames("v0", served.frames(20))
        served.writer.flush()
        served.peer.on_frames("v0", served.frames(10))
        closing = asyncio.create_task(served.peer.close(EndReason.SHUTDOWN))
        await asyncio.sleep(0)
        assert not served.told.all(worker_messages.Closed)
    await closing
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert end.take.video is not None
    assert end.take.video.frames == 55


async def test_a_stream_hands_over_its_share_and_keeps_the_rest(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_stream, "SHARE_FRAMES", 7)
    await served.live()
    served.peer.on_frames("v0", served.frames(40))
    start = await served.told.wait(worker_messages.TakeStart)
    assert start.take.video is not None
    assert start.take.video.frames == 7
    await served.peer.close(EndReason.BYE)
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert end.take.video is not None
    assert end.take.video.frames == 40


async def test_a_take_is_over_when_the_disk_has_it_and_reception_goes_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing, synced = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Path) -> None:
        loop.call_soon_threadsafe(syncing.set)
        synced.wait(10)

    monkeypatch.setattr(syncer, "sync_file", slow)
    neighbour = served.neighbour()
    neighbour.on_tracks([VIDEO])
    await served.recording()
    closing = asyncio.create_task(served.peer.close(EndReason.BYE))
    await syncing.wait()
    for frame in video(Codec.VP8)[:50]:
        neighbour.on_frames("v0", [frame])
        served.writer.flush()
        await served.writer.run(lambda: None)
    # The ticker flushes, too, and then a flush of ours leaves what it has to the next.
    async with asyncio.timeout(30):
        while served.writer.waiting:
            served.writer.flush()
            await served.writer.run(lambda: None)
    assert not served.told.all(worker_messages.TakeEnd)
    synced.set()
    await closing
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert (end.peer, end.take.error) == ("p1", "")
    await neighbour.close(EndReason.BYE)

"""A publisher that is looked at, as its worker serves it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from roomdeck.core.ipc.worker_messages import Record, TakeEnd, TakeStart
from roomdeck.core.model import EncodedFrame, EndReason
from roomdeck.core.worker.files import recorded_stream

from ...recording.media import Demuxed
from ..serving import Served

OFFERED = {"wanted": False}
LOOK = Record("alice", False, monitored=True)


async def come(served: Served, count: int) -> list[EncodedFrame]:
    """Let the next frames of the camera come, of which the last ones wait in the worker's loop."""
    frames = served.frames(count)
    served.peer.on_frames("v0", frames[:-2])
    served.writer.flush()
    served.peer.on_frames("v0", frames[-2:])
    return frames


@pytest.mark.parametrize("served", [{"offered": OFFERED}], indirect=True)
async def test_nothing_is_written_of_it(served: Served, tmp_path: Path) -> None:
    await served.live()
    await come(served, 30)
    (status,) = served.peer.streams.status()
    assert (status.wanted, status.monitored, status.take, status.held) == (False, True, None, None)
    assert status.video is not None
    assert (status.video.width, status.video.height) == (64, 48)
    await served.peer.close(EndReason.SHUTDOWN)
    assert not served.told.all(TakeStart)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("served", [{"offered": OFFERED, "pre_roll": 30.0}], indirect=True)
async def test_takes_begin_with_what_was_held_and_nothing_is_in_two_of_them(
    served: Served, tmp_path: Path
) -> None:
    await served.live()
    first = await come(served, 30)
    assert os.listdir(tmp_path) == []
    (status,) = served.peer.streams.status()
    assert status.held is not None
    await served.peer.streams.record(Record("alice", True))
    first += await come(served, 10)
    start = await served.told.wait(TakeStart)
    assert start.take.pre_roll > 0
    await served.peer.streams.record(LOOK)
    await come(served, 10)
    second = await come(served, 10)
    await served.peer.streams.record(Record("alice", True))
    second += await come(served, 5)
    await served.peer.close(EndReason.SHUTDOWN)
    ends = [end.take for end in served.told.all(TakeEnd)]
    assert [end.reason for end in ends] == [EndReason.STOPPED, EndReason.SHUTDOWN]
    assert all(end.pre_roll > 0 and end.holes == 0 for end in ends)
    written = [Demuxed(end.file).data["video"] for end in ends]
    assert written == [[frame.data for frame in frames] for frames in (first, second)]


@pytest.mark.parametrize("served", [{"offered": OFFERED, "pre_roll": 30.0}], indirect=True)
async def test_what_is_too_old_is_not_held_where_nothing_comes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await served.live()
    await come(served, 30)
    served.writer.flush()
    recorded = served.peer.streams.recorded("alice")
    assert recorded is not None
    assert recorded.held > 0
    later = SimpleNamespace(time=time.time, monotonic=lambda: time.monotonic() + 100)
    monkeypatch.setattr(recorded_stream, "time", later)
    served.writer.flush()
    assert (recorded.held, recorded.held_since) == (0, None), "no take would begin with it"


@pytest.mark.parametrize("served", [{"offered": OFFERED, "pre_roll": 30.0}], indirect=True)
async def test_what_was_held_of_one_that_is_excluded_is_gone(served: Served) -> None:
    await served.live()
    await come(served, 30)
    await served.peer.streams.record(Record("alice", False, EndReason.EXCLUDED))
    (recorded,) = (served.peer.streams.recorded("alice"),)
    assert recorded is not None
    assert (recorded.held, recorded.held_since) == (0, None)

"""Markers: what they say, and that they reach the sidecar."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomdeck.core.engine.records.sidecar_writer import SidecarWriter
from roomdeck.core.errors import ControlError
from roomdeck.core.model import EndReason
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.sidecar import Marker

from ...sessions import session
from ..room.room_lab import RoomLab, take


def writer_of(path: Path) -> SidecarWriter:
    async def written(files: tuple[str, ...]) -> None:
        return None

    return SidecarWriter(session(sidecar=path), written)


def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    lab.announce("alice")
    lab.announce("bob")
    return lab


def test_a_marker_has_its_time_in_the_session_and_its_streams() -> None:
    marker = lab().commands.marker(("bob", "alice"), "applause", 1012.5, 12.5)
    assert marker == Marker(time=1012.5, offset=12.5, text="applause", streams=("bob", "alice"))


def test_without_streams_it_is_for_the_room() -> None:
    assert lab().commands.marker((), "", 1001.0, 1.0).streams == ()


def test_its_text_is_one_bounded_line() -> None:
    marker = lab().commands.marker((), "  a\n b\t" + "c" * 500, 1.0, 0.0)
    assert marker.text.startswith("a b ccc")
    assert len(marker.text) == 200


def test_a_stream_that_is_not_there_is_refused() -> None:
    with pytest.raises(ControlError, match="carol"):
        lab().commands.marker(("carol",), "", 1.0, 0.0)


async def test_markers_go_into_the_sidecar_and_stay_there(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    writer = writer_of(path)
    running = asyncio.create_task(writer.run())
    first, second = Marker(time=2.0, offset=1.0, text="one"), Marker(time=3.0, offset=2.0)
    writer.enter(first)
    await writer.finish()
    writer.enter(take())
    writer.enter(second)
    await asyncio.wait_for(writer.finish(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found = sidecar.load(path)
    assert found is not None
    assert found.markers == (first, second)
    assert len(found.takes) == 1


async def test_takes_without_a_file_do_not_replace_each_other(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    writer = writer_of(path)
    failed = [take(file="", started=n, reason=EndReason.WRITE_ERROR) for n in (2.0, 3.0)]
    for one in failed:
        writer.enter(one)
    running = asyncio.create_task(writer.run())
    await asyncio.wait_for(writer.finish(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found = sidecar.load(path)
    assert found is not None
    assert list(found.takes) == failed


def test_merging_again_adds_no_marker_twice_and_loses_none(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    info = sidecar.SessionInfo(room="lab", server="ws://x", started=1.0)
    one, two = Marker(time=2.0, offset=1.0, text="one"), Marker(time=2.5, offset=1.5, text="two")
    sidecar.merge(path, info, [], [one])
    sidecar.merge(path, info, [take()])
    sidecar.merge(path, info, [], [one, two])
    known = sidecar.load(path)
    assert known is not None
    assert known.markers == (one, two)


def test_a_sidecar_from_before_there_were_markers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"session": {"room": "r", "server": "ws://x", "started": 1}, "takes": []}')
    found = sidecar.load(path)
    assert found is not None
    assert found.markers == ()

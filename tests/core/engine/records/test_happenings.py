"""What happened reaches the sidecar, when it is written anyway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from roomdeck.core.engine.records import sidecar_writer
from roomdeck.core.engine.records.sidecar_writer import SidecarWriter
from roomdeck.core.model import EndReason, Event, EventLevel, EventType
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.sidecar import Happening, Marker

from ...sessions import session
from ..room.room_lab import take

STALL = {"what": "picture", "seconds": 3.5}


def event(type_: EventType, elapsed: float = 1.0, **more: object) -> Event:
    known = {"seq": 1, "time": 1000.0 + elapsed, "elapsed": elapsed, "type": type_} | more
    return Event(**known)  # pyright: ignore[reportArgumentType]


@contextlib.asynccontextmanager
async def writing(path: Path) -> AsyncGenerator[SidecarWriter]:
    async def written(files: tuple[str, ...]) -> None:
        return None

    writer = SidecarWriter(session(sidecar=path), written)
    running = asyncio.create_task(writer.run())
    yield writer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def happened(path: Path) -> tuple[Happening, ...]:
    known = sidecar.load(path)
    return known.happenings if known else ()


async def test_they_are_written_with_the_next_take_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        text = "it stands still"
        writer.note(event(EventType.STREAM_STALL, 4.0, stream="alice", text=text, data=STALL))
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
        stall = Happening(
            time=1004.0,
            offset=4.0,
            type="stream.stall",
            stream="alice",
            text=text,
            what="picture",
            seconds=3.5,
        )
        assert happened(path) == (stall,)
        warning = {"text": "hm", "level": EventLevel.WARNING, "data": {"seconds": 60}}
        writer.note(event(EventType.WARNING, 9.0, **warning))
        await asyncio.wait_for(writer.finish(), 30)
        last = happened(path)[-1]
        assert (last.text, last.level, last.seconds) == ("hm", EventLevel.WARNING, 0.0)


async def test_who_forgets_a_take_is_told_after_everybody_was(tmp_path: Path) -> None:
    order: list[str] = []
    both = asyncio.Event()

    async def written(files: tuple[str, ...]) -> None:
        order.extend(files)
        both.set()

    writer = SidecarWriter(session(sidecar=tmp_path / "lab.json"), written)
    running = asyncio.create_task(writer.run())
    writer.enter(take(reason=EndReason.BYE), lambda: order.append("told"))
    await asyncio.wait_for(both.wait(), 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert order == ["told", "/out/a.ts"]


async def test_alarms_are_among_them(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        silence = {"alarm": "silence", "seconds": 60.0}
        writer.note(event(EventType.ALARM_BEGIN, 70.0, stream="alice", text="hm", data=silence))
        missing = {"alarm": "missing", "seconds": 9.0, "guest": "bob*"}
        writer.note(event(EventType.ALARM_END, 80.0, text="bob is here", data=missing))
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
    found = [(one.type, one.what, one.stream, one.guest, one.seconds) for one in happened(path)]
    assert found == [
        ("alarm.begin", "silence", "alice", "", 60.0),
        ("alarm.end", "missing", "", "bob*", 9.0),
    ]


async def test_alone_they_make_no_file_and_wait_for_one(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        writer.note(event(EventType.LINK_LOST))
        await asyncio.wait_for(writer.finish(), 30)
        assert not path.exists()
        writer.enter(Marker(time=2.0, offset=1.0))
        await asyncio.wait_for(writer.finish(), 30)
        assert [one.type for one in happened(path)] == ["link.lost"]


async def test_after_a_while_they_are_written_though_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar_writer, "PAUSE", 0.01)
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
        writer.note(event(EventType.ERROR, text="a worker died"))
        async with asyncio.timeout(30):
            while not happened(path):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_what_does_not_say_how_it_went_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        for one in (EventType.TAKE_START, EventType.COMMAND, EventType.STREAM_JOIN):
            writer.note(event(one))
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
    assert happened(path) == ()


async def test_they_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    async with writing(path) as writer:
        for number in range(2 * sidecar.HAPPENINGS_KEPT):
            writer.note(event(EventType.WARNING, float(number)))
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
        more = Happening(time=1.0, offset=1e6, type="warning")
        sidecar.merge(path, sidecar.SessionInfo(room="l", server="", started=1.0), [], [], [more])
    assert [one.offset for one in happened(path)] == [*map(float, range(sidecar.HAPPENINGS_KEPT))]


async def test_what_could_not_be_written_is_written_with_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    path = folder / "lab.json"
    folder.write_text("in the way")
    async with writing(path) as writer:
        writer.note(event(EventType.ERROR, text="first"))
        writer.enter(take())
        await asyncio.wait_for(writer.finish(), 30)
        folder.unlink()
        writer.note(event(EventType.ERROR, 2.0, text="second"))
        await asyncio.wait_for(writer.finish(), 30)
    assert [one.text for one in happened(path)] == ["first", "second"]


def test_a_sidecar_from_before_they_were_kept_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"session": {"room": "r", "server": "ws://x", "started": 1}, "takes": []}')
    assert happened(path) == ()


async def test_what_was_written_is_forgotten_when_nothing_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar_writer, "PAUSE", 0.01)
    path = tmp_path / "lab.json"
    paused = asyncio.Event()

    async def written(files: tuple[str, ...]) -> None:
        if not files:
            paused.set()

    reads: list[Path] = []
    read = Path.read_bytes

    def count(self: Path) -> bytes:
        reads.append(self)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", count)
    writer = SidecarWriter(session(sidecar=path), written)
    running = asyncio.create_task(writer.run())
    writer.enter(take(reason=EndReason.BYE))
    await asyncio.wait_for(paused.wait(), 30)
    reads.clear()
    writer.enter(take(file="/out/b.ts", reason=EndReason.BYE))
    await asyncio.wait_for(writer.settle(), 30)
    assert reads == [path]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

"""An engine that is followed by lines, by a screen, and by lines again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Event
from roomdeck.tui.exits import Exit
from roomdeck.tui.session.following import Following

from ..fake_client import ELAPSED, room, studio
from ..fake_engine import FakeEngine, fake_engine

ROOM = RoomConfig(room="studio_7", server="ws://127.0.0.1:8443")


@pytest.fixture
async def engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[FakeEngine, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    async with fake_engine(ROOM) as engine:
        engine.report("link.joined", "in the room")
        engine.show(studio())
        yield engine


@contextlib.asynccontextmanager
async def following() -> AsyncGenerator[Following, None]:
    folder = RoomFolder.of(ROOM)
    async with await ControlClient.connect(folder) as client:
        yield Following(client, folder)


async def types(follower: Following, until: str) -> list[str]:
    found: list[str] = []
    async for update in follower.updates():
        found.append(update.type if isinstance(update, Event) else "snapshot")
        if found[-1] == until:
            break
    return found


async def test_what_was_caught_up_with_is_given_again_and_then_the_greeting(
    engine: FakeEngine,
) -> None:
    async with following() as follower:
        first = await follower.catch_up()
        assert first == follower.last
        follower.greeting = ["hello"]
        assert await types(follower, "screen") == ["link.joined", "snapshot", "screen"]


async def test_who_goes_on_following_misses_nothing(engine: FakeEngine) -> None:
    async with following() as follower:
        await follower.catch_up()
        assert await types(follower, "snapshot") == ["link.joined", "snapshot"]
        engine.report("warning", "one")
        assert await types(follower, "warning") == ["warning"]


async def test_one_that_takes_over_tells_nothing_twice(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(folder: RoomFolder) -> list[int]:
        return [1]

    monkeypatch.setattr(RoomFolder, "workers", one)
    async with following() as follower:
        await follower.catch_up()
        await engine.server.close(0)
        # The last one before it died nobody heard.
        kept = [
            *engine.journal.since(0),
            msgspec.structs.replace(engine.journal.since(0)[0], seq=2),
        ]
        async with fake_engine(ROOM, kept) as second:
            second.show(studio())
            second.report("engine.start", "recording")
            assert await types(follower, "engine.start") == [
                "link.joined",
                "snapshot",
                "screen",
                "screen",
                "link.joined",
                "engine.start",
            ]
    assert [event.seq for event in follower.events if event.seq] == [1, 2, 3]


async def test_it_remembers_when_somebody_looked(engine: FakeEngine) -> None:
    async with following() as follower:
        assert follower.last_looked() is None
        await follower.catch_up()
        follower.looked()
        assert follower.last_looked() == ELAPSED
    async with following() as follower:
        await follower.catch_up()
        assert follower.last_looked() == ELAPSED
        for damaged in (b"[", b'{"started": 1, "elapsed": "\xff"}', b"[" * 99999):
            (follower.folder.path / "seen.json").write_bytes(damaged)
            assert follower.last_looked() is None


async def test_a_look_at_an_earlier_session_is_none_at_this_one(engine: FakeEngine) -> None:
    async with following() as follower:
        await follower.catch_up()
        follower.looked()
    engine.show(room(started=1.0))
    async with following() as follower:
        await follower.catch_up()
        assert follower.last_looked() is None


async def finished(engine: FakeEngine, **became: object) -> Exit:
    async with following() as follower:
        await follower.catch_up()
        engine.report("engine.end", "all files are closed", data=became)
        await engine.server.close(1.0)
        said: list[str] = []
        await follower.finish(lambda event: said.append(event.type))
        assert said[-1] == "engine.end"
        assert follower.over
        return follower.exit_status()


async def test_all_went_well(engine: FakeEngine) -> None:
    assert await finished(engine, joined=True, takes=1) is Exit.OK


async def test_nothing_was_recorded(engine: FakeEngine) -> None:
    assert await finished(engine, joined=True) is Exit.NOTHING_RECORDED


async def test_a_recording_failed(engine: FakeEngine) -> None:
    assert await finished(engine, joined=True, takes=2, failed=1) is Exit.RECORDING_FAILED


async def test_the_disk_was_full(engine: FakeEngine) -> None:
    assert await finished(engine, joined=True, takes=1, disk_full=True) is Exit.DISK_FULL


async def test_the_engine_that_takes_over_is_followed(engine: FakeEngine) -> None:
    async with following() as follower:
        await follower.catch_up()
        follower.folder.worker_socket(1).touch()
        await engine.server.close(0.1)
        told = await types(follower, "screen")
        assert told == ["link.joined", "snapshot", "screen"]
        async with fake_engine(ROOM) as second:
            second.report("stream.adopt", "is still being recorded")
            assert await types(follower, "stream.adopt") == ["screen", "stream.adopt"]
            assert await follower.command("split") == "split: everything"
            assert [request.command for request in second.requests] == ["split"]
            await second.server.close(0.1)
            follower.folder.worker_socket(1).unlink()
            await follower.finish()
        assert follower.over


async def test_who_asked_for_the_end_asks_the_next_engine_too(engine: FakeEngine) -> None:
    async with following() as follower:
        await follower.catch_up()
        await follower.command("shutdown")
        follower.folder.worker_socket(1).touch()
        await engine.server.close(0.1)
        assert (await types(follower, "screen"))[-1] == "screen"
        async with fake_engine(ROOM) as second:
            assert await types(follower, "screen") == ["screen"]
            assert [request.command for request in second.requests] == ["shutdown"]


async def test_who_is_over_ends_no_later_recording_of_the_room(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    signalled: list[int] = []

    def signalling(folder: RoomFolder) -> None:
        signalled.append(1)

    monkeypatch.setattr(RoomFolder, "signal_engine", signalling)
    async with following() as follower:
        await follower.catch_up()
        follower.signal_engine()
        assert signalled == [1]
        engine.report("engine.end", "all files are closed", data={})
        await engine.server.close(1.0)
        await follower.finish()
        follower.signal_engine()
        assert signalled == [1]


async def test_an_engine_that_dies_is_not_one_that_ended(engine: FakeEngine) -> None:
    async with following() as follower:
        await follower.catch_up()
        await engine.server.close(0.1)
        await follower.finish()
        with pytest.raises(ControlError, match="lost the engine"):
            follower.exit_status()

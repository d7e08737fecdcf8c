"""Engines that run, and engines that are begun."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.errors import ControlError, JoinError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import EventType, SignalingState
from roomdeck.tui.welcome import engines as module
from roomdeck.tui.welcome.engines import Engines

from ..fake_client import room, studio
from ..fake_engine import fake_engine

ROOM = RoomConfig(room="studio_7", server="ws://127.0.0.1:8443")
OTHER = RoomConfig(room="lobby", server="ws://127.0.0.1:8443")
CONFIG = RecordConfig(room=ROOM, output="/none", prefix="p")
OUTSIDE = msgspec.structs.replace(room(), link=SignalingState.CONNECTING)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    return tmp_path / "run"


async def launched(config: RecordConfig) -> ControlClient:
    """Connect with the engine that runs, in the place of starting one."""
    return await ControlClient.connect(RoomFolder.of(config.room))


async def refused(config: RecordConfig) -> ControlClient:
    raise ControlError("this room is being recorded already")


async def test_those_that_answer_are_listed_and_can_be_come_back_to(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    RoomFolder(runtime / "left-over").create()
    async with Engines() as engines, fake_engine(ROOM) as engine, fake_engine(OTHER):
        engine.show(studio())  # the other one says nothing
        (found,) = await engines.running()
        assert found.snapshot.room == "studio-7"
        following = await engines.attach(found.key)
        assert (await following.catch_up()).room == "studio-7"
        with pytest.raises(ControlError, match="not being recorded any more"):
            await engines.attach("0" * 12)


async def test_who_is_in_the_room_follows_from_its_first_event_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "launch", launched)
    async with Engines() as engines, fake_engine(ROOM) as engine:
        engine.report(EventType.ENGINE_START, "recording")
        engine.show(OUTSIDE)
        engine.report(EventType.LINK_JOINED, "in the room")
        engine.show(studio())
        following = await engines.start(CONFIG)
        assert following is not None
        await following.catch_up()
        assert [event.text for event in following.events] == ["recording", "in the room"]
        assert engine.requests == []


async def test_who_does_not_get_in_is_told_why_and_the_engine_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "launch", launched)
    monkeypatch.setattr(module, "_END", 0.2)
    async with Engines() as engines, fake_engine(ROOM) as engine:
        engine.report(EventType.LINK_LOST, "nothing there; again in 5 s", data={"reason": "none"})
        with pytest.raises(JoinError, match=r"^none$"):
            await engines.start(CONFIG)
        assert [request.command for request in engine.requests] == ["shutdown"]


async def test_a_room_that_is_recorded_already_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "launch", refused)
    async with Engines() as engines:
        with pytest.raises(ControlError, match="recorded already"):
            await engines.start(CONFIG)
        async with fake_engine(ROOM) as engine:
            engine.show(studio())
            assert await engines.start(CONFIG) is None
            assert engine.requests == []


@pytest.mark.parametrize("slow", [True, False])
async def test_what_is_given_up_leaves_no_engine_behind(
    monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def launching(config: RecordConfig) -> ControlClient:
        begun.set()
        if slow:
            await goes_on.wait()
        return await launched(config)

    monkeypatch.setattr(module, "launch", launching)
    monkeypatch.setattr(module, "_END", 0.2)
    async with fake_engine(ROOM) as engine:
        async with Engines() as engines:
            starting = asyncio.create_task(engines.start(CONFIG))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, goes_on.set)
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert [request.command for request in engine.requests] == ["shutdown"]

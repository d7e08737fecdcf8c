"""What is said, and with which status, however the dashboard was left."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.core.errors import ControlError, UsageError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, EngineInfo, RoomFolder
from roomdeck.tui.dashboard.appearance import Appearance
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.themes import check_theme
from roomdeck.tui.exits import Exit
from roomdeck.tui.session import on_screen as module
from roomdeck.tui.session.following import Following
from roomdeck.tui.session.on_screen import show_dashboard

from ..fake_client import room, studio
from ..fake_engine import FakeEngine, fake_engine

ROOM = RoomConfig(room="studio_7", server="ws://127.0.0.1:8443")
Person = Callable[[], Awaitable[Leave | None]]


@pytest.fixture
async def engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[FakeEngine, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    async with fake_engine(ROOM) as engine:
        engine.report("link.joined", "in the room")
        engine.show(msgspec.structs.replace(studio(), sidecar=str(tmp_path / "none.json")))
        yield engine


async def visited(
    monkeypatch: pytest.MonkeyPatch,
    person: Person,
    *,
    owner: bool = True,
    note: str = "",
    screen: dict[str, object] | None = None,
) -> Exit:
    """Visit with somebody in place of screen and person; ``screen`` gets what a screen is given."""

    class App:
        def __init__(self, *given: object, **options: object) -> None:
            if screen is not None:
                screen.update(options)

        def exit(self, result: Leave) -> None:
            self.left = result

        async def run_async(self, *, mouse: bool) -> Leave | None:
            return await person()

    monkeypatch.setattr(module, "RoomApp", App)
    folder = RoomFolder.of(ROOM)
    async with await ControlClient.connect(folder) as client:
        return await show_dashboard(Following(client, folder), Appearance(), owner=owner, note=note)


def leaving(how: Leave | None) -> Person:
    async def person() -> Leave | None:
        return how

    return person


async def test_the_screen_knows_the_log_of_an_engine_that_has_one(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, object] = {}
    await visited(monkeypatch, leaving(Leave.DETACHED), screen=told)
    assert told["log"] == ""
    log = RoomFolder.of(ROOM).engine_log
    log.touch()
    await visited(monkeypatch, leaving(Leave.DETACHED), screen=told)
    assert told["log"] == str(log)


async def test_who_detaches_is_told_how_to_come_back(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await visited(monkeypatch, leaving(Leave.DETACHED)) is Exit.OK
    said = capsys.readouterr()
    assert "Anna · camera 1" in said.out
    assert "(so far)" in said.out
    assert "roomdeck attach studio-7" in said.err
    assert "roomdeck stop --room studio-7" in said.err
    assert engine.requests == []


async def test_a_demo_says_how_long_it_goes_on(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await visited(monkeypatch, leaving(Leave.DETACHED), note="the demo goes on until 12:00")
    assert "the demo goes on until 12:00" in capsys.readouterr().err


async def test_a_lost_terminal_is_told_nothing(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await visited(monkeypatch, leaving(Leave.HANGUP)) is Exit.OK
    assert capsys.readouterr() == ("", "")


async def test_a_dashboard_that_breaks_leaves_the_recording(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await visited(monkeypatch, leaving(None)) is Exit.USAGE
    said = capsys.readouterr().err
    assert "the recording goes on without it" in said
    assert "roomdeck attach" in said
    assert engine.requests == []


async def test_after_a_stop_it_waits_for_the_last_files(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def person() -> Leave:
        data = {"file": "/out/a.ts", "bytes": 5_000_000, "seconds": 61.0, "reason": "shutdown"}
        engine.report("take.end", "", "anna", data=data)
        engine.show(room())
        engine.report("engine.end", "", data={"joined": True, "takes": 1})
        await engine.server.close(1.0)
        return Leave.STOPPED

    assert await visited(monkeypatch, person) is Exit.OK
    assert "/out/a.ts" in capsys.readouterr().out


async def test_an_engine_that_dies_behind_the_screen_is_an_error(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def person() -> Leave:
        await engine.server.close(0.1)
        return Leave.STOPPED

    with pytest.raises(ControlError, match="lost the engine"):
        await visited(monkeypatch, person)


@pytest.mark.parametrize(("owner", "signals"), [(True, [signal.SIGTERM]), (False, [])])
async def test_a_sigterm_reaches_the_engine_of_who_began_it(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, owner: bool, signals: list[int]
) -> None:
    RoomFolder.of(ROOM).write_card(EngineInfo("studio_7", "ws://x", 4711, 0.0, "/out"))
    killed: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        killed.append((pid, number))

    async def person() -> Leave:
        monkeypatch.setattr(os, "kill", kill)
        signal.raise_signal(signal.SIGTERM)
        return Leave.DETACHED

    await visited(monkeypatch, person, owner=owner)
    assert killed == [(4711, number) for number in signals]


async def test_who_comes_back_hears_what_happened(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await visited(monkeypatch, leaving(Leave.DETACHED), owner=False)
    assert "since the start" in capsys.readouterr().err
    engine.report("take.start", "", "ben")
    await visited(monkeypatch, leaving(Leave.DETACHED), owner=False)
    said = capsys.readouterr().err
    assert "while you were away" in said
    assert "1 file begun (Ben)" in said


def test_a_theme_that_does_not_exist_is_refused() -> None:
    check_theme("")
    check_theme("roomdeck-light")
    check_theme("nord")
    with pytest.raises(UsageError, match="roomdeck-contrast"):
        check_theme("pink")


async def test_who_leaves_files_unfinished_hurries_the_engine_and_is_told_so(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signals: list[None] = []

    def signalled(_: Following) -> None:
        signals.append(None)

    monkeypatch.setattr(Following, "signal_engine", signalled)
    assert await visited(monkeypatch, leaving(Leave.HURRIED)) is Exit.INTERRUPTED
    said = capsys.readouterr()
    assert signals == [None]
    assert "left before every file was closed" in said.err
    assert "goes on" not in said.err

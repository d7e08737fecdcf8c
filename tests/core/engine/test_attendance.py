"""The attendant that an engine keeps beside a recording: it dies, and nothing is lost but time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from roomdeck.core.attendant.orders import Orders
from roomdeck.core.config import AttendantConfig, Hook
from roomdeck.core.engine import attendance as module
from roomdeck.core.engine.attendance import Attendance
from roomdeck.core.engine.room.actions import Note
from roomdeck.core.model import EventType
from roomdeck.core.signaling.backoff import Backoff

from ..attendant.fake_engine import Engine
from ..attendant.hooks.hooks import orders

GIVE_UP = 30.0
WRITE = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"


class Stage:
    """An engine, its attendance, and what a program heard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine(folder)
        self.there = folder / "heard"
        self.notes: list[Note] = []
        hook = Hook(on=("*",), command=(sys.executable, "-S", "-c", WRITE, str(self.there)))
        self.orders = orders(folder, hook)
        self._running: list[asyncio.Task[None]] = []
        self._attendances: list[Attendance] = []
        self.attendance = self.attend(self.orders)

    def attend(self, orders: Orders) -> Attendance:
        made = Attendance(orders, self.folder / "attendant.log", self.notes.append)
        self._attendances.append(made)
        self.engine.on_news = made.hears.set
        return made

    def run(self) -> asyncio.Task[None]:
        self._running.append(asyncio.create_task(self.attendance.run()))
        return self._running[-1]

    @property
    def process(self) -> subprocess.Popen[bytes]:
        process = self.attendance._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
        return process

    async def hears(self) -> None:
        await asyncio.wait_for(self.attendance.hears.wait(), GIVE_UP)

    async def kill(self) -> None:
        self.attendance.hears.clear()
        self.process.kill()

    def heard(self) -> list[str]:
        lines = self.there.read_text().splitlines() if self.there.exists() else []
        return [line.split('"type":"')[1].split('"')[0] for line in lines]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(GIVE_UP):
            while not true():  # noqa: ASYNC110 - files set no event
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.engine.server.close(0)
        for attendance in self._attendances:
            process = attendance._process  # pyright: ignore[reportPrivateUsage]
            if process is not None:
                process.kill()
                await asyncio.to_thread(process.wait)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(module, "_BACKOFF", Backoff(first=0.01, limit=0.01))
    monkeypatch.setattr(module, "LOOK", 0.01)
    # The path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="rd-") as made:
        monkeypatch.setenv("XDG_STATE_HOME", made)
        monkeypatch.setenv("HOME", made)
        stage = Stage(Path(made))
        await stage.engine.server.open(stage.folder / "engine.sock")
        yield stage
        await stage.close()


async def test_each_event_is_heard_once_however_often_it_dies(stage: Stage) -> None:
    stage.run()
    for seq in range(2):
        await stage.hears()
        stage.engine.tell(EventType.TAKE_START if seq else EventType.ENGINE_START)
        await stage.kill()
        stage.engine.tell(EventType.TAKE_END)
    await stage.until(lambda: len(stage.heard()) == 4)
    await stage.hears()
    assert stage.heard() == [event.type for event in stage.engine.journal.since(0)]
    assert [note.type for note in stage.notes] == 2 * [EventType.WARNING]
    assert str(stage.folder / "attendant.log") in stage.notes[0].text


async def test_it_outlives_its_engine_until_it_has_done_all(stage: Stage) -> None:
    task = stage.run()
    await stage.hears()
    stage.engine.tell(EventType.TAKE_END)
    stage.engine.tell(EventType.ENGINE_END)
    await stage.attendance.heard()
    task.cancel()
    await stage.engine.server.close(GIVE_UP)
    await stage.until(lambda: stage.heard() == ["take.end", "engine.end"])
    assert stage.notes == []


async def test_one_that_just_died_is_replaced_at_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 60.0)
    monkeypatch.setattr(module, "PATIENCE", GIVE_UP)
    stage.run()
    await stage.hears()
    stage.process.kill()
    await asyncio.to_thread(stage.process.wait)
    stage.engine.tell(EventType.ENGINE_END)
    monkeypatch.setattr(module, "LOOK", 0.01)
    await stage.attendance.heard()
    assert stage.attendance.hears.is_set()
    await stage.engine.server.close(GIVE_UP)
    await stage.until(lambda: stage.heard() == ["engine.end"])
    assert stage.notes == []


async def test_one_that_cannot_run_costs_the_end_a_moment_and_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    stage.run()
    await stage.until(lambda: len(stage.notes) >= 2)
    assert "cannot be started" in stage.notes[0].text
    await asyncio.wait_for(stage.attendance.heard(), GIVE_UP)


async def test_the_next_engine_s_goes_on_where_the_last_one_s_was(stage: Stage) -> None:
    task = stage.run()
    await stage.hears()
    stage.engine.tell(EventType.TAKE_START)
    await stage.until(lambda: len(stage.heard()) == 1)
    # An engine that dies says nothing of an end.
    await stage.engine.server.close(0)
    task.cancel()

    stage.engine = Engine(stage.folder)
    await stage.engine.server.open(stage.folder / "engine.sock")
    stage.engine.tell(EventType.ENGINE_START)
    stage.attendance = stage.attend(stage.orders)
    stage.run()
    stage.engine.tell(EventType.TAKE_END)
    await stage.until(lambda: len(stage.heard()) == 3)
    assert stage.heard() == ["take.start", "engine.start", "take.end"]


async def test_without_anything_to_do_there_is_none(stage: Stage) -> None:
    nothing = replace(stage.orders, config=AttendantConfig())
    stage.attendance = stage.attend(nothing)
    await asyncio.wait_for(stage.attendance.run(), GIVE_UP)
    await asyncio.wait_for(stage.attendance.heard(), GIVE_UP)
    assert not (stage.folder / "attendant.log").exists()

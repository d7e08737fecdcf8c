"""Engines that are started, adopted, missed and ended; they are made up, their sockets are real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path

import pytest

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.errors import ControlError, ProtocolError, UsageError
from roomdeck.core.ipc import control_client
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Event, Outcome, RoomSnapshot
from roomdeck.core.supervision import keeper, supervisor
from roomdeck.core.supervision.schedule import DAYS, times
from roomdeck.core.supervision.supervisor import Listener, Room, Supervisor

from ...tui.fake_client import studio
from ...tui.fake_engine import FakeEngine, fake_engine

ENDED = {"joined": True, "takes": 1}


def room(name: str, **changes: object) -> Room:
    where = RoomConfig(room=name, server="ws://127.0.0.1:1")
    return Room(RecordConfig(room=where, output="/out", prefix=name, **changes))  # type: ignore[arg-type]


class Told(Listener):
    """What was said, in order, and waiting for it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[str] = []
        self.outcomes: list[Outcome] = []
        self._news = asyncio.Event()

    def said(self, room: str, text: str) -> None:
        self.lines.append(f"{room}: {text}")
        self._news.set()

    def update(self, room: str, update: Event | RoomSnapshot) -> None:
        if isinstance(update, Event):
            self.events.append(f"{room}: {update.text}")
            self._news.set()

    def ended(self, room: str, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def line(self, text: str, count: int = 1) -> None:
        await self.until(lambda: sum(text in line for line in self.lines) >= count)


class Engines:
    """Makes an engine where one is launched, and ends it as engines end."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.launched: list[RecordConfig] = []
        self.running: dict[str, FakeEngine] = {}
        self.refuse = 0
        self._stack = stack

    async def launch(self, config: RecordConfig) -> ControlClient:
        self.launched.append(config)
        if self.refuse:
            self.refuse -= 1
            raise ControlError("cannot make the output folder")
        await self.begin(config.room)
        return await ControlClient.connect(RoomFolder.of(config.room))

    async def begin(self, where: RoomConfig) -> FakeEngine:
        engine = await self._stack.enter_async_context(fake_engine(where))
        self.running[where.room] = engine
        engine.show(studio())
        inner = engine.server

        async def obey(request: object) -> str:
            if getattr(request, "command", "") == "shutdown":
                asyncio.get_running_loop().call_soon(self._leave, where)
            return "ok"

        inner._command = obey  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        return engine

    def _leave(self, where: RoomConfig) -> None:
        self.running[where.room].report("engine.end", "all files are closed", data=ENDED)
        self._ending = asyncio.ensure_future(self.vanish(where.room))

    async def vanish(self, name: str) -> None:
        engine = self.running.pop(name)
        await engine.server.close(1.0)
        where = RoomConfig(room=name, server="ws://127.0.0.1:1")
        RoomFolder.of(where).control_socket.unlink(missing_ok=True)


@pytest.fixture
async def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Engines, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    monkeypatch.setattr(supervisor, "LOOK", 0.02)
    monkeypatch.setattr(keeper, "PAUSES", (0.02, 0.05))
    async with AsyncExitStack() as stack:
        made = Engines(stack)
        monkeypatch.setattr(supervisor, "launch", made.launch)
        yield made


@asynccontextmanager
async def keeping(*rooms: Room) -> AsyncGenerator[tuple[Supervisor, Told], None]:
    told = Told()
    kept = Supervisor(rooms, told)
    running = asyncio.create_task(kept.run())
    try:
        yield kept, told
    finally:
        kept.stop()
        async with asyncio.timeout(20):
            await running


async def test_each_room_has_an_engine_and_all_end_in_order(engines: Engines) -> None:
    async with keeping(room("one"), room("two")) as (_, told):
        await told.line("is recorded, always", count=2)
        assert sorted(config.room.room for config in engines.launched) == ["one", "two"]
    assert sorted(told.lines[-2:]) == ["one: ended", "two: ended"]
    assert len(told.outcomes) == 2


async def test_an_engine_that_is_gone_is_started_again(engines: Engines) -> None:
    async with keeping(room("one"), room("two")) as (_, told):
        await told.line("is recorded, always", count=2)
        await engines.vanish("one")
        await told.line("one: is recorded, always", count=2)
        assert [config.room.room for config in engines.launched[2:]] == ["one"]


async def test_one_that_does_not_start_is_tried_again_and_said_why(engines: Engines) -> None:
    engines.refuse = 2
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded, always")
    assert [line for line in told.lines if "did not start" in line] == [
        "one: did not start: cannot make the output folder; again in 0 s"
    ] * 2


@pytest.mark.parametrize("error", [ControlError("no"), BlockingIOError("no more processes")])
async def test_whatever_it_is_that_an_engine_does_not_start_for(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(config: RecordConfig) -> ControlClient:
        monkeypatch.setattr(supervisor, "launch", engines.launch)
        raise error

    monkeypatch.setattr(supervisor, "launch", fail)
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded, always")
    assert told.lines[0] == f"one: did not start: {error}; again in 0 s"


async def test_an_engine_that_is_not_understood_is_looked_after_again(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = control_client.decode_update

    def fail(frame: str | bytes) -> object:
        monkeypatch.setattr(control_client, "decode_update", decode)
        raise ProtocolError("not an engine's message")

    monkeypatch.setattr(control_client, "decode_update", fail)
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded already")
        assert len(engines.launched) == 1
    assert told.lines[1].startswith("one: its engine is not understood: not an engine's message")
    assert told.lines[-1] == "one: ended"


async def test_an_engine_that_is_never_understood_is_ended_as_others(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(frame: str | bytes) -> object:
        raise ProtocolError("not an engine's message")

    monkeypatch.setattr(control_client, "decode_update", fail)
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded already")
    assert engines.running == {}


async def test_one_that_runs_is_adopted_and_its_past_is_not_told_again(engines: Engines) -> None:
    running = await engines.begin(room("one").config.room)
    running.report("take.start", "long ago")
    running.show(studio())
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded already")
        running.show(studio())
        running.report("marker", "just now")
        await told.until(lambda: "one: just now" in told.events)
        assert told.events == ["one: just now"]
        assert engines.launched == []
    assert told.lines[-1] == "one: ended"


async def test_one_that_a_person_stops_stays_so(engines: Engines) -> None:
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded, always")
        async with await ControlClient.connect(RoomFolder.of(room("one").config.room)) as client:
            await client.command("shutdown")
        await told.line("stays so until its next time")
        await asyncio.sleep(0.2)  # ten looks, at none of which it may begin again
        assert len(engines.launched) == 1


async def test_what_is_not_wanted_now_is_not_touched(engines: Engines) -> None:
    await engines.begin(room("one").config.room)
    another_day = DAYS[(date.today().weekday() + 3) % 7]
    async with keeping(Room(room("one").config, times(days=(another_day,))), room("two")) as kept:
        await kept[1].line("two: is recorded")
    assert list(engines.running) == ["one"], "somebody else's"


async def test_only_one_keeps_rooms(engines: Engines) -> None:
    async with keeping(room("one")) as (_, told):
        await told.line("is recorded, always")
        with pytest.raises(UsageError, match="kept already"):
            await Supervisor([room("two")], Told()).run()


async def test_other_rooms_without_ending_those_that_stay(engines: Engines) -> None:
    async with keeping(room("one"), room("two")) as (kept, told):
        await told.line("is recorded, always", count=2)
        kept.change([room("two", codec=None, seconds=99.0), room("three")])
        await told.line("one: ended")
        await told.line("three: is recorded, always")
        assert sorted(engines.running) == ["three", "two"]
        await engines.vanish("two")
        await told.line("two: is recorded, always", count=2)
        assert engines.launched[-1].seconds == 99.0, "the new options, from its next engine on"


async def test_a_room_that_comes_back_while_it_leaves_is_recorded_again(engines: Engines) -> None:
    async with keeping(room("one"), room("two")) as (kept, told):
        await told.line("is recorded, always", count=2)
        kept.change([room("two")])
        kept.change([room("one"), room("two")])
        await told.line("one: ended")
        await told.line("one: is recorded, always", count=2)
    assert [line for line in told.lines if line.startswith("one: ")] == [
        "one: is recorded, always",
        "one: ended",
        "one: is recorded, always",
        "one: ended",
    ]


def test_an_engine_ends_by_itself_where_nobody_is_left_to_end_it() -> None:
    config = room("one").config
    until = supervisor._until  # pyright: ignore[reportPrivateUsage]
    assert until(config, supervisor.Window(0, 10_000), 4_000).seconds == 6_000 + supervisor.SPARE
    assert until(config, times().window(0.0), 0.0).seconds is None
    assert until(room("one", seconds=5.0).config, supervisor.Window(0, 99), 0).seconds == 5.0

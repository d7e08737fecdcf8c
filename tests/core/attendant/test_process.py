"""An attendant follows an engine, and leaves after it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomdeck.core.attendant.orders import Orders, decode, encode
from roomdeck.core.attendant.process import attend
from roomdeck.core.config import AttendantConfig
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.control_messages import News
from roomdeck.core.model import Event, EventType, RoomSnapshot, UploadsSnapshot

from .fake_engine import Engine

GIVE_UP = 30.0


class Part:
    """Keeps what it is told, and can break."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.finished = False
        self.breaks = False
        self.began = asyncio.Event()
        self.engine: ControlClient | None = None
        self.stopped = False

    async def run(self, engine: ControlClient) -> None:
        self.engine = engine
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True

    def hear(self, event: Event) -> None:
        if self.breaks:
            raise ValueError(event.type)
        self.heard.append(event.type)

    def see(self, snapshot: RoomSnapshot) -> None:
        pass

    async def finish(self) -> None:
        assert not self.stopped
        self.finished = True


@pytest.fixture
def orders(folder: Path) -> Orders:
    return Orders(
        folder=str(folder),
        room="stage",
        output=str(folder),
        sidecar=str(folder / "stage.json"),
        config=AttendantConfig(),
    )


def test_orders_go_through_a_pipe_whole(orders: Orders) -> None:
    assert decode(encode(orders)) == orders


async def test_parts_hear_all_and_finish_after_the_last_event(
    engine: Engine, orders: Orders
) -> None:
    engine.tell(EventType.ENGINE_START)
    part = Part()
    attending = asyncio.create_task(attend(orders, [part]))
    await asyncio.wait_for(part.began.wait(), GIVE_UP)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(attending, GIVE_UP)
    assert part.heard == ["engine.start", "engine.end"]
    assert part.finished
    assert part.stopped


async def test_an_engine_that_died_leaves_what_is_to_be_finished_to_the_next(
    engine: Engine, orders: Orders
) -> None:
    part = Part()
    attending = asyncio.create_task(attend(orders, [part]))
    await asyncio.wait_for(part.began.wait(), GIVE_UP)
    await engine.server.close(0)
    await asyncio.wait_for(attending, GIVE_UP)
    assert part.stopped
    assert not part.finished


async def test_a_part_that_breaks_costs_the_others_nothing(engine: Engine, orders: Orders) -> None:
    broken, whole = Part(), Part()
    broken.breaks = True
    attending = asyncio.create_task(attend(orders, [broken, whole]))
    await asyncio.wait_for(whole.began.wait(), GIVE_UP)
    engine.tell(EventType.TAKE_START)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(attending, GIVE_UP)
    assert whole.heard == ["take.start", "engine.end"]
    assert whole.finished


async def test_a_part_that_is_dead_keeps_nobody_from_leaving(
    engine: Engine, orders: Orders
) -> None:
    class Dead(Part):
        async def run(self, engine: ControlClient) -> None:
            self.began.set()
            raise ValueError("of its own")

        async def finish(self) -> None:
            await asyncio.Event().wait()

    part = Dead()
    attending = asyncio.create_task(attend(orders, [part]))
    await asyncio.wait_for(part.began.wait(), GIVE_UP)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(attending, GIVE_UP)


async def test_a_part_can_tell_all(engine: Engine, orders: Orders) -> None:
    part = Part()
    attending = asyncio.create_task(attend(orders, [part]))
    await asyncio.wait_for(part.began.wait(), GIVE_UP)
    assert part.engine is not None
    await part.engine.tell(EventType.UPLOAD_DONE, "there", data={"file": "a.mkv"})
    await part.engine.show(UploadsSnapshot(done=1))
    greeting, told, shown = engine.requests
    assert isinstance(greeting, News)
    assert not greeting.event
    assert isinstance(told, News)
    assert isinstance(shown, News)
    assert (told.event, told.data) == ("upload.done", {"file": "a.mkv"})
    assert shown.uploads == UploadsSnapshot(done=1)
    attending.cancel()
    await asyncio.gather(attending, return_exceptions=True)


async def test_without_an_engine_there_is_nothing_to_attend(orders: Orders) -> None:
    with pytest.raises(ControlError):
        await attend(orders, [Part()])

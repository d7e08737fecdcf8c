"""Still pictures on their way from a worker to the client that asked."""

from __future__ import annotations

import asyncio

import pytest

from roomdeck.core.engine.room.actions import Tell
from roomdeck.core.engine.workers import stills
from roomdeck.core.engine.workers.stills import Stills
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Picture, Size

from ..room.room_lab import RoomLab

PICTURE = Picture(2, 1, b"abcdef", 1.5)


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    lab.announce("alice")
    lab.offer("alice")
    lab.announce("bob")
    lab.asked.clear()
    return lab


def asked(lab: RoomLab) -> list[worker_messages.Still]:
    return [
        action.message
        for action in lab.asked
        if isinstance(action, Tell) and isinstance(action.message, worker_messages.Still)
    ]


async def test_each_answer_goes_to_who_asked_for_it(lab: RoomLab) -> None:
    pictures = Stills(lab.room, lambda actions: lab.asked.extend(actions))
    first = asyncio.create_task(pictures.ask(("alice",)))
    second = asyncio.create_task(pictures.ask(("alice",)))
    await asyncio.sleep(0)
    one, two = asked(lab)
    assert one.stream == "alice"
    pictures.answered(worker_messages.StillPicture(two.number, PICTURE))
    pictures.answered(worker_messages.StillPicture(one.number, None))
    assert await first is None
    assert await second == PICTURE
    pictures.answered(worker_messages.StillPicture(one.number, PICTURE))


async def test_it_is_asked_for_in_a_size_and_what_does_not_decode_is_said(lab: RoomLab) -> None:
    pictures = Stills(lab.room, lambda actions: lab.asked.extend(actions))
    asking = asyncio.create_task(pictures.ask(("alice",), Size(40, 30)))
    await asyncio.sleep(0)
    (one,) = asked(lab)
    assert one.size == Size(40, 30)
    pictures.answered(worker_messages.StillPicture(one.number, None, "it does not decode"))
    with pytest.raises(ControlError, match="does not decode"):
        await asking


async def test_who_gives_up_as_the_answer_comes_has_given_up(lab: RoomLab) -> None:
    pictures = Stills(lab.room, lambda actions: lab.asked.extend(actions))
    asking = asyncio.create_task(pictures.ask(("alice",)))
    await asyncio.sleep(0)
    pictures.answered(worker_messages.StillPicture(asked(lab)[0].number, PICTURE))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_stream_without_a_connection_has_no_picture(lab: RoomLab) -> None:
    pictures = Stills(lab.room, lambda actions: lab.asked.extend(actions))
    assert await pictures.ask(("bob",)) is None
    assert lab.asked == []


@pytest.mark.parametrize("streams", [(), ("alice", "bob"), ("nobody",)])
async def test_it_is_of_one_stream_that_is_there(lab: RoomLab, streams: tuple[str, ...]) -> None:
    with pytest.raises(ControlError):
        await Stills(lab.room, lambda actions: None).ask(streams)


async def test_a_worker_that_does_not_answer_is_not_waited_for(
    lab: RoomLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "PATIENCE", 0.01)
    pictures = Stills(lab.room, lambda actions: lab.asked.extend(actions))
    with pytest.raises(ControlError, match="in time"):
        await pictures.ask(("alice",))
    pictures.answered(worker_messages.StillPicture(asked(lab)[0].number, PICTURE))


def test_pictures_cross_the_link_whole() -> None:
    said = worker_messages.StillPicture(3, PICTURE)
    assert worker_messages.decode_from_worker(worker_messages.encode(said)) == said
    assert worker_messages.decode_to_worker(
        worker_messages.encode(worker_messages.Still("a", 3, Size(9, 5)))
    ) == worker_messages.Still("a", 3, Size(9, 5))

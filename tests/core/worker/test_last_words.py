"""What a worker remembers for an engine that comes when another one is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason
from roomdeck.core.worker.connections import peer
from roomdeck.core.worker.process import Worker

from ..engine.room.room_lab import take
from .fakes import FakeConnection
from .serving import offer, session_settings


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(peer, "Connection", FakeConnection)
    made = Worker(1)
    obey(made, worker_messages.Setup(session_settings(tmp_path)))
    return made


def obey(worker: Worker, message: worker_messages.ToWorker) -> None:
    vars(Worker)["_obey"](worker, message)


def tell(worker: Worker, message: worker_messages.FromWorker) -> None:
    vars(Worker)["_tell"](worker, message)


def hello(worker: Worker) -> worker_messages.Hello:
    said: Any = vars(Worker)["_hello"](worker)
    return said


async def test_who_left_when_and_why(worker: Worker) -> None:
    obey(worker, offer())
    before = time.monotonic()
    tell(worker, worker_messages.Closed("p1", EndReason.BYE, "left"))
    tell(worker, worker_messages.Closed("another", EndReason.BYE, "left"))
    (left,) = hello(worker).left
    assert (left.stream, left.reason, left.text) == ("alice", EndReason.BYE, "left")
    assert before <= left.at <= time.monotonic()


async def test_when_a_take_ended_and_what_became_of_it_then(worker: Worker) -> None:
    ended = take(reason=EndReason.BYE)
    tell(worker, worker_messages.TakeEnd("p1", ended))
    (first,) = hello(worker).ended
    assert first.take == ended
    tell(worker, worker_messages.TakeMended(ended, "it is gone"))
    (last,) = hello(worker).ended
    assert (last.at, last.unmended) == (first.at, "it is gone")
    obey(worker, worker_messages.Acknowledge((ended.file,)))
    assert hello(worker).ended == ()
    # What was put right after that is to be in the sidecar, too.
    tell(worker, worker_messages.TakeMended(ended))
    assert [one.take for one in hello(worker).ended] == [ended]


class Link:
    """An engine's link, as far as a worker looks at it."""

    def __init__(self, term: str = "") -> None:
        headers = Headers({worker_messages.TERM: term} if term else {})
        self.request = Request("/", headers)
        self.closed: list[int] = []
        self.said: list[str] = []
        self.over = asyncio.Event()

    async def close(self, code: int = 1000) -> None:
        self.closed.append(code)
        self.over.set()

    async def send(self, frame: str) -> None:
        self.said.append(frame)

    async def __aiter__(self) -> AsyncIterator[str]:
        await self.over.wait()
        return
        yield ""


async def serve(worker: Worker, link: Link) -> None:
    await vars(Worker)["_serve_engine"](worker, link)


async def test_of_two_engines_that_were_cut_off_from_each_other_the_later_one_stays(
    worker: Worker,
) -> None:
    later, earlier, after = Link("200.5"), Link("100.0"), Link("100.0")
    serving = asyncio.create_task(serve(worker, later))
    await asyncio.sleep(0)
    await asyncio.wait_for(serve(worker, earlier), 10)
    assert earlier.closed == [worker_messages.SUPERSEDED]
    assert later.closed == []
    # Where that one is gone, any will do: clocks are set.
    later.over.set()
    await serving
    serving = asyncio.create_task(serve(worker, after))
    await asyncio.sleep(0)
    assert after.closed == []
    # One of the same machine says nothing, and comes after all.
    local = Link()
    another = asyncio.create_task(serve(worker, local))
    await asyncio.wait_for(serving, 10)
    assert after.closed == [1000]
    local.over.set()
    await another


async def test_an_engine_hears_that_a_later_one_has_its_worker(worker: Worker) -> None:
    earlier, again, later = Link("100.0"), Link("100.0"), Link("200.0")
    serving = [asyncio.create_task(serve(worker, link)) for link in (earlier, again, later)]
    await asyncio.wait_for(asyncio.gather(*serving[:2]), 10)
    assert earlier.closed == [1000], "the same one came back"
    assert again.closed == [worker_messages.SUPERSEDED]
    assert later.closed == []
    later.over.set()
    await serving[2]


async def test_nobody_waits_for_the_farewell_of_an_engine_that_is_cut_off(worker: Worker) -> None:
    class CutOff(Link):
        async def close(self, code: int = 1000) -> None:
            await asyncio.Event().wait()

    gone, here = CutOff("100.0"), Link("200.0")
    serving = [asyncio.create_task(serve(worker, link)) for link in (gone, here)]
    async with asyncio.timeout(10):
        while not here.said:  # noqa: ASYNC110 - a link sets no event
            await asyncio.sleep(0)
    for link in (gone, here):
        link.over.set()
    await asyncio.gather(*serving)

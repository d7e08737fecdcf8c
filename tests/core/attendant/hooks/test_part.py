"""Hooks beside an engine: what they hear, how often, and what a restart costs them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from roomdeck.core.attendant.hooks import line
from roomdeck.core.attendant.hooks.deliveries import Delivery
from roomdeck.core.attendant.hooks.part import HooksPart
from roomdeck.core.attendant.hooks.signature import headers
from roomdeck.core.attendant.hooks.store import Store
from roomdeck.core.attendant.orders import Orders
from roomdeck.core.attendant.process import attend
from roomdeck.core.config import AttendantConfig, Hook
from roomdeck.core.engine.records.journal import KEPT
from roomdeck.core.ipc.control_messages import News
from roomdeck.core.model import EventType
from roomdeck.core.signaling.backoff import Backoff

from ..fake_engine import Engine
from .hooks import orders as of
from .receiver import Receiver

GIVE_UP = 30.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BACKOFF", Backoff(first=0.01, limit=0.05))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.open()
    yield made
    await made.close()


Start = Callable[[Orders], tuple[HooksPart, asyncio.Task[None]]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    running: list[asyncio.Task[None]] = []

    def begin(orders: Orders) -> tuple[HooksPart, asyncio.Task[None]]:
        part = HooksPart(orders, tmp_path / "state")
        running.append(asyncio.create_task(attend(orders, [part])))
        return part, running[-1]

    yield begin
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def die(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def failures(engine: Engine) -> list[News]:
    return [one for one in engine.requests if isinstance(one, News) and one.event]


async def told(engine: Engine, count: int) -> list[News]:
    async with asyncio.timeout(GIVE_UP):
        while len(failures(engine)) < count:
            engine.came.clear()
            await engine.came.wait()
    return failures(engine)


def hook(receiver: Receiver, *on: str, secret: str = "") -> Hook:
    return Hook(on=on, url=receiver.url, secret=secret, name="lamp")


async def test_an_address_hears_each_event_once_signed(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    engine.tell(EventType.TAKE_START)
    start(of(folder, hook(receiver, "take.*", secret="s3cret")))
    engine.tell(EventType.ENGINE_STOP)
    engine.tell(EventType.TAKE_END, file="/rec/a.mkv")
    await receiver.wait_for(2)
    assert receiver.types == ["take.start", "take.end"]
    last, raw = receiver.headers[1], receiver.raw[1]
    assert last["content-type"] == "application/json"
    assert last["webhook-id"] == receiver.bodies[1]["id"]
    assert receiver.bodies[1]["file"] == "/rec/a.mkv"
    assert receiver.bodies[1]["room"] == "stage"
    signed = headers(last["webhook-id"], raw, int(last["webhook-timestamp"]), "s3cret")
    assert last["webhook-signature"] == signed["webhook-signature"]


async def test_what_the_engine_tells_again_is_not_told_twice(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    orders = of(folder, hook(receiver, "take.*"))
    for kind in (EventType.TAKE_START, EventType.TAKE_MENDING):
        engine.tell(kind)
    _, task = start(orders)
    # One is on its way after the other was seen to have arrived.
    await receiver.wait_for(2)
    await die(task)
    engine.tell(EventType.TAKE_END)
    start(orders)
    while receiver.types[-1] != "take.end":
        await receiver.wait_for(len(receiver.bodies) + 1)
    assert receiver.types.count("take.start") == 1
    # Whether somebody had it who was being told, nobody knows: but the id tells.
    assert len(set(receiver.ids)) == 3


async def test_what_was_heard_last_outlives_the_engine_that_told_it(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    orders = of(folder, hook(receiver, "take.*"))
    engine.tell(EventType.TAKE_START)
    _, task = start(orders)
    await receiver.wait_for(1)
    await die(task)
    # It dies with these words, and nobody heard them.
    for kind in (EventType.TAKE_MENDING, EventType.TAKE_MENDED, EventType.TAKE_END):
        engine.tell(kind)
    await engine.server.close(0)
    engine = Engine(folder)
    await engine.server.open(folder / "engine.sock")
    engine.tell(EventType.TAKE_REPAIRED)
    start(orders)
    # The first may come once more: nobody knows whether it had arrived.
    while receiver.types[-1] != "take.repaired":
        await receiver.wait_for(len(receiver.bodies) + 1)
    told = dict(zip(receiver.ids, receiver.types, strict=True))
    assert list(told.values()) == [
        "take.start",
        "take.mending",
        "take.mended",
        "take.end",
        "take.repaired",
    ]
    await engine.server.close(0)


async def test_who_was_away_for_long_hears_what_the_engine_does_not_keep(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    orders = of(folder, hook(receiver, "take.*"))
    _, task = start(orders)
    engine.tell(EventType.TAKE_START)
    await receiver.wait_for(1)
    await die(task)
    engine.tell(EventType.TAKE_END)
    for _ in range(KEPT):
        engine.tell(EventType.MARKER)
    start(orders)
    await receiver.wait_for(2)
    assert receiver.types[-1] == "take.end"


async def test_what_was_told_stays_so_where_the_engine_dies_before_the_disk_knows(
    engine: Engine,
    start: Start,
    receiver: Receiver,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, settle, submit = threading.Event(), Store.settle, ThreadPoolExecutor.submit
    both = asyncio.Event()
    asked: list[object] = []

    def slow(store: Store, one: Delivery) -> None:
        go_on.wait(GIVE_UP)
        settle(store, one)

    def counting(pool: ThreadPoolExecutor, call: Any, *given: Any) -> Any:
        if getattr(getattr(call, "func", None), "__name__", "") == "slow":
            asked.append(call)
            if len(asked) == 2:
                both.set()
        return submit(pool, call, *given)

    monkeypatch.setattr(Store, "settle", slow)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", counting)
    orders = of(folder, Hook(on=("take.*",), url=receiver.url, at_once=2))
    engine.tell(EventType.TAKE_START)
    engine.tell(EventType.TAKE_MENDING)
    _, task = start(orders)
    async with asyncio.timeout(GIVE_UP):
        await both.wait()
    # The first one is being written, the second one waits for that.
    threading.Timer(0.1, go_on.set).start()
    await die(task)
    engine.tell(EventType.TAKE_END)
    start(orders)
    while receiver.types[-1] != "take.end":
        await receiver.wait_for(len(receiver.bodies) + 1)
    assert sorted(receiver.types) == ["take.end", "take.mending", "take.start"]


async def test_they_come_in_order_however_often_one_fails(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    receiver.answers.extend([(503, {}), (429, {"Retry-After": "0"}), (500, {})])
    start(of(folder, hook(receiver, "alarm.*")))
    engine.tell(EventType.ALARM_BEGIN)
    engine.tell(EventType.ALARM_END)
    await receiver.wait_for(5)
    assert receiver.types == 4 * ["alarm.begin"] + ["alarm.end"]
    assert len(set(receiver.ids[:4])) == 1
    (news,) = await told(engine, 1)
    assert news.event == "hook.failed"
    assert news.data == {
        "hook": "lamp",
        "event": "alarm.begin",
        "error": "it answered 503; it is tried again",
    }


@pytest.mark.parametrize("status", [404, 302])
async def test_what_is_refused_for_good_is_told_and_not_tried_again(
    engine: Engine, start: Start, receiver: Receiver, folder: Path, status: int
) -> None:
    receiver.answers.append((status, {"Location": receiver.url}))
    start(of(folder, hook(receiver, "take.*")))
    engine.tell(EventType.TAKE_START)
    engine.tell(EventType.TAKE_END)
    await receiver.wait_for(2)
    assert receiver.types == ["take.start", "take.end"]
    (news,) = await told(engine, 1)
    assert news.data["event"] == "take.start"
    assert str(status) in news.data["error"]
    assert "token-in-the-path" not in news.text


async def test_nothing_is_lost_where_an_attendant_dies_before_the_address_is_there(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    orders = of(folder, hook(receiver, "take.*"))
    await receiver.close()
    _, task = start(orders)
    engine.tell(EventType.TAKE_START)
    await told(engine, 1)
    await die(task)
    await receiver.open(port)
    start(orders)
    await receiver.wait_for(1)
    assert receiver.types == ["take.start"]


async def test_the_next_recording_delivers_what_one_left(
    engine: Engine, start: Start, receiver: Receiver, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "LINGER", 0.1)
    receiver.answers.extend((500, dict[str, str]()) for _ in range(1000))
    first = of(folder, hook(receiver, "take.*"))
    _, task = start(first)
    engine.tell(EventType.TAKE_END)
    await receiver.wait_for(1)
    engine.tell(EventType.ENGINE_END)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(task, GIVE_UP)

    receiver.answers.clear()
    before = len(receiver.bodies)
    next_engine = Engine(folder)
    await next_engine.server.open(folder / "engine.sock")
    start(replace(first, sidecar=str(folder / "next.json")))
    await receiver.wait_for(before + 1)
    assert len(set(receiver.ids)) == 1
    assert receiver.bodies[-1]["sidecar"] == first.sidecar
    await next_engine.server.close(0)


async def test_the_end_delivers_what_is_left(
    engine: Engine, start: Start, receiver: Receiver, folder: Path, tmp_path: Path
) -> None:
    there = tmp_path / "heard"
    code = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"
    program = Hook(on=("*",), command=(sys.executable, "-S", "-c", code, str(there)))
    _, task = start(of(folder, hook(receiver, "*"), program))
    for kind in (EventType.TAKE_START, EventType.TAKE_END, EventType.ENGINE_END):
        engine.tell(kind)
    await receiver.wait_for(1)
    await engine.server.close(GIVE_UP)
    await asyncio.wait_for(task, GIVE_UP)
    assert receiver.types == ["take.start", "take.end", "engine.end"]
    assert [line.count('"type"') for line in there.read_text().splitlines()] == [1, 1, 1]


async def test_who_hears_of_failures_and_fails_is_not_told_of_that(
    engine: Engine, start: Start, receiver: Receiver, folder: Path
) -> None:
    receiver.answers.append((400, {}))
    start(of(folder, hook(receiver, "hook.failed", "take.end")))
    engine.tell(EventType.HOOK_FAILED)
    engine.tell(EventType.TAKE_END)
    await receiver.wait_for(2)
    assert receiver.types == ["hook.failed", "take.end"]
    assert failures(engine) == []


async def test_the_oldest_gives_way_where_too_many_wait(
    engine: Engine, start: Start, receiver: Receiver, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 2)
    monkeypatch.setattr(line, "BACKOFF", Backoff(first=60, limit=60))
    receiver.answers.append((500, {}))
    start(of(folder, hook(receiver, "*")))
    for kind in (EventType.TAKE_START, EventType.TAKE_MENDING):
        engine.tell(kind)
    await receiver.wait_for(1)
    for kind in (EventType.TAKE_MENDED, EventType.TAKE_END):
        engine.tell(kind)
    news = await told(engine, 2)
    assert news[1].data["event"] == "take.mending"
    assert "more than 2 events wait" in news[1].data["error"]


async def test_neither_secrets_nor_addresses_are_kept_or_shown(
    engine: Engine,
    start: Start,
    receiver: Receiver,
    folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "BACKOFF", Backoff(first=60, limit=60))
    receiver.answers.append((500, {}))
    one = replace(hook(receiver, "take.*", secret="s3cret"), name="")
    assert "s3cret" not in repr(one) + repr(AttendantConfig(hooks=(one,)))
    assert "token" not in repr(one)
    start(of(folder, one))
    engine.tell(EventType.TAKE_END)
    (news,) = await told(engine, 1)
    assert news.data["hook"] == "127.0.0.1"
    files = [*(tmp_path / "state").iterdir(), folder / "events.jsonl"]
    kept = b"".join(file.read_bytes() for file in files)
    assert b"take.end" in kept
    for hidden in ("s3cret", "token-in-the-path"):
        assert hidden not in caplog.text + news.text
        assert hidden.encode() not in kept


async def test_a_hook_that_nobody_asks_for_any_more_holds_nothing_up(
    engine: Engine, start: Start, receiver: Receiver, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "BACKOFF", Backoff(first=60, limit=60))
    receiver.answers.append((500, {}))
    orders = of(folder, hook(receiver, "take.start"))
    _, task = start(orders)
    engine.tell(EventType.TAKE_START)
    await receiver.wait_for(1)
    await die(task)
    other = replace(hook(receiver, "take.end"), name="other")
    start(replace(orders, config=AttendantConfig(hooks=(other,))))
    engine.tell(EventType.TAKE_END)
    await receiver.wait_for(2)
    assert receiver.types == ["take.start", "take.end"]

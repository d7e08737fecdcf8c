"""A worker whose clock is another one: what an engine hears of it is in the engine's times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

import msgspec
import pytest

from roomdeck.core.engine.workers import abroad
from roomdeck.core.engine.workers.handle import WorkerHandle
from roomdeck.core.engine.workers.pool import WorkerPool
from roomdeck.core.engine.workers.spares import Spares
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.clock_name import clock_name
from roomdeck.core.model import ClockPoint, EndReason, Kind, Placement, TakeSummary
from roomdeck.core.recording.disk import Space

from ...sessions import session
from .test_fabric import HERITAGE, Elsewhere, Somewhere

AHEAD = 5000.0
"""Seconds by which the worker's clock is ahead of ours."""
AGE = 60.0
"""Seconds that the session is old."""
EXACT = 0.05
"""Seconds that this process may take from one line to the next."""


class OtherClock(Elsewhere):
    """A worker that tells its time, with a clock of its own."""

    def __init__(self, number: int, name: str = "another machine's") -> None:
        super().__init__(number)
        self.hello = worker_messages.Hello(worker=number, pid=1, clock=name)
        self.deaf = False

    def shows(self) -> float:
        return time.monotonic() + AHEAD

    async def send(self, frame: str) -> None:
        await super().send(frame)
        match self.told[-1]:
            case worker_messages.ClockAsked(sent) if not self.deaf:
                now = self.shows()
                self.say(worker_messages.ClockTold(sent, now, now))
            case _:
                pass


class Abroad(Somewhere):
    """A fabric of such workers."""

    def __init__(self, *links: OtherClock) -> None:
        super().__init__(len(links))
        self._next = list(links)

    async def start(self, number: int, among: Collection[str] | None = None) -> Elsewhere:
        self.links.append(self._next.pop(0))
        return self.links[-1]


class Heard:
    """A pool, and what it passes on."""

    def __init__(self, *links: OtherClock) -> None:
        began = time.monotonic() - AGE
        self.session = msgspec.structs.replace(session(), started=1000.0, began=began)
        self.settings = worker_messages.Settings(session=self.session)
        self.messages: asyncio.Queue[worker_messages.FromWorker] = asyncio.Queue()
        self.pool = WorkerPool(
            Abroad(*links),
            self.settings,
            HERITAGE,
            self.messages.put_nowait,
            lambda handle: None,
        )

    async def next(self) -> worker_messages.FromWorker:
        return await asyncio.wait_for(self.messages.get(), 5)


def take(began: float, at: float, reason: EndReason | None = None) -> TakeSummary:
    """Return a take as a worker describes it for which the session began at a time of its clock."""
    return TakeSummary(
        stream="s",
        raw_id="s",
        file="/there/s.mkv",
        started=12.0,
        offset=at - began,
        seconds=3.0,
        clocks={Kind.VIDEO: [ClockPoint(1000.0 + at - began + 1.0, 9, 1.0, 77.0)]},
        placed={
            Kind.AUDIO: [Placement(time=1000.0 + at - began + 2, at=0.0, by="start", moved=0.0)]
        },
        reason=reason,
    )


def setups(link: Elsewhere) -> list[worker_messages.Setup]:
    return [one for one in link.told if isinstance(one, worker_messages.Setup)]


async def test_it_is_told_when_the_session_began_by_its_own_clock() -> None:
    link = OtherClock(2)
    heard = Heard(link)
    await Spares(heard.pool).prepare()
    (setup,) = setups(link)
    assert setup.settings == heard.settings, "another engine is to find what all were told"
    assert setup.began == pytest.approx(heard.session.began + AHEAD, abs=EXACT)
    asked = [one for one in link.told if isinstance(one, worker_messages.ClockAsked)]
    assert link.told.index(setup) > link.told.index(asked[-1])
    assert [one for one in link.told if isinstance(one, worker_messages.Moments)]


async def test_its_takes_are_told_in_our_time_and_say_how() -> None:
    link = OtherClock(2)
    heard = Heard(link)
    await Spares(heard.pool).prepare()
    began = setups(link)[0].began
    assert began is not None
    told = take(began, link.shows() - 10.0)
    link.say(worker_messages.TakeStart("p", told))
    link.say(worker_messages.TakeEnd("p", told))
    link.say(worker_messages.TakeMended(told))
    status = worker_messages.StreamStatus(peer="p", stream="s", wanted=True, take=told)
    link.say(worker_messages.Status((status, msgspec.structs.replace(status, take=None))))
    known: list[TakeSummary] = []
    for _ in range(3):
        message = await heard.next()
        assert isinstance(
            message,
            worker_messages.TakeStart | worker_messages.TakeEnd | worker_messages.TakeMended,
        )
        known.append(message.take)
    message = await heard.next()
    assert isinstance(message, worker_messages.Status)
    assert message.streams[0].take is not None
    assert message.streams[1].take is None
    for one in (*known, message.streams[0].take):
        assert one.offset == pytest.approx(AGE - 10.0, abs=EXACT)
        assert one.clock
        assert 0 < one.clock.error < EXACT
        (point,), (placed,) = one.clocks[Kind.VIDEO], one.placed[Kind.AUDIO]
        assert point.time == pytest.approx(1000.0 + one.offset + 1.0, abs=1e-3)
        assert placed.time == pytest.approx(1000.0 + one.offset + 2.0, abs=1e-3)
        assert (point.ntp, one.started) == (77.0, 12.0), "others' times of day are theirs"
    # What could not begin has no time in the session, and is known by its own.
    nothing = msgspec.structs.replace(told, file="", offset=0.0)
    link.say(worker_messages.TakeEnd("p", nothing))
    assert await heard.next() == worker_messages.TakeEnd("p", nothing)


async def test_its_time_is_asked_for_again_once_it_answered() -> None:
    link = OtherClock(2)
    heard = Heard(link)
    await Spares(heard.pool).prepare()

    def asked() -> int:
        return sum(isinstance(one, worker_messages.ClockAsked) for one in link.told)

    before = asked()
    link.deaf = True
    await heard.pool.ask_time()
    await heard.pool.ask_time()
    assert asked() == before + 1, "it owes an answer"
    link.deaf = False
    now = link.shows()
    link.say(worker_messages.ClockTold(AGE, now, now))
    link.say(worker_messages.Alive("p"))
    assert await heard.next() == worker_messages.Alive("p"), "its time is nobody else's business"
    await heard.pool.ask_time()
    assert asked() == before + 2


async def test_an_engine_that_comes_later_hears_what_happened_in_its_own_time() -> None:
    first = OtherClock(2)
    await Spares(Heard(first).pool).prepare()
    began = setups(first)[0].began
    assert began is not None
    moments = tuple(
        one
        for told in first.told
        if isinstance(told, worker_messages.Moments)
        for one in told.moments
    )
    second = OtherClock(2)
    now = second.shows()
    second.hello = worker_messages.Hello(
        worker=2,
        pid=1,
        clock=second.hello.clock,
        began=began,
        moments=moments,
        ended=(worker_messages.Ended(take(began, now - 20.0, EndReason.VANISHED), now - 17.0),),
        left=(worker_messages.Left("s", EndReason.VANISHED, "", now - 16.0),),
    )
    second.say(worker_messages.Alive("said while its time was asked for"))
    heard = Heard()
    handles = await heard.pool.meet([second])
    (hello,) = (handle.hello for handle in handles)
    (ended,), (left,) = hello.ended, hello.left
    ours = time.monotonic()
    assert ended.take.offset == pytest.approx(AGE - 20.0, abs=EXACT)
    assert ended.at == pytest.approx(ours - 17.0, abs=EXACT)
    assert left.at == pytest.approx(ours - 16.0, abs=EXACT)
    await heard.pool.adopt(handles)
    assert await heard.next() == worker_messages.Alive("said while its time was asked for")


async def test_one_that_does_not_tell_its_time_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(abroad, "MEETING", 0.05)
    link = OtherClock(2)
    link.deaf = True
    with pytest.raises(ControlError, match="does not tell its time"):
        await Spares(Heard(link).pool).prepare()
    assert link.done == ["kill", "close"]


async def test_one_that_was_left_alone_and_does_not_tell_its_time_is_adopted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(abroad, "MEETING", 0.05)
    link = OtherClock(2)
    link.deaf = True
    told = worker_messages.Ended(take(1.0, 4.0), 9.0)
    link.hello = msgspec.structs.replace(link.hello, ended=(told,))
    (handle,) = await Heard().pool.meet([link])
    assert handle.hello == link.hello


async def test_one_of_this_machine_is_never_asked_and_nothing_of_it_is_changed() -> None:
    link = OtherClock(2, clock_name())
    heard = Heard(link)
    await Spares(heard.pool).prepare()
    await heard.pool.ask_time()
    assert link.told == [worker_messages.Setup(heard.settings), HERITAGE]
    end = worker_messages.TakeEnd("p", take(0.0, 5.0))
    link.say(end)
    assert worker_messages.encode(await heard.next()) == worker_messages.encode(end)
    assert '"clock":{' not in worker_messages.encode(end)


def test_all_processes_of_a_machine_name_their_clock_alike() -> None:
    assert clock_name()
    assert WorkerHandle(OtherClock(1, ""), session()).hello == OtherClock(1, "").hello


async def test_it_is_told_by_how_much_its_time_of_day_is_ahead() -> None:
    link = OtherClock(2)
    heard = Heard(link)
    await Spares(heard.pool).prepare()
    (handle,) = heard.pool.workers.values()
    assert handle.clock is None, "it has not said what it shows"
    machine = worker_messages.Machine(
        disk=Space(1, 2), monotonic=link.shows() - 30.0, unix=time.time() - 30.0 + 7.0
    )
    link.say(worker_messages.Status((), worker_messages.Load(machine=machine)))
    await heard.next()
    clock = handle.clock
    assert clock is not None
    assert clock.offset == pytest.approx(7.0, abs=EXACT)
    assert 0 < clock.error < EXACT

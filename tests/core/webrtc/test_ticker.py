"""The timer that everything hangs on."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from roomdeck.core.webrtc.ticker import CALM, HURRY, TICK, Ticker

from .peers import eventually, member


def make() -> Ticker:
    return Ticker(asyncio.get_running_loop())


class Calls(list[float]):
    """When something was done."""

    def work(self, now: float) -> float:
        self.append(now)
        return TICK


async def test_all_work_is_done_in_its_order_with_the_time() -> None:
    ticker, calls = make(), list[tuple[str, float]]()
    ticker.add(lambda now: calls.append(("sockets", now)) or TICK)
    ticker.add(lambda now: calls.append(("connection", now)) or TICK)
    await eventually(lambda: len(calls) >= 4)
    assert [name for name, _ in calls[:4]] == ["sockets", "connection"] * 2
    assert calls[0][1] == calls[1][1]
    assert abs(calls[-1][1] - time.monotonic()) < 5


async def test_a_fault_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    ticker, calls = make(), Calls()

    def fail(now: float) -> float:
        raise ZeroDivisionError

    ticker.add(fail)
    ticker.add(calls.work)
    await eventually(lambda: len(calls) >= 3)
    assert len(caplog.records) == 1


async def test_it_rests_without_work_and_begins_again() -> None:
    ticker, calls = make(), Calls()
    ticker.add(calls.work)
    await eventually(lambda: calls)
    ticker.remove(calls.work)
    ticker.remove(calls.work)
    await eventually(lambda: member(ticker, "_timer") is None)
    calls.clear()
    ticker.add(calls.work)
    await eventually(lambda: calls)


async def test_delay_is_measured_and_not_made_up_for() -> None:
    ticker, calls = make(), Calls()
    ticker.add(calls.work)
    await eventually(lambda: calls)
    ticker.worst_delay()
    time.sleep(0.3)  # noqa: ASYNC251 - the loop is busy
    before = len(calls)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(calls) - before <= 1
    await eventually(lambda: len(calls) > before)
    assert 0.2 < ticker.worst_delay() < 5
    assert ticker.worst_delay() < 0.2


@pytest.mark.parametrize("wanted", [HURRY, TICK, CALM])
async def test_the_most_impatient_work_decides_when_the_next_tick_comes(wanted: float) -> None:
    ticker, dues = make(), list[float]()

    def impatient(now: float) -> float:
        dues.append(member(ticker, "_due"))
        return wanted

    ticker.add(lambda now: 10.0)
    ticker.add(impatient)
    await eventually(lambda: len(dues) >= 4)
    pauses = [later - earlier for earlier, later in pairwise(dues)]
    # In step, but where the machine made us miss a whole tick.
    assert any(abs(pause - wanted) < 1e-9 for pause in pauses), pauses


async def test_there_is_one_for_a_loop() -> None:
    loop = asyncio.get_running_loop()
    assert Ticker.of(loop) is Ticker.of(loop)

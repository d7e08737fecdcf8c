"""The timer that everything hangs on."""

from __future__ import annotations

import asyncio
import time

import pytest

from roomdeck.core.webrtc.ticker import HURRY, TICK, Ticker

from .peers import eventually, member


def make() -> Ticker:
    return Ticker(asyncio.get_running_loop())


async def test_all_work_is_done_in_its_order_with_the_time() -> None:
    ticker, calls = make(), list[tuple[str, float]]()
    ticker.add(lambda now: calls.append(("sockets", now)))
    ticker.add(lambda now: calls.append(("connection", now)))
    await eventually(lambda: len(calls) >= 4)
    assert [name for name, _ in calls[:4]] == ["sockets", "connection"] * 2
    assert calls[0][1] == calls[1][1]
    assert abs(calls[-1][1] - time.monotonic()) < 5


async def test_a_fault_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    ticker, calls = make(), list[float]()

    def fail(now: float) -> None:
        raise ZeroDivisionError

    ticker.add(fail)
    ticker.add(calls.append)
    await eventually(lambda: len(calls) >= 3)
    assert len(caplog.records) == 1


async def test_it_rests_without_work_and_begins_again() -> None:
    ticker, calls = make(), list[float]()
    ticker.add(calls.append)
    await eventually(lambda: calls)
    ticker.remove(calls.append)
    ticker.remove(calls.append)
    await eventually(lambda: member(ticker, "_timer") is None)
    calls.clear()
    ticker.add(calls.append)
    await eventually(lambda: calls)


async def test_delay_is_measured_and_not_made_up_for() -> None:
    ticker, calls = make(), list[float]()
    ticker.add(calls.append)
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


async def test_hurry_brings_the_next_tick_forward() -> None:
    loop, ticker = asyncio.get_running_loop(), make()
    ticker.hurry()
    assert member(ticker, "_timer") is None
    ticker.add(lambda now: None)
    before = loop.time()
    ticker.hurry()
    assert member(ticker, "_due") <= before + HURRY + (TICK - HURRY) / 2
    ticker.hurry()


async def test_there_is_one_for_a_loop() -> None:
    loop = asyncio.get_running_loop()
    assert Ticker.of(loop) is Ticker.of(loop)

"""What a worker says that it uses."""

from __future__ import annotations

import asyncio
import time

import pytest

from roomdeck.core.webrtc.path import receive_path
from roomdeck.core.webrtc.ticker import TICK, Ticker
from roomdeck.core.worker import load
from roomdeck.core.worker.files.writer import Batch, Writer
from roomdeck.core.worker.load import LoadMeter


class Holder:
    waiting = 1234
    eager = False
    held = 0

    def count(self) -> None: ...

    def collect(self) -> Batch | None:
        return None

    def give_up(self) -> None: ...

    def let_go(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    times = {"monotonic": 100.0, "process_time": 5.0}
    monkeypatch.setattr(load.time, "monotonic", lambda: times["monotonic"])
    monkeypatch.setattr(load.time, "process_time", lambda: times["process_time"])
    return times


async def test_the_processor_is_measured_from_reading_to_reading(clock: dict[str, float]) -> None:
    meter = LoadMeter(Writer())
    clock.update(monotonic=102.0, process_time=5.5)
    assert meter.read().cpu == pytest.approx(0.25)
    clock.update(monotonic=103.0, process_time=7.0)
    assert meter.read().cpu == pytest.approx(1.5)
    assert meter.read().cpu == 0.0


async def test_it_says_what_waits_and_which_way_packets_take() -> None:
    writer = Writer()
    meter, holder = LoadMeter(writer), Holder()
    writer.add(holder)
    read = meter.read()
    writer.remove(holder)
    assert read.waiting == 1234
    assert (read.path, read.path_reason) == receive_path()


def hold_up() -> None:
    time.sleep(TICK + 0.05)


async def test_the_lateness_of_the_loop_is_that_since_the_last_reading() -> None:
    meter, ticker = LoadMeter(Writer()), Ticker.of(asyncio.get_running_loop())
    ticked = asyncio.Event()

    def tick(_: float) -> float:
        ticker.remove(tick)
        ticked.set()
        return TICK

    ticker.add(tick)
    hold_up()
    await ticked.wait()
    assert meter.read().late >= 0.05
    assert meter.read().late == 0

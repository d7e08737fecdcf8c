"""Which second of the session another machine's clock showed, whatever the two clocks do."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from statistics import quantiles

from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.engine.workers.worker_clock import (
    KEPT,
    STRETCH,
    Exchange,
    WorkerClock,
    began_here,
)
from roomdeck.core.ipc.worker_messages import Hello, Moment

from .two_clocks import Machine, Two, Way

HOUR = 3600.0
PROMISED = 0.020
"""Seconds within which 95 of 100 offsets have to be right."""


def learn(two: Two, begin: float, end: float, clock: WorkerClock | None = None) -> WorkerClock:
    clock = clock or WorkerClock()
    for exchange in two.exchanges(begin, end):
        clock.learn(exchange)
    return clock


def errors(two: Two, clock: WorkerClock, times: Iterable[float]) -> list[float]:
    """Return by how much readings are wrong; none may be more so than it says."""
    wrong: list[float] = []
    for time in times:
        read = clock.read(two.worker.shows(time))
        wrong.append(abs(read.session - two.session(time)))
        assert wrong[-1] <= read.error + 1e-9, (time, read, wrong[-1])
    return wrong


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


drifts = st.floats(-50e-6, 50e-6)
starts = st.floats(0, 1e7)
ways = st.builds(
    Way, least=st.floats(0, 0.05), usual=st.floats(1e-5, 0.02), worst=st.floats(0, 0.5)
)


@settings(max_examples=60)
@given(
    engine=st.builds(Machine, start=starts, drift=drifts),
    worker=st.builds(Machine, start=starts, drift=drifts),
    there=ways,
    back=ways,
    seed=st.integers(0, 1000),
)
def test_no_offset_is_further_off_than_it_says_nor_than_half_the_round_trip(
    engine: Machine, worker: Machine, there: Way, back: Way, seed: int
) -> None:
    two = Two(engine, worker, there, back, random.Random(seed))
    clock = learn(two, 0.0, 300.0)
    found = errors(two, clock, (number / 3 for number in range(900)))
    # The quickest of many exchanges is hardly slower than the two ways are at least.
    bound = (there.least + back.least) / 2 + there.usual + back.usual
    assert p95(found) <= bound + STRETCH * 1e-4 + 1e-4


def test_offsets_are_right_on_a_network_that_queues_one_way_and_is_busy() -> None:
    two = Two(
        Machine(drift=50e-6),
        Machine(start=9e5, drift=-50e-6),
        there=Way(0.0003, 0.0002),
        back=Way(0.0003, 0.015, worst=0.4),
    )
    clock = learn(two, 0.0, 2 * HOUR)
    assert p95(errors(two, clock, range(0, 7200, 7))) < PROMISED / 4


def test_a_take_is_placed_at_once_and_not_only_afterwards() -> None:
    two = Two(Machine(drift=50e-6), Machine(start=1e6, drift=-50e-6), back=Way(usual=0.02))
    clock = WorkerClock()
    wrong: list[float] = []
    for number, exchange in enumerate(two.exchanges(0.0, 900.0)):
        clock.learn(exchange)
        if number > 8:
            wrong += errors(two, clock, [exchange.answered / (1 + 50e-6) + 0.9])
    assert p95(wrong) < PROMISED / 4


def test_one_who_comes_later_knows_what_was_known() -> None:
    two = Two(Machine(drift=50e-6), Machine(start=1e6, drift=-50e-6))
    told: list[Moment] = []
    first = WorkerClock()
    for exchange in two.exchanges(0.0, HOUR):
        told += first.learn(exchange)
    # Nobody asks for ten minutes.
    second = learn(two, HOUR + 600, HOUR + 900, WorkerClock(told))
    assert len(second.moments()) > len(told) > HOUR / STRETCH * 0.8
    assert max(errors(two, second, range(0, 4500, 5))) < PROMISED / 2


def test_a_worker_that_was_suspended_counts_on_behind_it() -> None:
    worker = Machine(start=5000.0, drift=20e-6, asleep=[(200.0, 4000.0)])
    two = Two(Machine(), worker)
    clock = learn(two, 0.0, 4300.0)
    times = [*range(0, 198), *range(4003, 4300)]
    assert max(errors(two, clock, times)) < PROMISED / 2


def test_an_engine_that_was_suspended_counts_on_behind_it() -> None:
    engine = Machine(drift=20e-6, asleep=[(200.2, 4000.0)])
    two = Two(engine, Machine(start=5000.0))
    clock = learn(two, 0.0, 4300.0)
    times = [*range(0, 198), *range(4003, 4300)]
    assert max(errors(two, clock, times)) < PROMISED / 2
    errors(two, clock, range(198, 4003))


def test_a_worker_that_was_frozen_answers_late_and_moves_nothing() -> None:
    two = Two(Machine(), Machine(start=77.0))
    clock = learn(two, 0.0, 100.0)
    before = clock.read(two.worker.shows(90.0)).session
    asked, woken = two.exchange(101.0), 60.0
    late = asked[0]._replace(
        heard=asked[0].heard + woken, said=asked[0].said + woken, answered=asked[0].answered + woken
    )
    clock.learn(late)
    assert abs(clock.read(two.worker.shows(90.0)).session - before) < 1e-4
    assert max(errors(two, learn(two, 162.0, 300.0, clock), range(0, 300, 3))) < PROMISED / 2


def test_clocks_that_are_slewed_are_followed() -> None:
    two = Two(Machine(drift=-50e-6), Machine(start=123.0, drift=500e-6))
    clock = learn(two, 0.0, HOUR)
    assert len(clock.moments()) < HOUR / STRETCH * 1.2 + 8, "it was not taken to be stepped"
    assert max(errors(two, clock, range(0, 3600, 5))) < PROMISED / 2


def test_a_step_is_noticed_at_once() -> None:
    clock = WorkerClock()
    for second in range(40):
        clock.learn(_exact(second, 1000.0 + second))
    for second in range(40, 80):
        clock.learn(_exact(second, 1002.0 + second))
    assert abs(clock.read(1039.0).session - 39.0) < 0.002
    assert abs(clock.read(1043.0).session - 41.0) < 0.002


def test_what_cannot_be_is_left_out() -> None:
    clock = WorkerClock()
    clock.learn(_exact(10.0, 500.0))
    known = clock.moments()
    # The engine slept while the worker answered; and an answer of long ago.
    assert clock.learn(Exchange(11.0, 501.0, 505.0, 11.1)) == []
    assert clock.learn(_exact(9.0, 499.0)) == []
    assert clock.moments() == known


def test_what_a_clock_showed_when_the_session_began() -> None:
    two = Two(Machine(start=3.0, drift=50e-6), Machine(start=8e5, drift=-50e-6))
    clock = learn(two, 0.0, 60.0)
    assert abs(clock.show(0.0) - two.worker.shows(0.0)) < 0.005
    assert abs(clock.read(clock.show(17.0)).session - 17.0) < 1e-6


def test_what_is_known_of_weeks_has_an_end() -> None:
    clock = WorkerClock(Moment(1e6 + 16.0 * n, 16.0 * n, 0.001) for n in range(3 * KEPT))
    assert len(clock.moments()) <= KEPT
    for time in (0.0, 16.0 * KEPT, 16.0 * 3 * KEPT):
        assert abs(clock.read(1e6 + time).session - time) < 0.005


def _exact(session: float, worker: float) -> Exchange:
    return Exchange(session - 0.001, worker, worker, session + 0.001)


def _hello(said: float, heard: float, began: float | None, *moments: Moment) -> Hello:
    return Hello(worker=1, pid=1, said=said, heard=heard, began=began, moments=moments)


def test_an_engine_of_another_machine_knows_when_the_session_began_by_workers() -> None:
    # The session began at 1000.0 of ours; one is 50 ms under way, the other one nearly none.
    late = _hello(said=530.0, heard=1030.05, began=500.0)
    moment = Moment(worker=70.0, session=20.0, error=1e-4)
    soon = _hello(80.0, 1030.001, 55.0, moment)
    found = began_here([late, soon])
    assert found is not None
    assert abs(found - 1000.0) < 0.002
    assert began_here([_hello(1.0, 2.0, None)]) is None
    assert began_here([]) is None

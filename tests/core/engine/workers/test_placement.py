"""Where new streams go."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.engine.workers.placement import (
    CONNECTING,
    FULL,
    JOINING,
    LATE,
    MANY,
    SILENT,
    STREAM_COST,
    WINDOW,
    Gauge,
    Trouble,
    choose,
)
from roomdeck.core.ipc.worker_messages import Load

NOW = 1000.0
FIRST_FILL = round(FULL / STREAM_COST)
"""Unmeasured streams that a worker gets before another is started."""


def gauge(cpu: float = 0.0, late: float = 0.0, *, streams: int = 0, quiet: float = 0.0) -> Gauge:
    """Return a worker whose streams are all measured; ``quiet`` seconds ago for the last time."""
    then = NOW - 60
    made = Gauge((f"peer{number}" for number in range(streams)), then)
    made.report(Load(cpu=cpu, late=late), NOW - quiet)
    return made


def join(count: int, limit: int) -> dict[int, Gauge]:
    """Return the workers after so many streams came within the same second."""
    workers: dict[int, Gauge] = {}
    for stream in range(count):
        number = choose(workers, limit, NOW)
        if number is None:
            number = len(workers) + 1
            workers[number] = Gauge((), NOW)
        workers[number].place(f"peer{stream}", NOW)
    return workers


def sizes(workers: dict[int, Gauge]) -> list[int]:
    return [len(worker.peers) for worker in workers.values()]


# ── the choice ───────────────────────────────────────────────────────────────────────────


def test_without_workers_one_is_started() -> None:
    assert choose({}, 1, NOW) is None


def test_what_is_measured_counts_and_not_how_many_streams_there_are() -> None:
    workers = {1: gauge(0.3, streams=2), 2: gauge(0.1, streams=30)}
    assert choose(workers, 2, NOW) == 2


def test_one_worker_is_enough_until_it_is_full() -> None:
    assert choose({1: gauge(FULL - 0.01, streams=50)}, 8, NOW) == 1
    assert choose({1: gauge(FULL, streams=50)}, 8, NOW) is None
    assert choose({1: gauge(FULL, streams=50)}, 1, NOW) == 1


def test_a_full_worker_is_no_reason_for_another_while_one_has_room() -> None:
    assert choose({1: gauge(0.9), 2: gauge(0.2)}, 8, NOW) == 2


def test_equal_workers_are_taken_in_order() -> None:
    assert choose({2: gauge(0.1), 1: gauge(0.1)}, 2, NOW) == 1


def test_one_that_is_late_gets_no_more_while_there_is_another_way() -> None:
    late = gauge(0.05, LATE + 0.01)
    assert choose({1: late, 2: gauge(0.95)}, 2, NOW) == 2
    assert choose({1: late}, 2, NOW) is None
    assert choose({1: late}, 1, NOW) == 1


def test_one_that_says_nothing_any_more_is_the_last_choice() -> None:
    silent = gauge(0.0, quiet=SILENT + 0.1)
    assert choose({1: silent, 2: gauge(0.9, LATE + 1)}, 2, NOW) == 2
    assert choose({1: silent}, 2, NOW) is None
    assert choose({1: silent}, 1, NOW) == 1


BUSY = Load(cpu=0.95, late=LATE * 2)
"""What a worker reports while many connect at once."""


def test_what_a_burst_of_joins_costs_starts_no_other_worker() -> None:
    worker = gauge(0.05)
    for number in range(MANY):
        worker.place(f"first{number}", NOW)
    for second in (1, 2, 3):
        worker.report(BUSY, NOW + second)
        assert choose({1: worker}, 2, NOW + second) == 1
        worker.place(f"later{second}", NOW + second)
    assert (worker.late, worker.last) == (BUSY.late, BUSY)
    for second in range(4, 9):
        worker.report(Load(cpu=0.15), NOW + second)
        assert choose({1: worker}, 2, NOW + second) == 1


def test_one_that_stays_late_is_relieved_however_many_go_on_joining() -> None:
    worker = gauge(0.05)
    for second in range(30):
        for number in range(MANY):
            worker.place(f"peer{second}-{number}", NOW + second)
        worker.report(Load(late=LATE * 2), NOW + second + 0.5)
        relieved = worker.trouble(NOW + second + 0.5) is Trouble.LATE
        assert relieved == (second + 0.5 > JOINING)
        for number in range(MANY):
            worker.drop(f"peer{second}-{number}")


def test_handshakes_of_few_excuse_nothing() -> None:
    worker = gauge(0.05)
    for number in range(MANY - 1):
        worker.place(f"peer{number}", NOW)
    worker.report(BUSY, NOW + 1)
    assert choose({1: worker}, 2, NOW + 1) is None


def test_a_join_does_not_excuse_what_was_late_before() -> None:
    worker = gauge(0.05, LATE * 2)
    for number in range(MANY):
        worker.place(f"peer{number}", NOW)
    worker.report(Load(), NOW + 1)
    assert worker.trouble(NOW + 1) is Trouble.LATE


def test_four_streams_at_once_share_a_worker_and_fifty_are_spread() -> None:
    assert sizes(join(4, 8)) == [4]
    assert sizes(join(FIRST_FILL, 8)) == [FIRST_FILL]
    assert sizes(join(50, 2)) == [25, 25]
    assert sizes(join(50, 8)) == [FIRST_FILL, FIRST_FILL, 50 - 2 * FIRST_FILL]


@given(count=st.integers(1, 200), limit=st.integers(1, 6))
def test_unmeasured_streams_fill_workers_and_are_then_dealt_out(count: int, limit: int) -> None:
    held = sizes(join(count, limit))
    assert sum(held) == count
    assert len(held) == min(limit, ceil(count / FIRST_FILL))
    if count >= limit * FIRST_FILL:
        assert max(held) - min(held) <= 1
    else:
        assert max(held) <= FIRST_FILL


LOADS = st.tuples(st.floats(0, 2), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 9.0]))


@given(loads=st.lists(LOADS, max_size=6), limit=st.integers(1, 6))
def test_the_best_gets_it_or_a_new_one_within_the_limit(
    loads: list[tuple[float, float, float]], limit: int
) -> None:
    workers = {
        number: gauge(cpu, late, quiet=quiet) for number, (cpu, late, quiet) in enumerate(loads)
    }
    chosen = choose(workers, limit, NOW)
    if chosen is None:
        assert len(workers) < limit or not workers
        assert not any(one.expected < FULL and not one.trouble(NOW) for one in workers.values())
        return
    mine = workers[chosen]
    for other in workers.values():
        assert mine.trouble(NOW) <= other.trouble(NOW)
        if mine.trouble(NOW) == other.trouble(NOW):
            assert mine.expected <= other.expected


# ── the measure ──────────────────────────────────────────────────────────────────────────


def test_a_load_is_the_mean_and_lateness_the_worst_of_the_last_seconds() -> None:
    worker = Gauge((), NOW)
    assert (worker.cpu, worker.late) == (0.0, 0.0)
    for second in range(20):
        worker.report(Load(cpu=0.5 if second < 10 else 0.1, late=second / 100), NOW + second)
    assert worker.cpu == pytest.approx(0.1)
    assert worker.late == 0.19
    assert worker.last == Load(cpu=0.1, late=0.19)
    worker.report(Load(), NOW + 30)
    assert (worker.cpu, worker.late) == (0.0, 0.0)


def test_an_assumed_cost_fades_as_the_measure_comes_to_contain_it() -> None:
    worker = Gauge((), NOW)
    worker.place("a", NOW)
    expected = [worker.expected]
    for age in range(1, 9):
        worker.report(Load(), NOW + age)
        expected.append(worker.expected)
    fading = [1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0, 0]
    assert (CONNECTING, WINDOW) == (2, 5)
    assert expected == pytest.approx([part * STREAM_COST for part in fading])


def test_what_is_never_measured_stays_assumed() -> None:
    worker = Gauge((), NOW)
    worker.place("a", NOW + 100)
    assert worker.expected == STREAM_COST


def test_what_leaves_costs_nothing_any_more() -> None:
    worker = Gauge(("a",), NOW)
    worker.drop("a")
    worker.drop("never there")
    assert worker.expected == 0
    assert worker.peers == set()


def test_an_adopted_worker_counts_its_streams_until_it_reports() -> None:
    adopted = Gauge((f"p{number}" for number in range(FIRST_FILL)), NOW)
    assert choose({1: adopted}, 2, NOW) is None
    assert choose({1: adopted, 2: Gauge(("q",), NOW)}, 2, NOW) == 2


def test_trouble_is_over_when_it_reports_again() -> None:
    worker = Gauge((), NOW)
    assert worker.trouble(NOW + SILENT) is Trouble.NONE
    assert worker.trouble(NOW + SILENT + 0.1) is Trouble.SILENT
    worker.report(Load(late=LATE * 2), NOW + 5)
    assert worker.trouble(NOW + 5) is Trouble.LATE
    for second in range(6, 12):
        worker.report(Load(), NOW + second)
    assert worker.trouble(NOW + 11) is Trouble.NONE

"""What a peer may take in a second."""

from __future__ import annotations

import pytest

from roomdeck.core.budget import Budget, Meter


def test_so_many_at_once_and_so_many_a_second() -> None:
    budget = Budget(10, 5)
    assert [budget.spend(100.0) for _ in range(6)] == [True] * 5 + [False]
    assert [budget.spend(100.2) for _ in range(3)] == [True, True, False]
    assert not budget.spend(200.0, 6)
    assert budget.spend(200.0, 5)


def test_time_that_runs_backwards_brings_nothing() -> None:
    budget = Budget(10, 1)
    assert budget.spend(100.0)
    assert not budget.spend(50.0)
    assert not budget.spend(100.05)
    assert budget.spend(100.2)


def test_what_was_refused_has_to_be_waited_for_where_there_is_debt() -> None:
    budget = Budget(2, 3, debt=3)
    assert [budget.spend(100.0) for _ in range(4)] == [True, True, True, False]
    assert budget.spend(101.0)
    assert not budget.spend(101.0)
    assert not budget.spend(100.5)
    assert budget.spend(160.0)


def test_a_debt_has_an_end() -> None:
    budget = Budget(1, 2, debt=2)
    assert [budget.spend(100.0) for _ in range(3)] == [True, True, False]
    assert not budget.is_overdrawn
    assert not budget.spend(100.0)
    assert budget.is_overdrawn
    assert not budget.spend(100.0)
    assert budget.spend(103.0)
    assert not budget.is_overdrawn


@pytest.mark.parametrize(("spent", "pause"), [(0.3, 1), (0.6, 2), (60.0, 2)])
def test_what_was_too_much_is_made_up_for_but_not_for_ever(spent: float, pause: int) -> None:
    meter = Meter(0.25)
    assert not meter.is_used_up(10.0)
    meter.add(0.2)
    assert not meter.is_used_up(10.5)
    meter.add(spent - 0.2)
    assert meter.is_used_up(10.6)
    assert [meter.is_used_up(10.0 + n) for n in range(1, pause + 1)] == [
        *[True] * (pause - 1),
        False,
    ]

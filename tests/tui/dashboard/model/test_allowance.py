"""What may cross the line to the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.tui.dashboard.model.allowance import (
    AT_ONCE,
    HERE,
    OVER_SSH,
    RATES,
    ROUND,
    Allowance,
    Turns,
    chosen_rate,
    next_rate,
)

LINE = [f"guest_{number}" for number in range(20)]


@given(
    sizes=st.lists(st.integers(1, 30_000), min_size=50, max_size=200), rate=st.sampled_from(RATES)
)
@settings(max_examples=50)
def test_no_ten_seconds_take_more_than_is_allowed(sizes: list[int], rate: int) -> None:
    allowance, now, sent = Allowance(1000 * rate), 0.0, list[tuple[float, int]]()
    while sizes:
        if allowance.is_open(now):
            allowance.spend(sizes[-1], now)
            sent.append((now, sizes.pop()))
        now += 0.05
    for start, _ in sent:
        window = [size for at, size in sent if start <= at < start + 10]
        most = 1000 * rate * 10 + 1000 * rate * 0.5 + max(window)
        assert sum(window) <= most


def test_what_was_too_much_is_waited_for() -> None:
    allowance = Allowance(1000)
    assert allowance.is_open(0.0)
    allowance.spend(3000, 0.0)
    assert not allowance.is_open(2.4)
    assert allowance.is_open(2.6)
    assert allowance.measured(2.6) == 600.0
    assert allowance.measured(20.0) == 0.0


def test_another_rate_holds_at_once_and_does_not_forgive() -> None:
    allowance = Allowance(100_000)
    allowance.is_open(0.0)
    allowance.change(5000, 0.0)
    allowance.spend(10_000, 0.0)
    assert not allowance.is_open(1.4)
    assert allowance.is_open(1.6)


def test_rates_to_choose() -> None:
    assert chosen_rate(0, ssh=True) == OVER_SSH == 40
    assert chosen_rate(0, ssh=False) == HERE
    assert chosen_rate(80, ssh=True) == 80
    assert chosen_rate(-7, ssh=True) == OVER_SSH, "a file may say anything"
    assert next_rate(40, 1) == 80
    assert next_rate(RATES[0], -1) == RATES[0]
    assert next_rate(RATES[-1], 1) == RATES[-1]


def test_everybody_has_a_turn_and_nobody_two() -> None:
    turns, now, order = Turns(4), 0.0, list[str]()
    while len(order) < 40:
        if (name := turns.due(LINE, now)) is not None:
            order.append(name)
            turns.came(name, 100)
        now += 0.3
    assert order[:20] == LINE
    assert order[20:] == LINE


def test_a_round_takes_its_time() -> None:
    turns = Turns(4)
    assert turns.due(["a"], 0.0) == "a"
    turns.came("a", 100)
    assert turns.due(["a"], ROUND - 0.1) is None
    assert turns.due(["a"], ROUND) == "a"


def test_few_are_asked_for_at_once_and_what_never_comes_holds_nobody_up() -> None:
    turns = Turns(4)
    assert [turns.due(LINE, 0.0) for _ in range(AT_ONCE + 1)] == [*LINE[:AT_ONCE], None]
    turns.came(LINE[0])
    assert turns.due(LINE, 0.1) == LINE[2]
    assert turns.due(LINE, 5.0) is None
    assert turns.due(LINE, 9.0) == LINE[3]


def test_who_comes_is_next() -> None:
    turns = Turns(4)
    for name in LINE[:2]:
        turns.due(LINE[:2], 0.0)
        turns.came(name, 1)
    assert turns.due(["new", *LINE], 1.0) == "new"
    turns.came("new", 1)
    turns.forget("new")
    assert turns.due(["new", *LINE[:2]], 1.5) == "new"
    turns.came("new", 1)
    turns.forget()
    assert turns.due(LINE[:2], 1.6) == LINE[0]


def settled(cost: float, rate: float) -> Turns:
    """Return turns after pictures that take so much in the finest quality."""
    turns = Turns(4)
    for _ in range(40):
        turns.choose(20, rate)
        turns.came("a", cost * 0.6**turns.quality)
    return turns


@pytest.mark.parametrize(
    ("cost", "rate", "quality"),
    [(2000, 160_000, 0), (5000, 40_000, 0), (8000, 40_000, 1), (20_000, 40_000, 3)],
)
def test_pictures_are_as_fine_as_all_fit_into_a_round(
    cost: float, rate: float, quality: int
) -> None:
    assert settled(cost, rate).quality == quality


def test_it_does_not_change_to_and_fro() -> None:
    for cost in range(500, 60_000, 500):
        turns = settled(cost, 40_000)
        found = set[int]()
        for _ in range(20):
            found.add(turns.choose(20, 40_000))
            turns.came("a", cost * 0.6**turns.quality)
        assert len(found) == 1


def test_it_becomes_finer_when_little_moves() -> None:
    turns = settled(40_000, 20_000)
    assert turns.quality == 3
    for _ in range(40):
        turns.choose(20, 20_000)
        turns.came("a", 100)
    assert turns.quality == 0


def test_how_long_a_round_takes_is_said() -> None:
    assert settled(2000, 160_000).period(20, 160_000) == ROUND
    # Twenty of 40 kB, each at 0.6 to the third, at 5 kB/s.
    assert settled(40_000, 5000).period(20, 5000) == pytest.approx(34.56, rel=0.02)

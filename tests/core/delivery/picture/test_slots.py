"""Pictures on a constant rate."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.picture.slots import NONE, Shown, fill, slots_of


def camera(
    rate: float, seconds: float, begin: float, jitter: float = 0.0, seed: int = 0
) -> list[float]:
    chooser = random.Random(seed)
    return [
        begin + number / rate + chooser.uniform(-jitter, jitter)
        for number in range(int(seconds * rate))
    ]


@pytest.mark.parametrize("begin", [0.0, 0.004, 0.0166, 0.0167, 0.02, 0.033])
@pytest.mark.parametrize("jitter", [0.0, 0.003, 0.006])
def test_a_steady_camera_has_one_picture_in_each_slot(begin: float, jitter: float) -> None:
    for seed in range(5):
        times = camera(30, 60, 5 + begin, jitter, seed)
        found = list(slots_of([time * 30 for time in times]))
        apart = [later - one for one, later in pairwise(found)]
        assert apart.count(1) >= len(apart) - 1
        assert max(abs(slot / 30 - time) for slot, time in zip(found, times, strict=True)) < 0.027


def test_a_clock_that_runs_away_slips_a_slot_now_and_then_and_is_never_far_off() -> None:
    times = [time * (1 + 200e-6) for time in camera(30, 1800, 0.0, 0.003)]
    found = list(slots_of([time * 30 for time in times]))
    assert sum(later - one != 1 for one, later in pairwise(found)) == pytest.approx(11, abs=1)
    late = sorted(abs(slot / 30 - time) for slot, time in zip(found, times, strict=True))
    assert late[int(0.95 * len(late))] < 0.020
    assert late[-1] < 0.024


@pytest.mark.parametrize("rate", [7, 15, 24, 25, 29.97, 50, 60])
def test_other_rates_are_within_a_slot_of_where_they_belong(rate: float) -> None:
    times = camera(rate, 60, 1.01, 0.002)
    late = [
        abs(slot / 30 - time)
        for slot, time in zip(slots_of([t * 30 for t in times]), times, strict=True)
    ]
    assert max(late) < 0.024
    assert sorted(late)[int(0.95 * len(late))] <= 0.020


def test_a_picture_stays_until_the_next_one_and_black_is_where_nobody_is() -> None:
    first = Shown([1.0, 1.5], 2.0)
    later = Shown([4.0], 5.0)
    slots = fill(0.0, Fraction(10), 60, [first, later])
    assert list(slots) == [NONE] * 10 + [0] * 5 + [1] * 5 + [NONE] * 20 + [2] * 10 + [NONE] * 10


def test_between_two_parts_the_last_picture_stays() -> None:
    slots = fill(0.0, Fraction(10), 30, [Shown([0.0], 1.0), Shown([1.6], 2.0)])
    assert list(slots) == [0] * 16 + [1] * 4 + [NONE] * 10


def test_the_later_take_is_shown_where_two_overlap() -> None:
    slots = fill(0.0, Fraction(10), 20, [Shown([0.0, 1.2, 1.4], 2.0), Shown([1.3], 2.0)])
    assert list(slots) == [0] * 12 + [1] + [3] * 7


def test_what_is_shown_when_the_window_opens_is_there_from_the_first_slot_on() -> None:
    slots = fill(5.0, Fraction(10), 10, [Shown([1.0, 5.5], 5.8)])
    assert list(slots) == [0] * 5 + [1] * 3 + [NONE] * 2


@given(
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60),
    st.sampled_from([24, 25, 30, 60]),
)
@settings(max_examples=100, deadline=None)
def test_any_times_give_slots_close_to_them(times: list[float], fps: int) -> None:
    times.sort()
    for slot, time in zip(slots_of([time * fps for time in times]), times, strict=True):
        assert abs(slot - time * fps) <= 1.0

"""Seconds of a file and of its session."""

from __future__ import annotations

import random

import pytest

from roomdeck.core.delivery.times import Seen, TimeMap, drift
from roomdeck.core.model import Misplaced


def arrivals(ppm: float, seconds: float, seed: int = 0, every: float = 30.0) -> list[Seen]:
    """Points of both tracks on a network that delays every frame, and some for seconds."""
    chooser = random.Random(seed)
    found: list[Seen] = []
    for track in (0.0, 0.02):
        time = track
        while time < seconds:
            held_back = chooser.expovariate(1 / 0.01) + 2.0 * (chooser.random() < 0.03)
            found.append(Seen(time, 12.0 + time * (1 + ppm * 1e-6) + 0.04 + held_back))
            time += every
    return found


@pytest.mark.parametrize("ppm", [-200, -20, 0, 7, 200])
@pytest.mark.parametrize("hours", [0.25, 2, 9])
def test_the_drift_of_a_clock_is_known_to_less_than_half_a_picture_at_the_end(
    ppm: float, hours: float
) -> None:
    seconds = hours * 3600
    for seed in range(5):
        found = drift(arrivals(ppm, seconds, seed))
        assert abs(found - ppm * 1e-6) * seconds < 0.016


def test_a_few_points_say_nothing_of_drift() -> None:
    assert drift([]) == 0.0
    assert drift(arrivals(200, 80)) == 0.0


def test_a_clock_that_no_machine_has_is_not_believed() -> None:
    assert drift(arrivals(50_000, 3600)) == 0.0


def test_time_goes_there_and_back() -> None:
    times = TimeMap(12.5, 1.0002)
    assert times.session(0.0) == 12.5
    assert times.session(7200.0) == pytest.approx(12.5 + 7201.44)
    assert times.file(times.session(3000.0)) == pytest.approx(3000.0)


def test_what_is_misplaced_in_the_file_is_in_its_place_in_the_session() -> None:
    times = TimeMap(10.0, 1.0, (Misplaced(begin=5.0, end=8.0, late=0.4),))
    assert times.session(4.9) == pytest.approx(14.9)
    assert times.session(5.4) == pytest.approx(15.0)
    assert times.session(8.0) == pytest.approx(18.0)

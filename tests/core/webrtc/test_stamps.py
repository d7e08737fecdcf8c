"""Stamps of the system in a world whose clock is set."""

from __future__ import annotations

import time

import pytest

from roomdeck.core.webrtc.stamps import StampClock


class Clocks:
    """Both clocks of a machine, moved by hand."""

    def __init__(self) -> None:
        self.now, self.wall = 1000.0, 1_700_000_000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(time, "monotonic", lambda: clocks.now)
    monkeypatch.setattr(time, "time", lambda: clocks.wall)
    return clocks


def test_a_stamp_becomes_monotonic_time(clocks: Clocks) -> None:
    clock, stamp, then = StampClock(), clocks.wall, clocks.now
    clocks.wait(0.1)
    clock.read()
    assert clock.arrival(stamp) == pytest.approx(then)


@pytest.mark.parametrize("step", [3618.0, -7172.0, 2.0, -2.0, 0.2, -0.2])
def test_what_was_stamped_before_the_clock_was_set_came_just_now(
    clocks: Clocks, step: float
) -> None:
    clock, first, second = StampClock(), clocks.wall, clocks.wall + 0.01
    clocks.wait(0.05)
    clocks.wall += step
    clocks.wait(0.05)
    clock.read()
    assert clock.arrival(first) == clocks.now
    # In another socket, which is read a little later.
    clocks.wait(0.01)
    clock.read()
    assert clock.arrival(second) == clocks.now


@pytest.mark.parametrize("step", [3618.0, -7172.0, 2.0])
def test_stamps_count_again_after_the_clock_was_set(clocks: Clocks, step: float) -> None:
    clock = StampClock()
    clocks.wall += step
    clock.read()
    clocks.wait(0.3)
    stamp, then = clocks.wall, clocks.now
    clocks.wait(0.1)
    clock.read()
    assert clock.arrival(stamp) == pytest.approx(then)


def test_a_stamp_from_the_future_is_not_believed(clocks: Clocks) -> None:
    clock = StampClock()
    clock.read()
    assert clock.arrival(clocks.wall + 0.01) == clocks.now

from __future__ import annotations

from roomdeck.tui.dashboard.model.pace import SOON, Pace


def test_the_first_draw_is_at_once() -> None:
    assert Pace(1.0).wait(urgent=False, now=5.0) == 0


def test_numbers_wait_for_their_interval_and_states_hardly() -> None:
    pace = Pace(2.0)
    pace.drawn(10.0)
    assert pace.wait(urgent=True, now=10.1) == 10.0 + SOON - 10.1
    assert pace.wait(urgent=False, now=10.1) > 1.5
    assert pace.wait(urgent=False, now=12.0) == 0


def test_snapshots_that_come_a_little_early_are_still_drawn_each_second() -> None:
    pace = Pace(1.0)
    pace.drawn(10.0)
    assert pace.wait(urgent=False, now=10.9) == 0


def test_a_storm_of_changes_is_drawn_four_times_a_second() -> None:
    pace, drawn = Pace(1.0), 0
    for tick in range(1000):
        now = tick / 100
        if pace.wait(urgent=True, now=now) == 0:
            pace.drawn(now)
            drawn += 1
    assert drawn <= 10 / SOON + 1

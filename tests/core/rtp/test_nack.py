from __future__ import annotations

import pytest

from roomdeck.core.rtp.nack import MAX_TRIES, Missing, NackScheduler


def test_grace_then_growing_pauses() -> None:
    scheduler, missing = NackScheduler(), {7: Missing(0.0)}
    asked = [t for t in range(0, 1000) if scheduler.due(missing, t / 1000)]
    assert asked == pytest.approx([10, 70, 145, 235, 340, 460, 595, 745, 910], abs=3)


def test_ends_after_some_tries() -> None:
    scheduler, missing = NackScheduler(), {7: Missing(0.0)}
    tries = sum(len(scheduler.due(missing, now / 10)) for now in range(10_000))
    assert tries == MAX_TRIES


def test_pauses_grow_with_the_time_that_answers_take() -> None:
    scheduler = NackScheduler()
    for _ in range(100):
        entry = Missing(0.0)
        scheduler.due({1: entry}, 1.0)
        scheduler.answered(entry, 1.3)
    missing = {7: Missing(0.0)}
    asked = [t for t in range(0, 1000) if scheduler.due(missing, t / 1000)]
    assert asked == pytest.approx([10, 385, 854], abs=3)


def test_answers_to_several_tries_teach_nothing() -> None:
    scheduler = NackScheduler()
    entry = Missing(0.0)
    entry.tries, entry.asked = 2, 1.0
    scheduler.answered(entry, 1.4)
    missing = {7: Missing(0.0)}
    assert [t for t in (0.01, 0.0701) if scheduler.due(missing, t)] == [0.01, 0.0701]


def test_a_flood_is_asked_for_in_portions_oldest_first() -> None:
    missing = {number: Missing(0.0) for number in range(2500)}
    scheduler = NackScheduler()
    assert scheduler.due(missing, 0.01) == list(range(1000))
    assert scheduler.due(missing, 0.01) == list(range(1000, 2000))

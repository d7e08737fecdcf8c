"""How full a disk is, how long it lasts, and what is said of it."""

from __future__ import annotations

import pytest

from roomdeck.core.engine.records.disk_budget import DiskBudget
from roomdeck.core.engine.room.actions import Note
from roomdeck.core.recording.disk import Space

MB, GB = 1_000_000, 1_000_000_000
RATE = 5 * MB
"""Sixteen streams."""


class Days:
    """A disk that fills by the second."""

    def __init__(self, free: int, total: int = 500 * GB, floor: int = 300 * MB) -> None:
        self.budget = DiskBudget(floor)
        self.free, self.total = free, total
        self.now = 1000.0
        self.said: list[Note] = []

    def look(self, written: float = 0.0) -> None:
        self.said += self.budget.update(Space(self.free, self.total), written, self.now)

    def write(self, seconds: float, rate: float = RATE, others: float = 0.0) -> None:
        for _ in range(round(seconds)):
            self.now += 1
            self.free = max(0, self.free - round(rate + others))
            self.look(rate)

    def left(self) -> float:
        left = self.budget.snapshot().seconds_left
        assert left is not None
        return left

    def told(self, type_: str) -> list[Note]:
        return [note for note in self.said if note.type == type_]


@pytest.mark.parametrize(
    ("total", "asked", "floor"),
    [
        (500 * GB, 300 * MB, 300 * MB),
        (3 * GB, 300 * MB, 300 * MB),
        (1 * GB, 300 * MB, 100 * MB),
        (40 * MB, 300 * MB, 4 * MB),
        (8 * MB, 300 * MB, 800_000),
        (40 * MB, 0, 1 * MB),
        (4 * MB, 0, 400_000),
        (500 * GB, 0, 1 * MB),
        (500 * GB, 20 * GB, 20 * GB),
        (40 * MB, 20 * GB, 4 * MB),
    ],
)
def test_the_floor_is_at_most_a_tenth_of_a_disk(total: int, asked: int, floor: int) -> None:
    days = Days(total, total, asked)
    days.look()
    assert days.budget.floor == floor
    assert days.budget.goes_on == 2 * floor
    assert days.budget.why == ""
    assert days.budget.goes_on < total
    snapshot = days.budget.snapshot()
    assert (snapshot.floor, snapshot.goes_on, snapshot.total) == (floor, 2 * floor, total)


@pytest.mark.parametrize("total", [4 * MB, 40 * MB, 500 * MB, 8 * GB, 4000 * GB])
def test_it_is_full_below_the_floor_and_until_twice_as_much_is_free(total: int) -> None:
    days = Days(total, total)
    for free, full in ((1.0, False), (0.99, True), (1.5, True), (2.0, True), (2.1, False)):
        days.look()
        days.free = int(days.budget.floor * free)
        days.look()
        assert (days.budget.full, days.budget.snapshot().full) == (full, full)
        assert days.budget.why.startswith("the disk is full, ") is full


def test_the_reason_says_what_is_left_and_when_it_goes_on() -> None:
    days = Days(299_950_000)
    days.look()
    assert days.budget.why == (
        "the disk is full, 299 MB are left; recording goes on by itself at 600 MB"
    )
    days = Days(3_900_000, 40 * MB)
    days.look()
    assert "3.9 MB are left" in days.budget.why
    assert days.budget.why.endswith("at 8 MB")


def test_a_small_disk_is_told_once() -> None:
    days = Days(39 * MB, 40 * MB)
    days.look()
    days.look()
    [note] = days.told("disk.small")
    assert note.text == ("a small disk of 40 MB: recording stops at 4 MB left, not at 300 MB")
    big = Days(400 * GB)
    big.look()
    assert big.said == []


def test_it_lasts_as_long_as_room_goes_down_to_the_floor() -> None:
    days = Days(300 * MB + 40 * 60 * RATE)
    days.write(10 * 60)
    assert days.left() == pytest.approx(1800, abs=1)
    assert days.said == []
    days.write(29 * 60)
    assert not days.budget.full
    days.write(2 * 60)
    assert days.budget.full


def test_what_others_write_counts() -> None:
    days = Days(300 * MB + 60 * 60 * RATE)
    days.look()
    days.write(120, others=2 * RATE)
    assert days.left() < 1300


def test_nothing_is_foretold_while_nothing_is_written() -> None:
    days = Days(310 * MB)
    days.write(100, rate=0)
    assert days.said == []
    assert days.budget.snapshot().seconds_left is None


def test_a_disk_that_cannot_be_asked_is_full() -> None:
    days = Days(0, 0)
    days.look()
    assert days.budget.full

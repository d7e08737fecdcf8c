"""Times of day: over midnight, over weekends, and where clocks are put forward and back."""

from __future__ import annotations

import time as system
from collections.abc import Generator
from datetime import datetime

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.supervision.schedule import ALWAYS, Times, Window, times

HOUR = 3600.0


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The rules of a zone in words, for not every machine has the table of all."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    system.tzset()
    yield
    monkeypatch.undo()
    system.tzset()


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(fold=fold).timestamp()


def within(asked: Times, text: str, fold: int = 0) -> bool:
    return asked.window(at(text, fold)) is not None


def test_an_evening() -> None:
    evening = times("18:00", "23:30")
    assert not within(evening, "2026-11-28 17:59:59")
    assert within(evening, "2026-11-28 18:00")
    assert within(evening, "2026-11-28 23:29:59.9")
    assert not within(evening, "2026-11-28 23:30")
    assert evening.window(at("2026-11-28 20:00")) == Window(
        at("2026-11-28 18:00"), at("2026-11-28 23:30")
    )


def test_over_midnight_on_the_day_that_it_begins() -> None:
    night = times("22:00", "02:00", ("fri",))  # 2026-11-27 is a Friday
    assert not within(night, "2026-11-27 01:00"), "Thursday's, which is not meant"
    assert within(night, "2026-11-27 23:00")
    assert within(night, "2026-11-28 01:59")
    assert not within(night, "2026-11-28 02:00")
    assert not within(night, "2026-11-28 23:00")


def test_without_times_it_is_always() -> None:
    assert times().window(0.0) == ALWAYS
    assert times("", "24:00").window(1e9) == ALWAYS


def test_whole_days_that_follow_each_other_are_one_window() -> None:
    weekend = times(days=("sat", "Sunday"))
    both = Window(at("2026-11-28 00:00"), at("2026-11-30 00:00"))
    assert weekend.window(at("2026-11-28 00:00")) == both
    assert weekend.window(at("2026-11-29 23:59:59")) == both
    assert not within(weekend, "2026-11-30 00:00")
    assert not within(weekend, "2026-11-27 23:59")


def test_from_alone_is_until_midnight_and_until_alone_from_it() -> None:
    assert within(times("18:00"), "2026-11-28 23:59")
    assert not within(times("18:00"), "2026-11-29 00:00")
    assert within(times("", "09:00"), "2026-11-28 00:00")
    assert not within(times("", "09:00"), "2026-11-28 09:00")


def test_the_night_in_which_the_clock_is_put_forward_is_shorter() -> None:
    found = times("22:00", "06:00").window(at("2026-03-28 23:00"))
    assert found is not None
    assert found.end - found.begin == 7 * HOUR


def test_the_night_in_which_the_clock_is_put_back_is_longer() -> None:
    found = times("22:00", "06:00").window(at("2026-10-25 05:00"))
    assert found is not None
    assert found.end - found.begin == 9 * HOUR


def test_an_hour_that_comes_twice_is_recorded_twice() -> None:
    small = times("02:00", "02:45")
    assert within(small, "2026-10-25 02:30", fold=0)
    assert within(small, "2026-10-25 02:30", fold=1)
    assert within(times("01:00", "02:30"), "2026-10-25 02:10", fold=1), "rather too much"
    assert not within(times("01:00", "02:30"), "2026-10-25 02:30", fold=1)


def test_an_hour_that_is_left_out_is_as_long_after_midnight() -> None:
    found = times("02:15", "02:45").window(at("2026-03-29 03:30"))
    assert found == Window(at("2026-03-29 03:15"), at("2026-03-29 03:45"))


@pytest.mark.parametrize(
    ("begin", "end", "days", "said"),
    [
        ("6pm", "", (), "from: no time of day: '6pm'"),
        ("", "25:00", (), "until: no time of day: '25:00'"),
        ("24:30", "", (), "from"),
        ("18:00", "18:00", (), "both 18:00"),
        ("", "", ("fri", "fritag"), "days: no day: 'fritag'"),
    ],
)
def test_what_is_none(begin: str, end: str, days: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        times(begin, end, days)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (times(), "always"),
        (times("18:00", "23:30"), "from 18:00 until 23:30"),
        (times("18:00", "23:30", ("sat", "fri")), "from 18:00 until 23:30, fri sat"),
        (times(days=("sun",)), "all day, sun"),
    ],
)
def test_in_words(asked: Times, said: str) -> None:
    assert str(asked) == said

"""What is delivered, on which grid."""

from __future__ import annotations

from fractions import Fraction

import pytest

from roomdeck.core.delivery.window import usual_rate, window


def every(interval: float, number: int = 100) -> list[float]:
    return [interval * count for count in range(number)]


@pytest.mark.parametrize(
    ("interval", "rate"),
    [
        (1 / 24, 24),
        (1 / 25, 25),
        (1 / 30, 30),
        (1.001 / 30, 30),
        (1 / 27.5, 30),
        (1 / 50, 50),
        (1 / 60, 60),
        (1 / 120, 60),
        (1 / 15, 30),
        (1 / 20, 60),
        (1 / 12, 24),
        (1 / 12.5, 25),
        (1 / 10, 30),
        (1 / 5, 30),
        (0.97, 30),
        (28.0, 30),
    ],
)
def test_the_rate_that_a_stream_had_is_snapped_to_one_that_editors_know(
    interval: float, rate: int
) -> None:
    assert usual_rate([every(interval)]) == rate


def test_the_rate_is_that_of_most_pictures() -> None:
    assert usual_rate([every(1 / 30, 40), every(1 / 15, 20), []]) == 30
    assert usual_rate([[0.0], []]) == 30


def test_a_window_has_whole_pictures_at_all_rates_and_is_never_too_short() -> None:
    found = window(2.0, 7.51, [Fraction(30), Fraction(25)])
    assert found.seconds == Fraction(28, 5)
    assert (found.pictures(Fraction(30)), found.pictures(Fraction(25))) == (168, 140)
    assert found.samples == 268_800
    assert window(0.0, 4.0, [Fraction(30)]).seconds == 4
    assert window(0.0, 0.0, []).seconds == 1
    assert window(0.0, 10.0, [Fraction(30000, 1001)]).pictures(Fraction(30000, 1001)) == 300

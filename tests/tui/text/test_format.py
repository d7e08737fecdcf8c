from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.units import size
from roomdeck.tui.text.format import (
    cells,
    clean,
    cut,
    elide,
    fit,
    long_clock,
    rate,
    short_size,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (812_000_000, "812 MB"),
        (1_240_000_000, "1.24 GB"),
        (5e12, "5.00 TB"),
    ],
)
def test_short_sizes_have_three_digits(count: float, text: str) -> None:
    assert short_size(count) == text


@given(st.floats(0, 9e14))
def test_short_sizes_fit_their_column(count: float) -> None:
    assert len(short_size(count)) <= 7


@given(st.floats(0, 9.9e10))
def test_rates_fit_their_column(bits: float) -> None:
    assert len(rate(bits)) <= 5


@given(st.floats(0, 99 * 3600))
def test_clocks_fit_their_column(seconds: float) -> None:
    assert len(long_clock(seconds)) == 8


def test_sizes_in_sentences() -> None:
    assert size(212_300_000_000) == "212.3 GB"


def test_a_name_loses_its_middle() -> None:
    assert elide("camera one of the big hall", 12) == "camera o…all"


def test_a_wide_name_is_measured_in_cells() -> None:
    assert elide("カメラ一号機", 12) == "カメラ一号機"
    assert cells(elide("カメラ一号機です", 12)) <= 12


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
def test_fit_fills_its_width_whatever_comes(text: str, width: int, right: bool) -> None:
    assert cells(fit(text, width, right)) == width


@given(st.text(max_size=40), st.integers(0, 30))
def test_cut_fills_its_width_whatever_comes(text: str, width: int) -> None:
    assert cells(cut(text, width)) == width


def test_what_terminals_obey_is_taken_out() -> None:
    assert clean("a\x1b[31mb\nc\x07\u202ed") == "a[31mb cd"

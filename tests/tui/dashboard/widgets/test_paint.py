"""Lines that are cut without being measured are the same as those that are measured."""

from __future__ import annotations

import itertools

import pytest
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import Color
from textual.filter import ANSIToTruecolor
from textual.strip import Strip

from roomdeck.tui.dashboard.widgets.paint import NarrowStrip, paint

_BASE, _RED, _BLUE = Style.null(), Style(color="red"), Style(color="#0000ff")
_PARTS = [("▸ ", _RED), ("● REC", _RED), (" ", _BLUE), ("Günther…", _BLUE), ("▁▃█│", _RED)]
_WIDTH = sum(len(text) for text, _ in _PARTS)


def _measured() -> Strip:
    return Strip([Segment(text, style) for text, style in _PARTS])


def _shown(strip: Strip) -> list[tuple[str, Style | None]]:
    """Return each character with its style."""
    return [(sign, segment.style) for segment in strip for sign in segment.text]


def test_neighbours_of_one_style_are_one_piece() -> None:
    assert [segment.text for segment in paint(_PARTS, _WIDTH, _BASE)] == [
        "▸ ● REC",
        " Günther…",
        "▁▃█│",
    ]


def test_every_piece_of_a_narrow_line_is_what_measuring_cuts() -> None:
    line = paint(_PARTS, _WIDTH, _BASE)
    assert isinstance(line, NarrowStrip)
    for start, end in itertools.combinations(range(_WIDTH + 1), 2):
        piece, expected = line.crop(start, end), _measured().crop(start, end)
        assert _shown(piece) == _shown(expected)
        assert piece.cell_length == expected.cell_length == end - start
    assert _shown(line.crop(3)) == _shown(_measured().crop(3))
    assert _shown(line.crop(5, _WIDTH + 9)) == _shown(_measured().crop(5, _WIDTH + 9))


@pytest.mark.parametrize("cuts", [[_WIDTH], [0, 4, _WIDTH], [2, 7, 8, _WIDTH], [5, 9], [3, 99]])
def test_a_narrow_line_is_divided_as_by_measuring(cuts: list[int]) -> None:
    pieces = paint(_PARTS, _WIDTH, _BASE).divide(cuts)
    assert list(map(_shown, pieces)) == list(map(_shown, _measured().divide(cuts)))


def test_a_filter_changes_the_colours_of_a_narrow_line_that_stays_one() -> None:
    filter, black = ANSIToTruecolor(DEFAULT_TERMINAL_THEME), Color(0, 0, 0)
    changed = paint(_PARTS, _WIDTH, _BASE).apply_filter(filter, black)
    assert isinstance(changed, NarrowStrip)
    assert _shown(changed) == _shown(_measured().apply_filter(filter, black))
    blue = paint([("abc", _BLUE)], 3, _BASE)
    assert blue.apply_filter(filter, black) is blue


@pytest.mark.parametrize("text", ["名前 a", "e\u0301cole", "名e\u0301"])
def test_what_is_wide_or_has_no_width_is_measured(text: str) -> None:
    line = paint([(text, _RED)], len(text), _BASE)
    assert not isinstance(line, NarrowStrip)
    assert line.cell_length == len(text)


def test_a_line_is_as_wide_as_asked_for() -> None:
    assert paint([("abc", _RED)], 5, _BASE).text == "abc  "
    assert paint([("abc", _RED)], 2, _BASE).text == "ab"

"""Names on pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core import font
from roomdeck.core.delivery.grid.layout import Cell
from roomdeck.core.delivery.grid.names import INK, PAPER, in_corner, in_middle, written


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("alice", "ALICE"),
        ("  José \n Müller ", "JOSE MULLER"),
        ("Groß", "GROSS"),
        ("עברית", "?????"),
        ("\u202eevil\u202c", "EVIL"),
        ("Bob 🎥", "BOB ?"),
        ("a\x00b\x1b[2J", "A?B??2J"),
        ("", ""),
        ("\u200b\u200f", ""),
        ("a very long name of somebody", "A VERY LONG NAME O.."),
    ],
)
def test_names_are_written_as_far_as_there_are_characters(name: str, shown: str) -> None:
    assert written(name, 20) == shown


EVEN = st.integers(1, 400).map(lambda half: half * 2)


@given(st.text(max_size=100), st.builds(Cell, EVEN, EVEN, EVEN, EVEN))
def test_a_name_is_on_its_cell(name: str, cell: Cell) -> None:
    for paper, label in (
        (PAPER, in_corner(name, cell)),
        (52, in_middle(name, cell, 52)),
        (PAPER, in_corner("a name that is far too long" * 3, cell)),
    ):
        if not label.rows:
            continue
        (width,) = {len(row) for row in label.rows}
        height = len(label.rows)
        assert all(length % 2 == 0 for length in (label.left, label.top, width, height))
        assert cell.left <= label.left <= label.left + width <= cell.left + cell.width
        assert cell.top <= label.top <= label.top + height <= cell.top + cell.height
        assert {pixel for row in label.rows for pixel in row} <= {INK, paper}


def test_a_name_is_as_the_font_has_it() -> None:
    rows = in_middle("T", Cell(0, 0, 128, 72), PAPER).rows
    inner = [row[2:-2] for row in rows[1:-1]]
    assert [row[: font.text_width(1, 1)] for row in inner][:9] == font.text_rows("T", 1, INK, PAPER)

"""Real pictures, as terminals take them."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from roomdeck.core.model import Picture
from roomdeck.tui.dashboard.model.graphics import (
    MOST_ROWS,
    at,
    iterm,
    kitty,
    kitty_forgets,
    placeholders,
    poorer,
    sixel,
)

from ..escapes import (
    iterm_pictures,
    kitty_commands,
    kitty_pictures,
    sixel_pictures,
    without,
)


def noise(width: int, height: int, seed: int = 1) -> Picture:
    return Picture(width, height, random.Random(seed).randbytes(3 * width * height))


def stripes(width: int, height: int) -> Picture:
    rows = (
        bytes((40 * (x // 3) % 256, 80 * y % 256, 255)) for y in range(height) for x in range(width)
    )
    return Picture(width, height, b"".join(rows))


@pytest.mark.parametrize("picture", [noise(1, 1), noise(64, 36), stripes(160, 90)])
def test_kitty_gets_the_picture_in_pieces_that_it_takes(picture: Picture) -> None:
    text = kitty(picture, 33, 20, 6)
    (sent,) = kitty_pictures(text)
    assert sent.picture == picture
    assert (sent.keys["i"], sent.keys["c"], sent.keys["r"]) == ("33", "20", "6")
    assert without(text) == ""


def test_kitty_never_answers() -> None:
    commands = kitty_commands(kitty(noise(64, 36), 33, 20, 6) + kitty_forgets(33))
    assert all(keys["q"] == "2" for keys in commands if "a" in keys)
    assert [keys["a"] for keys in commands if "a" in keys] == ["T", "d"]


def test_placeholders_are_as_many_cells_as_the_picture() -> None:
    lines = [placeholders(row, 20) for row in range(MOST_ROWS)]
    assert {cell_len(line) for line in lines} == {20}
    assert len(set(lines)) == MOST_ROWS
    assert {line.count("\U0010eeee") for line in lines} == {20}


@pytest.mark.parametrize("picture", [noise(1, 1), noise(64, 36), stripes(160, 90)])
def test_iterm_gets_the_picture_and_the_cells_for_it(picture: Picture) -> None:
    text = iterm(picture, 20, 6)
    (sent,) = iterm_pictures(text)
    assert sent.picture == picture
    assert (sent.keys["width"], sent.keys["height"], sent.keys["inline"]) == ("20", "6", "1")
    assert without(text) == ""


def test_sixels_are_the_picture_but_for_what_a_percent_is() -> None:
    picture = stripes(30, 18)
    (seen,) = sixel_pictures(sixel(picture))
    assert (seen.width, seen.height) == (30, 18)
    assert max(abs(a - b) for a, b in zip(seen.rgb, picture.rgb, strict=True)) <= 2


def test_sixels_have_few_enough_colours_whatever_the_picture_has() -> None:
    picture = noise(64, 36)
    (seen,) = sixel_pictures(sixel(picture))
    assert max(abs(a - b) for a, b in zip(seen.rgb, picture.rgb, strict=True)) <= 64


def test_sixels_never_reach_into_the_line_below() -> None:
    (seen,) = sixel_pictures(sixel(stripes(10, 17)))
    assert seen.height == 12
    assert sixel(stripes(10, 5)) == ""
    assert sixel(Picture(0, 0, b"")) == ""


def test_a_picture_is_shown_where_it_belongs_and_the_cursor_stays() -> None:
    assert at(4, 9, "X") == "\x1b7\x1b[10;5HX\x1b8"


def test_a_poorer_picture_takes_less_and_is_as_bright() -> None:
    picture = noise(64, 36)
    sizes = [len(kitty(poorer(picture, depth), 33, 20, 6)) for depth in (0xFF, 0xF0, 0xE0, 0xC0)]
    assert sizes == sorted(sizes, reverse=True)
    assert poorer(Picture(2, 1, b"\xff\xff\xff\0\0\0"), 0xE0).rgb == b"\xff\xff\xff\0\0\0"

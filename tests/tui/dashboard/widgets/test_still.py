"""Pictures in half blocks."""

from __future__ import annotations

import pytest
from rich.style import Style

from roomdeck.core.model import Picture
from roomdeck.tui.dashboard.widgets.still import fitting, half_blocks, resize


def picture(width: int, height: int, *rows: bytes) -> Picture:
    data = b"".join(rows) if rows else bytes(3 * width * height)
    return Picture(width, height, data)


RED, BLUE, BLACK = b"\xff\x00\x00", b"\x00\x00\xff", b"\x00\x00\x00"


@pytest.mark.parametrize(
    ("size", "room", "cells"),
    [
        ((96, 54), (60, 26), (60, 17)),
        ((96, 54), (40, 9), (32, 9)),
        ((30, 54), (40, 9), (10, 9)),
        ((1, 54), (40, 9), (1, 9)),
        ((0, 0), (40, 9), (0, 0)),
    ],
)
def test_it_fits_and_keeps_its_shape(
    size: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert fitting(picture(*size), *room) == cells


def test_a_cell_shows_two_pixels_one_above_the_other() -> None:
    strips = half_blocks(picture(2, 2, RED + RED, BLUE + BLACK), 2, 1, Style())
    assert len(strips) == 1
    left, right = strips[0]
    assert left.text == right.text == "▀"
    assert left.style is not None
    assert right.style is not None
    assert (left.style.color and left.style.color.get_truecolor()) == (248, 0, 0)
    assert (left.style.bgcolor and left.style.bgcolor.get_truecolor()) == (0, 0, 248)
    assert (right.style.bgcolor and right.style.bgcolor.get_truecolor()) == (0, 0, 0)


def test_equal_neighbours_share_their_colour_codes() -> None:
    strips = half_blocks(picture(40, 4, *[RED * 40] * 4), 40, 2, Style())
    assert [len(list(strip)) for strip in strips] == [1, 1]


def test_pixels_are_means_of_what_they_cover_and_none_is_left_out() -> None:
    checkered = picture(4, 2, (RED + BLACK) * 2, (BLACK + RED) * 2)
    assert resize(checkered, 2, 1) == [[(120, 0, 0), (120, 0, 0)]]
    assert resize(picture(1, 1, RED), 3, 2) == [[(248, 0, 0)] * 3] * 2

"""Pictures in half blocks, as cheap as they can be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.model import Picture
from roomdeck.tui.dashboard.model.mosaic import CUBE, cost, few_colours, mosaic, runs

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def picture(width: int, *pixels: tuple[int, int, int]) -> Picture:
    return Picture(width, len(pixels) // width, b"".join(map(bytes, pixels)))


def test_a_cell_shows_two_pixels_one_above_the_other() -> None:
    rows = mosaic(picture(2, RED, RED, BLUE, BLACK), 2, 1, 0)
    assert rows == (((RED, BLUE), (RED, BLACK)),)


def test_any_size_fills_the_cells() -> None:
    rows = mosaic(picture(1, RED, BLUE), 4, 3, 0)
    assert [len(row) for row in rows] == [4, 4, 4]
    assert rows[0][0] == (RED, RED)
    assert rows[2][3] == (BLUE, BLUE)
    assert mosaic(Picture(5, 7, bytes(105)), 2, 2, 0) == (((BLACK, BLACK),) * 2,) * 2


def test_what_hardly_differs_is_as_its_neighbour() -> None:
    near = (250, 4, 0)
    (row,) = mosaic(picture(3, RED, near, BLUE, RED, near, BLUE), 3, 1, 8)
    assert row == ((RED, RED), (RED, RED), (BLUE, BLUE))
    assert runs(row) == [(2, RED, RED), (1, BLUE, BLUE)]


def test_what_hardly_changed_stays_as_it_was() -> None:
    shown = mosaic(picture(2, RED, BLUE, RED, BLUE), 2, 1, 0)
    noisy = picture(2, (250, 5, 3), (1, 2, 250), (249, 0, 0), (0, 0, 255))
    assert mosaic(noisy, 2, 1, 8, shown) == shown
    assert mosaic(noisy, 2, 1, 2, shown) != shown
    assert len(mosaic(noisy, 2, 1, 8, (*shown, *shown))) == 1, "what was shown was larger"


@given(pixels=st.binary(min_size=96, max_size=96), tolerance=st.integers(0, 60))
@settings(max_examples=60)
def test_no_colour_is_further_off_than_is_allowed(pixels: bytes, tolerance: int) -> None:
    rows = mosaic(Picture(8, 4, pixels), 8, 2, tolerance)
    exact = mosaic(Picture(8, 4, pixels), 8, 2, 0)
    for row, wanted in zip(rows, exact, strict=True):
        for cell, right in zip(row, wanted, strict=True):
            for pixel, true in zip(cell, right, strict=True):
                assert max(abs(a - b) for a, b in zip(pixel, true, strict=True)) <= tolerance


def test_a_coarse_picture_takes_less() -> None:
    noise = bytes(100 + (7 * n * n) % 50 for n in range(3 * 20 * 2))
    costs = [
        sum(cost(row, 42) for row in mosaic(Picture(20, 2, noise), 20, 1, tolerance))
        for tolerance in (0, 16, 60)
    ]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0] / 4


def test_few_colours_are_those_of_the_cube() -> None:
    found = few_colours(Picture(16, 1, bytes(range(48)), 3.0))
    assert set(found.rgb) <= set(CUBE)
    assert found.age == 3.0

"""Cells of any number of people."""

from __future__ import annotations

from itertools import combinations

import pytest

from roomdeck.core.delivery.grid.layout import Cell, Layout, Scene, follow, grid, scene_at

HD = (1280, 720)
SIZES = [HD, (640, 360), (1920, 1080), (720, 1280)]


def in_order(cells: Layout, size: tuple[int, int]) -> None:
    assert all(length % 2 == 0 for cell in cells for length in cell)
    assert all(cell.width > 0 and cell.height > 0 for cell in cells)
    assert all(cell.left >= 0 and cell.left + cell.width <= size[0] for cell in cells)
    assert all(cell.top >= 0 and cell.top + cell.height <= size[1] for cell in cells)
    for one, two in combinations(cells, 2):
        beside = one.left + one.width <= two.left or two.left + two.width <= one.left
        assert beside or one.top + one.height <= two.top or two.top + two.height <= one.top


@pytest.mark.parametrize("size", SIZES)
def test_everybody_has_a_cell_of_their_own_as_large_as_those_of_others(
    size: tuple[int, int],
) -> None:
    before = size[0] * size[1] + 1
    for number in range(1, 50):
        cells = grid(number, size)
        assert len(cells) == number
        in_order(cells, size)
        assert len({(cell.width, cell.height) for cell in cells}) == 1
        assert abs(cells[0].width / cells[0].height - 16 / 9) < 0.1
        area = cells[0].width * cells[0].height
        assert area <= before
        before = area


def test_a_picture_is_filled_as_far_as_it_can_be() -> None:
    assert grid(1, HD) == (Cell(0, 0, 1280, 720),)
    assert {cell.width for cell in grid(2, HD)} == {638}
    assert {cell.width for cell in grid(4, HD)} == {636}
    for number in (4, 9, 16, 25, 36):
        cells = grid(number, HD)
        assert sum(cell.width * cell.height for cell in cells) > 0.9 * 1280 * 720


def test_a_last_row_with_fewer_is_in_the_middle() -> None:
    last = grid(3, HD)[2]
    assert abs(last.left - (1280 - last.left - last.width)) <= 2


@pytest.mark.parametrize("size", SIZES)
def test_one_is_large_and_the_others_are_in_a_strip(size: tuple[int, int]) -> None:
    for number in range(1, 40):
        for large in {0, number // 2, number - 1}:
            cells = follow(number, large, size)
            assert len(cells) == number
            in_order(cells, size)
            areas = [cell.width * cell.height for cell in cells]
            assert areas.index(max(areas)) == large
            others = [cell for person, cell in enumerate(cells) if person != large]
            assert others == sorted(others, key=lambda cell: (cell.top, cell.left))


def test_a_part_has_the_scene_that_goes_on_and_those_that_begin_in_it() -> None:
    first, second, third = (follow(3, person, HD) for person in range(3))
    scenes = [Scene(0, first), Scene(70, second), Scene(130, third)]
    assert scene_at(scenes, 0, 60) == (Scene(0, first),)
    assert scene_at(scenes, 60, 120) == (Scene(0, first), Scene(10, second))
    assert scene_at(scenes, 70, 130) == (Scene(0, second),)
    assert scene_at(scenes, 120, 180) == (Scene(0, second), Scene(10, third))

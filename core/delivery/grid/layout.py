"""Where in a picture people are. Pure.

All lengths are pixels and even, as 4:2:0 has half as many samples of colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

GAP = 4
"""Between two cells."""
_SHAPE = 16 / 9
_STRIP = 5
"""The strip beside the one who is large is as wide as the picture divided by that."""


class Cell(NamedTuple):
    """A rectangle."""

    left: int
    top: int
    width: int
    height: int


Layout = tuple[Cell, ...]
"""A cell for each person."""


class Scene(NamedTuple):
    """A layout, and from when on it is shown."""

    begin: int
    """Slot."""
    cells: Layout


def grid(number: int, size: tuple[int, int]) -> Layout:
    """Return cells for so many people, all alike and as large as there is room, in rows."""
    return _tiled(number, Cell(0, 0, *size))


def follow(number: int, large: int, size: tuple[int, int]) -> Layout:
    """Return cells for so many people, one of whom is large beside a strip of the others."""
    if number == 1:
        return grid(1, size)
    width, height = size
    strip = _even(width / _STRIP)
    (main,) = _tiled(1, Cell(0, 0, width - strip - GAP, height))
    others = _tiled(number - 1, Cell(width - strip, 0, strip, height))
    return (*others[:large], main, *others[large:])


def scene_at(scenes: Sequence[Scene], begin: int, end: int) -> tuple[Scene, ...]:
    """Return the scenes of a part, counted from where it begins.

    Args:
        scenes: In order; the first one begins at 0.
        begin: First slot of the part.
        end: The one after its last.
    """
    before = [scene for scene in scenes if scene.begin <= begin]
    inside = (scene for scene in scenes if begin < scene.begin < end)
    return (
        Scene(0, before[-1].cells),
        *(Scene(scene.begin - begin, scene.cells) for scene in inside),
    )


def _tiled(number: int, area: Cell) -> Layout:
    """Cells of 16:9 in rows, in the middle of an area; the last row may have fewer."""
    columns = max(range(1, number + 1), key=lambda columns: _width(number, columns, area))
    rows = -(-number // columns)
    width = _width(number, columns, area)
    height = min(_even(width / _SHAPE), _room(area.height, rows))
    top = area.top + _even((area.height - rows * (height + GAP) + GAP) / 2)
    found: list[Cell] = []
    for row in range(rows):
        here = min(columns, number - row * columns)
        left = area.left + _even((area.width - here * (width + GAP) + GAP) / 2)
        found += (
            Cell(left + column * (width + GAP), top + row * (height + GAP), width, height)
            for column in range(here)
        )
    return tuple(found)


def _width(number: int, columns: int, area: Cell) -> int:
    rows = -(-number // columns)
    return min(_room(area.width, columns), _even(_room(area.height, rows) * _SHAPE))


def _room(length: int, cells: int) -> int:
    return _even((length - (cells - 1) * GAP) / cells)


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2) if length > 0 else 0

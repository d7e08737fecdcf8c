"""A picture in half blocks: two pixels a cell, one above the other. Pure.

What it takes over a bad line is mostly the codes between cells of different colours. So a cell
stays as it was where it hardly differs, and is like its neighbour where that hardly differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, zip_longest

from ....core.model import Picture

Pixel = tuple[int, int, int]
Cell = tuple[Pixel, Pixel]
"""The upper and the lower half."""
Row = tuple[Cell, ...]
Run = tuple[int, Pixel, Pixel]
"""So many equal cells, side by side."""

CODES, FEW_CODES = 42, 26
"""Bytes of the codes around cells of two colours, where there are 24 bits and where 256 colours."""
_HALF = "▀".encode()

TOLERANCES = (8, 16, 28, 44)
"""Difference of a colour that is none, 0 to 255, by quality: the finest first."""
CUBE = (0, 95, 135, 175, 215, 255)
"""Levels of each colour where there are 256 in all (xterm's 6x6x6 cube)."""
_NEAREST = bytes(min(CUBE, key=lambda level: abs(level - value)) for value in range(256))


def mosaic(
    picture: Picture, columns: int, rows: int, tolerance: int, shown: Sequence[Row] = ()
) -> tuple[Row, ...]:
    """Return a picture as rows of cells.

    Args:
        picture: Any size; pixels are repeated or left out where it is not the right one.
        columns: Cells of a row.
        rows: Rows; each shows two lines of pixels.
        tolerance: Difference of a colour that is none.
        shown: What is on the screen now.
    """
    lines = _pixels(picture, columns, 2 * rows)
    return tuple(
        _calm(list(zip(upper, lower, strict=True)), tolerance, before)
        for upper, lower, before in zip_longest(lines[::2], lines[1::2], shown[:rows], fillvalue=())
    )


def runs(row: Row) -> list[Run]:
    """Return a row as runs of equal cells."""
    return [(len(list(same)), *cell) for cell, same in groupby(row)]


def cost(row: Row, codes: int) -> int:
    """Return the bytes that a row takes on the line, at most.

    Args:
        row: As it is drawn.
        codes: Bytes that a change of colours takes, as in `CODES` or `FEW_CODES`.
    """
    return sum(
        codes + count * (1 if upper == lower else len(_HALF)) for count, upper, lower in runs(row)
    )


def few_colours(picture: Picture) -> Picture:
    """Return a picture in the colours that a terminal with 256 has."""
    return Picture(picture.width, picture.height, picture.rgb.translate(_NEAREST), picture.age)


def _pixels(picture: Picture, width: int, height: int) -> list[list[Pixel]]:
    across = [x * picture.width // width for x in range(width)]
    lines: list[list[Pixel]] = []
    for y in range(height):
        start = 3 * picture.width * (y * picture.height // height)
        line = picture.rgb[start : start + 3 * picture.width]
        pixels = list(zip(line[::3], line[1::3], line[2::3], strict=True))
        lines.append(pixels if len(pixels) == width else [pixels[x] for x in across])
    return lines


def _calm(row: Sequence[Cell], tolerance: int, shown: Row) -> Row:
    calm: list[Cell] = []
    for number, cell in enumerate(row):
        if number < len(shown) and _alike(cell, shown[number], tolerance):
            cell = shown[number]
        elif calm and _alike(cell, calm[-1], tolerance):
            cell = calm[-1]
        elif _close(*cell, tolerance):
            cell = (cell[0], cell[0])
        calm.append(cell)
    return tuple(calm)


def _alike(one: Cell, other: Cell, tolerance: int) -> bool:
    return _close(one[0], other[0], tolerance) and _close(one[1], other[1], tolerance)


def _close(one: Pixel, other: Pixel, tolerance: int) -> bool:
    return (
        abs(one[0] - other[0]) <= tolerance
        and abs(one[1] - other[1]) <= tolerance
        and abs(one[2] - other[2]) <= tolerance
    )

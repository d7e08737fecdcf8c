"""Names of people as they are written on pictures. Pure."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from ... import font
from .layout import Cell

INK = 235
PAPER = 24
"""Luma; names have no colour."""
_MARK = "?"
_MORE = ".."
_DOTS = 72
"""Pixels of a cell's height for each pixel of a dot."""
_LARGEST = 4
_MARGIN = 8
"""Pixels between a box and the edge of a large cell."""
_PADDING = 2
"""Dots that a box has around what the font leaves."""


def written(name: str, most: int) -> str:
    """Return a name in characters that the font has; others are question marks.

    Args:
        name: Whatever somebody called themselves.
        most: As many characters are returned at most.
    """
    plain = unicodedata.normalize("NFKD", " ".join(name.split())).upper()
    shown = "".join(
        character if character in font.CHARACTERS else _MARK
        for character in plain
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )
    return shown if len(shown) <= most else shown[: max(0, most - len(_MORE))] + _MORE[:most]


class Label(NamedTuple):
    """A name in its place; all lengths are even."""

    left: int
    top: int
    rows: list[bytes]
    """Of luma; none where there is no name or no room."""


def in_corner(name: str, cell: Cell) -> Label:
    """Return a name in a dark box, low on the left of a cell."""
    margin = min(_MARGIN, cell.height // 40 * 2)
    rows = _box(name, cell.width - 2 * margin, cell.height - 2 * margin, PAPER)
    return Label(cell.left + margin, cell.top + cell.height - len(rows) - margin, rows)


def in_middle(name: str, cell: Cell, paper: int) -> Label:
    """Return a name in the middle of a cell that is nothing but paper of some luma."""
    rows = _box(name, cell.width, cell.height, paper)
    width = len(rows[0]) if rows else 0
    left = cell.left + (cell.width - width) // 4 * 2
    return Label(left, cell.top + (cell.height - len(rows)) // 4 * 2, rows)


def _box(name: str, width: int, height: int, paper: int) -> list[bytes]:
    scale = max(1, min(_LARGEST, height // _DOTS))
    most = (width // scale - 1 - 2 * _PADDING) // font.ADVANCE
    text = written(name, max(0, most))
    if not text or height < (font.HEIGHT + 2 + 2 * _PADDING) * scale:
        return []
    side = bytes([paper]) * scale * _PADDING
    inner = [
        side + row + side for row in font.text_rows(text, scale, INK, paper) for _ in range(scale)
    ]
    blank = [bytes([paper]) * len(inner[0])] * (scale * (_PADDING - 1))
    rows = [*blank, *inner, *blank]
    if len(rows) % 2:
        rows.append(rows[0])
    return [row + row[-1:] * (len(row) % 2) for row in rows]

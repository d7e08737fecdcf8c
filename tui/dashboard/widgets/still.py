"""A small picture in half blocks: two pixels a cell."""

from __future__ import annotations

import textwrap
from itertools import groupby, pairwise

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from ....core.model import Picture

_HALF = "▀"
_COARSE = 0xF8
"""Colours that differ less are one: neighbours share their codes, and the line stays short."""

Pixel = tuple[int, int, int]


class StillView(Widget):
    """Shows a picture as large as it fits, or words in its place."""

    ALLOW_SELECT = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._picture: Picture | None = None
        self._text = ""
        self._strips: list[Strip] = []
        self._strips_for: object = None
        """What they show, and in which size."""

    @property
    def text(self) -> str:
        """The words that stand in place of a picture."""
        return "" if self._picture else self._text

    def show(self, picture: Picture | None, text: str = "") -> None:
        """Show a picture; or words, without one."""
        same = self._picture and picture and self._picture.rgb == picture.rgb
        if same or (not picture and not self._picture and text == self._text):
            return
        self._picture, self._text = picture, text
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        width, base = self.size.width, self.rich_style
        shown = (self._picture, self._text, self.size, base)
        if shown != self._strips_for:
            self._strips, self._strips_for = self._paint(), shown
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(width, base)
        return Strip.blank(width, base)

    def _paint(self) -> list[Strip]:
        width, height = self.size
        if self._picture is None:
            return [Strip([Segment(line, self.rich_style)]) for line in wrap(self._text, width)]
        return half_blocks(self._picture, width, height, self.rich_style)


def wrap(text: str, width: int) -> list[str]:
    """Return a text as lines of so many cells."""
    return textwrap.wrap(text, max(1, width))


def fitting(picture: Picture, width: int, height: int) -> tuple[int, int]:
    """Return the cells that a picture takes where there are so many, its shape kept.

    A cell is taken to be twice as high as wide.
    """
    if not picture.width or not picture.height:
        return 0, 0
    scale = min(width / picture.width, 2 * height / picture.height)
    columns = max(1, min(width, round(picture.width * scale)))
    return columns, max(1, min(height, round(picture.height * scale / 2)))


def half_blocks(picture: Picture, width: int, height: int, base: Style) -> list[Strip]:
    """Return a picture as lines of half blocks, as large as it fits."""
    columns, rows = fitting(picture, width, height)
    pixels = resize(picture, columns, 2 * rows)
    return [
        _line(list(zip(pixels[2 * row], pixels[2 * row + 1], strict=True)), base)
        for row in range(rows)
    ]


def _line(cells: list[tuple[Pixel, Pixel]], base: Style) -> Strip:
    segments = [
        Segment(_HALF * len(list(run)), base + Style(color=_color(top), bgcolor=_color(bottom)))
        for (top, bottom), run in groupby(cells)
    ]
    return Strip(segments)


def _color(pixel: Pixel) -> Color:
    return Color.from_triplet(ColorTriplet(*pixel))


def resize(picture: Picture, width: int, height: int) -> list[list[Pixel]]:
    """Return rows of pixels, each the mean of what it covers, in coarse colours."""
    columns = _spans(picture.width, width)
    return [
        [_mean(picture, left, right, top, bottom) for left, right in columns]
        for top, bottom in _spans(picture.height, height)
    ]


def _spans(length: int, count: int) -> list[tuple[int, int]]:
    edges = [length * number // count for number in range(count + 1)]
    return [(start, max(start + 1, end)) for start, end in pairwise(edges)]


def _mean(picture: Picture, left: int, right: int, top: int, bottom: int) -> Pixel:
    rgb, pitch = picture.rgb, 3 * picture.width
    rows = [rgb[y * pitch + 3 * left : y * pitch + 3 * right] for y in range(top, bottom)]
    count = max(1, (right - left) * (bottom - top))
    red, green, blue = (sum(sum(row[part::3]) for row in rows) // count for part in range(3))
    return red & _COARSE, green & _COARSE, blue & _COARSE

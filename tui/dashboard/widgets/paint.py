"""Strips of text for the line API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from ...text.format import is_narrow


class NarrowStrip(Strip):
    """A line whose characters are all one cell wide: it is cut without being measured.

    Textual cuts a line that is drawn several times, and measures each piece anew.
    """

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return what is between two cells."""
        width = self.cell_length
        start, end = max(0, start), width if end is None else min(end, width)
        if (start, end) == (0, width):
            return self
        return NarrowStrip(_between(self, start, end), max(0, end - start))

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the pieces up to each of these cells."""
        within = (cut for cut in cuts if cut <= self.cell_length)
        return [self.crop(start, end) for start, end in pairwise((0, *within))]

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:
        """Return the line as a filter changes its colours; none changes its text."""
        before = list(self)
        after = filter.apply(before, background)
        return self if after == before else NarrowStrip(after, self.cell_length)


def paint(parts: Iterable[tuple[str, Style]], width: int, base: Style) -> Strip:
    """Return a line that is so many cells wide.

    Neighbours of one style share a segment: what a repaint costs over ssh is mostly the codes
    between segments.
    """
    texts: list[str] = []
    styles: list[Style] = []
    for text, style in parts:
        if styles and (styles[-1] is style or styles[-1] == style):
            texts[-1] += text
        elif text:
            texts.append(text)
            styles.append(style)
    segments = list(map(Segment, texts, styles))
    if sum(map(len, texts)) == width and all(map(is_narrow, texts)):
        return NarrowStrip(segments, width)
    return Strip(segments).adjust_cell_length(width, base)


def _between(segments: Iterable[Segment], start: int, end: int) -> Iterator[Segment]:
    """Yield what stands between two cells, one for each character."""
    at = 0
    for segment in segments:
        if at >= end:
            return
        text = segment.text[max(0, start - at) : end - at]
        at += len(segment.text)
        if text:
            yield Segment(text, segment.style)

"""Strips of text for the line API."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def paint(parts: Iterable[tuple[str, Style]], width: int, base: Style) -> Strip:
    """Return a line that is so many cells wide.

    Neighbours of one style share a segment: what a repaint costs over ssh is mostly the codes
    between segments.
    """
    segments: list[Segment] = []
    for text, style in parts:
        if segments and segments[-1].style == style:
            segments[-1] = Segment(segments[-1].text + text, style)
        elif text:
            segments.append(Segment(text, style))
    return Strip(segments).adjust_cell_length(width, base)

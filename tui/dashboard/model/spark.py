"""A row of blocks for a series of numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .glyphs import Glyphs


def blocks(series: Sequence[float | None], width: int, glyphs: Glyphs, top: float = 0.0) -> str:
    """Return a series as so many cells, the newest to the right.

    Several seconds share a cell by their mean.

    Args:
        series: Oldest first; ``None`` is a moment of which nothing is known.
        width: Cells; at most as many as the series is long.
        glyphs: The signs.
        top: What the highest block stands for; the greatest of the series if 0.
    """
    top = top or max((value for value in series if value is not None), default=0.0)
    means = [_mean(part) for part in _parts(series, width)]
    return "".join(_block(mean, top, glyphs) for mean in means).rjust(width, glyphs.empty)


def _parts(series: Sequence[float | None], width: int) -> list[Sequence[float | None]]:
    count = min(width, len(series))
    edges = [len(series) * number // count for number in range(count + 1)] if count else [0]
    return [series[start:end] for start, end in pairwise(edges)]


def _mean(part: Sequence[float | None]) -> float | None:
    known = [value for value in part if value is not None]
    return sum(known) / len(known) if known else None


def _block(value: float | None, top: float, glyphs: Glyphs) -> str:
    if value is None:
        return glyphs.empty
    if top <= 0:
        return glyphs.blocks[0]
    last = len(glyphs.blocks) - 1
    return glyphs.blocks[max(0, min(last, round(value / top * last)))]

"""The comparison as an SVG that can be read on dark and on light paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from .figures import Row

WIDTH, HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 214, 44, 48
_INK = "#808894"
_GRID = "#80889440"
_COLOURS = ("#e0563b", "#e89b2f", "#a05ad0", "#3f8fd6", "#2fa36b", "#c2497f")
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_LABEL_GAP = 15
_BELOW = "streams (both axes logarithmic; a cross: frames are lost)"
_COMPLETE = 0.999
"""Share of the frames below which a recorder counts as losing some."""


class _Point(NamedTuple):
    x: float
    y: float
    loses: bool


class _Scale:
    """Both axes are logarithmic: the ways differ by two orders of magnitude."""

    def __init__(self, rows: Sequence[Row]) -> None:
        values = [row.cpu_per_stream for row in rows]
        self.ticks = [
            tick for tick in _TICKS if min(values) / 2.5 <= tick <= max(max(values) * 1.5, 2)
        ]
        self.counts = sorted({row.streams for row in rows})
        self._most = max(2, *self.counts)

    def x(self, streams: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * math.log(streams) / math.log(self._most)

    def y(self, per_cent: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        share = math.log(per_cent / low) / math.log(high / low)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share


def plot(rows: Sequence[Row], titles: Mapping[str, str]) -> str:
    """Return per cent of a core per stream over the number of streams, a line for each way."""
    scale = _Scale(rows)
    parts = [*_axes(scale)]
    labels: list[tuple[float, float, str, str]] = []
    for index, way in enumerate(dict.fromkeys(row.way for row in rows)):
        points = [
            _Point(scale.x(row.streams), scale.y(row.cpu_per_stream), _loses(row))
            for row in rows
            if row.way == way
        ]
        colour = _COLOURS[index % len(_COLOURS)]
        parts += _line(points, colour)
        labels.append((points[-1].x, points[-1].y, titles[way], colour))
    parts += _labels(labels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="13">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _loses(row: Row) -> bool:
    return row.complete is not None and row.complete < _COMPLETE


def _axes(scale: _Scale) -> list[str]:
    right = WIDTH - _RIGHT
    parts = [_text(_LEFT, _TOP - 20, "CPU per stream, % of one core", _INK)]
    for tick in scale.ticks:
        y = scale.y(tick)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="{_GRID}"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{tick:g}", _INK, "end"))
    for count in scale.counts:
        x = scale.x(count)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}" stroke="{_GRID}"/>')
        parts.append(_text(x, HEIGHT - _BOTTOM + 20, str(count), _INK, "middle"))
    middle = (_LEFT + right) / 2
    return [*parts, _text(middle, HEIGHT - 8, _BELOW, _INK, "middle")]


def _line(points: Sequence[_Point], colour: str) -> list[str]:
    path = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in points)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
        *(_dot(point, colour) for point in points),
    ]


def _dot(point: _Point, colour: str) -> str:
    """A cross where frames are lost: what costs little because it does not do its work."""
    x, y = point.x, point.y
    if not point.loses:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    cross = f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"
    return f'<path d="{cross}" stroke="{colour}" stroke-width="2.5"/>'


def _labels(labels: Sequence[tuple[float, float, str, str]]) -> list[str]:
    """Names at the ends of the lines, moved down where they would lie on each other."""
    parts: list[str] = []
    placed: list[tuple[float, float]] = []
    for x, y, title, colour in sorted(labels, key=lambda label: label[1]):
        place = y + 4
        while any(abs(place - b) < _LABEL_GAP and abs(x - a) < _RIGHT for a, b in placed):
            place += 1
        placed.append((x, place))
        parts.append(_text(x + 10, place, title, colour))
    return parts


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'

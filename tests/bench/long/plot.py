"""What processes hold over time, as an SVG that can be read on dark and on light paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from ...uses import Uses
from .figures import Sample

WIDTH, PANEL = 760, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 34, 26
_INK = "#808894"
_GRID = "#80889440"
_COLOURS = ("#3f8fd6", "#e0563b", "#2fa36b", "#a05ad0", "#e89b2f", "#c2497f")
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LINES = 5
_LABEL_GAP = 15


_Figure = Callable[[Uses], float]
_PANELS: dict[str, _Figure] = {
    "resident memory, MB": lambda seen: seen.rss / 1e6,
    "open descriptors": lambda seen: seen.descriptors,
    "threads": lambda seen: seen.threads,
    "tasks of asyncio": lambda seen: seen.tasks or 0,
}


def plot(samples: Mapping[str, Sequence[Sample]]) -> str:
    """Return a panel for each figure, over minutes, with a line for each process.

    Args:
        samples: By what a process is called.
    """
    end = max(sample.seconds for one in samples.values() for sample in one)
    panels = [_panel(title, figure, samples, end) for title, figure in _PANELS.items()]
    parts = [
        f'<g transform="translate(0 {PANEL * number})">\n{panel}\n</g>'
        for number, panel in enumerate(panels)
    ]
    height = PANEL * len(_PANELS)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(title: str, figure: _Figure, samples: Mapping[str, Sequence[Sample]], end: float) -> str:
    most = max(figure(sample.uses) for one in samples.values() for sample in one)
    step = _step(most)
    top = step * (int(most / step) + 1)
    right, bottom = WIDTH - _RIGHT, PANEL - _BOTTOM

    def place(sample: Sample) -> tuple[float, float]:
        share = figure(sample.uses) / top
        return _LEFT + (right - _LEFT) * sample.seconds / end, bottom - (bottom - _TOP) * share

    parts = [_text(_LEFT, _TOP - 14, title)]
    for value in range(0, top + 1, step):
        y = bottom - (bottom - _TOP) * value / top
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="{_GRID}"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{value}", "end"))
    minutes = _step(end / 60)
    for minute in range(0, int(end / 60) + 1, minutes):
        x = _LEFT + (right - _LEFT) * minute * 60 / end
        parts.append(_text(x, bottom + 18, f"{minute} min", "middle"))
    ends: list[tuple[float, str, str]] = []
    for colour, (name, one) in zip(_COLOURS, samples.items(), strict=False):
        points = [place(sample) for sample in one]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        parts.append(line)
        ends.append((points[-1][1], name, colour))
    return "\n".join([*parts, *_names(ends, right)])


def _names(ends: list[tuple[float, str, str]], right: float) -> list[str]:
    """Names at the ends of the lines, moved down where they would lie on each other."""
    parts: list[str] = []
    last = -_LABEL_GAP * 1.0
    for y, name, colour in sorted(ends):
        last = max(y + 4, last + _LABEL_GAP)
        parts.append(_text(right + 10, last, name, colour=colour))
    return parts


def _step(most: float) -> int:
    """Return the distance of lines so that there are few."""
    return next((step for step in _STEPS if most / step <= _LINES), _STEPS[-1])


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = _INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'

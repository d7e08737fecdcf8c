"""What is drawn along the axis: a lane for each stream, for markers and for the scale. Pure.

Everything has its place in percent of the lane's width, so that the page may be as wide as it
likes; only the curve of loudness is stretched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from html import escape
from itertools import pairwise

from . import words
from .axis import Axis
from .model import Bar, Levels, Report, Row

HEIGHT = 26
"""Pixels of a lane."""
CURVE = 20
"""Of the loudness below it."""
QUIET = -60.0
"""LUFS or dBFS at the bottom of the curve; 0 is its top."""
POINTS = 600
"""Of a curve, at most."""
_HOLE = 3.0
"""Times as far as usual that two points of a curve are apart, where nothing is between them."""


def patterns() -> str:
    """Return what lanes refer to."""
    return (
        '<svg width="0" height="0" aria-hidden="true"><defs>'
        '<pattern id="stands" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line class="hatch" x1="1" y1="0" x2="1" y2="6"/>'
        "</pattern></defs></svg>\n"
    )


def scale(report: Report, axis: Axis, zone: tzinfo | None) -> str:
    """Return the scale: time of the session, and below it that on the wall."""
    texts: list[str] = []
    for index, mark in enumerate(axis.marks):
        seconds = axis.step < 60
        wall = words.wall(report, mark, zone).strftime("%H:%M:%S" if seconds else "%H:%M")
        x, anchor = _x(axis, mark), _anchor(axis.share(mark))
        odd = ' class="odd"' if index % 2 else ""
        texts.append(
            f'<g{odd}><text x="{x}" y="11" text-anchor="{anchor}">{words.clock(mark)}</text>'
            f'<text x="{x}" y="25" text-anchor="{anchor}" opacity=".75">{wall}</text></g>'
        )
    return f'<svg height="30" role="img" aria-label="time">{"".join(texts)}</svg>'


def _anchor(share: float) -> str:
    return "start" if share < 0.04 else "end" if share > 0.96 else "middle"


def markers(report: Report, axis: Axis) -> str:
    """Return the lane of markers, and of times without the server."""
    parts = [
        _rect(
            "out",
            axis,
            *out,
            9,
            4,
            f"no server from {words.clock(out[0])} to {words.clock(out[1])}",
        )
        for out in report.outages
    ]
    for marker in report.markers:
        x = _x(axis, marker.offset)
        text = words.plain(marker.text) or "marker"
        title = _title(f"{words.clock(marker.offset)} {text}")
        parts.append(f'<g class="m">{title}<circle class="marker" cx="{x}" cy="11" r="5"/></g>')
    return f'<svg height="22">{_grid(axis, 22)}{"".join(parts)}</svg>'


def stream(report: Report, row: Row, axis: Axis, links: Sequence[str]) -> str:
    """Return the lane of a stream.

    Args:
        report: Of what.
        row: The stream.
        axis: Of all lanes.
        links: What its takes are called in the page.
    """
    height = HEIGHT + (CURVE + 4 if row.levels else 0)
    parts = [
        f'<svg class="lane" height="{height}">'
        f'<rect class="track" x="0" y="0" width="100%" height="{HEIGHT}" rx="4"/>',
        _grid(axis, height),
        *_marked(report, row, axis),
        *_gaps(row, axis),
        *(_bar(bar, axis, link) for bar, link in zip(row.bars, links, strict=True)),
        *_pauses(row, axis),
        *_sizes(row, axis),
    ]
    if row.levels:
        parts.append(_curve(row.levels, axis, report.unit))
    return "".join(parts) + "</svg>"


def _marked(report: Report, row: Row, axis: Axis) -> Iterator[str]:
    for marker in report.markers:
        if not marker.streams or row.stream in marker.streams:
            x = _x(axis, marker.offset)
            yield f'<line class="marker-line" x1="{x}" x2="{x}" y1="-5" y2="{HEIGHT + 5}"/>'


def _gaps(row: Row, axis: Axis) -> Iterator[str]:
    for gap in row.gaps:
        begin, end, middle = _x(axis, gap.begin), _x(axis, gap.end), HEIGHT / 2
        title = _title(f"nothing from {words.clock(gap.begin)} to {words.clock(gap.end)}")
        yield (
            f'<g>{title}<line class="gap" x1="{begin}" x2="{end}" y1="{middle}" y2="{middle}"/></g>'
        )


def _bar(bar: Bar, axis: Axis, link: str) -> str:
    kind = bar.judgement.verdict.value if bar.judgement else "unknown"
    begin, end = axis.share(bar.begin), axis.share(bar.end)
    title = _title(
        f"{words.clock(bar.begin)} to {words.clock(bar.end)}, {kind}: "
        + (words.plain(bar.file) or "no file")
    )
    # What is shorter than a pixel is seen all the same.
    sliver = (
        f'<line class="sliver {kind}" x1="{_percent(begin)}" x2="{_percent(begin)}" y1="3" '
        f'y2="{HEIGHT - 3}"/>'
        if end - begin < 0.002
        else ""
    )
    rect = (
        f'<rect class="bar {kind}" x="{_percent(begin)}" y="3" '
        f'width="{_percent(end - begin)}" height="{HEIGHT - 6}" rx="2"/>'
    )
    return f'<a href="#{link}">{title}{sliver}{rect}</a>'


def _pauses(row: Row, axis: Axis) -> Iterator[str]:
    for pause in row.pauses:
        title = f"{words.clock(pause.begin)} {words.stood(pause)}"
        yield _rect("pause-ground", axis, pause.begin, pause.end, 3, HEIGHT - 6, "")
        yield _rect("pause", axis, pause.begin, pause.end, 3, HEIGHT - 6, title)


def _sizes(row: Row, axis: Axis) -> Iterator[str]:
    for bar in row.bars:
        for at, change in words.sizes(bar):
            x, title = _x(axis, at), _title(f"{words.clock(at)} {change}")
            yield f'<g>{title}<circle class="size" cx="{x}" cy="{HEIGHT / 2}" r="3.5"/></g>'


def _curve(levels: Levels, axis: Axis, unit: str) -> str:
    """Return loudness as an area, stretched to the width of the lane."""
    paths = "".join(_area(part, axis) for part in _parts(_thinned(levels)))
    loudest = max(level for _, level in levels)
    title = _title(f"loudness, at most {loudest:.0f} {unit}")
    return (
        f'<svg y="{HEIGHT + 4}" height="{CURVE}" viewBox="0 0 1000 100" '
        f'preserveAspectRatio="none">{title}<path class="level" d="{paths}"/></svg>'
    )


def _thinned(levels: Levels) -> list[tuple[float, float]]:
    """Of each stretch, the loudest."""
    ordered = sorted(levels)
    size = -(-len(ordered) // POINTS)
    stretches = (ordered[index : index + size] for index in range(0, len(ordered), size))
    return [(part[0][0], max(level for _, level in part)) for part in stretches]


def _parts(points: Sequence[tuple[float, float]]) -> Iterator[Sequence[tuple[float, float]]]:
    steps = sorted(new[0] - old[0] for old, new in pairwise(points))
    most = _HOLE * steps[len(steps) // 2] if steps else 0.0
    begin = 0
    for index in range(1, len(points) + 1):
        if index == len(points) or points[index][0] - points[index - 1][0] > most:
            yield points[begin:index]
            begin = index


def _area(points: Sequence[tuple[float, float]], axis: Axis) -> str:
    places = [
        (1000 * axis.share(at), 100 * min(1.0, max(0.0, level / QUIET))) for at, level in points
    ]
    line = "L".join(f"{x:.1f} {y:.0f}" for x, y in places)
    return f"M{places[0][0]:.1f} 100L{line}L{places[-1][0]:.1f} 100Z"


def legend(report: Report) -> str:
    """Return what the signs mean, of those that there are."""
    rows, bars = report.rows, report.bars
    kinds = list(dict.fromkeys(_kind(bar) for bar in bars))
    signs: list[tuple[str, str]] = [
        (f'<rect class="bar {kind}" width="22" height="12" rx="2"/>', kind)
        for kind in ("good", "flawed", "bad", "unknown")
        if kind in kinds
    ]
    if any(row.pauses for row in rows):
        ground = '<rect class="bar good" width="22" height="12" rx="2"/>'
        veil = '<rect class="pause-ground" width="22" height="12"/>'
        stood = f'{ground}{veil}<rect class="pause" width="22" height="12"/>'
        signs.append((stood, "something stood still"))
    if any(row.gaps for row in rows):
        signs.append(('<line class="gap" x1="0" x2="22" y1="6" y2="6"/>', "not there"))
    if any(words.sizes(bar) for bar in bars):
        signs.append(('<circle class="size" cx="11" cy="6" r="3.5"/>', "size changed"))
    if report.markers:
        signs.append(('<circle class="marker" cx="11" cy="6" r="5"/>', "marker"))
    if report.outages:
        signs.append(('<rect class="out" y="4" width="22" height="4"/>', "without the server"))
    if any(row.levels for row in rows):
        signs.append(
            ('<path class="level" d="M0 12L6 4L11 7L16 2L22 12Z"/>', f"loudness ({report.unit})")
        )
    listed = (f'<span><svg height="12">{sign}</svg>{escape(text)}</span>' for sign, text in signs)
    return f'<div class="legend">{"".join(listed)}</div>'


def _kind(bar: Bar) -> str:
    return bar.judgement.verdict.value if bar.judgement else "unknown"


def _grid(axis: Axis, height: int) -> str:
    return "".join(_mark_lines(axis, height))


def _mark_lines(axis: Axis, height: int) -> Iterable[str]:
    for mark in axis.marks:
        x = _x(axis, mark)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{height}"/>'


def _rect(kind: str, axis: Axis, begin: float, end: float, y: int, height: int, title: str) -> str:
    x, width = axis.share(begin), axis.share(end) - axis.share(begin)
    inner = _title(title) if title else ""
    return (
        f'<rect class="{kind}" x="{_percent(x)}" y="{y}" width="{_percent(width)}" '
        f'height="{height}">{inner}</rect>'
    )


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>"


def _x(axis: Axis, seconds: float) -> str:
    return _percent(axis.share(seconds))


def _percent(share: float) -> str:
    return f"{100 * share:.3f}%"

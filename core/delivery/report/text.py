"""A report as plain text of 80 columns. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import accumulate, takewhile

from . import words
from .axis import Axis
from .model import Bar, Report, Row

WIDTH = 80
_NAME = 14
"""Columns of the names beside the bars."""
_LANE = WIDTH - _NAME - 1
_MARKS = 5
LINES_SHOWN = 1000
"""Of takes, of markers, and of what happened."""
_RECORDED, _STOOD, _NOTHING, _MARKER = "█", "▒", "·", "▼"


def text(report: Report, zone: tzinfo | None = None) -> str:
    """Return the report.

    Names of files are never broken, and may be longer than a line.

    Args:
        report: What is known.
        zone: Of the times on the wall; that of this machine otherwise.
    """
    lines = [*_head(report, zone)]
    parts = _timeline, _alarms, _takes, _markers, _happenings
    for part in parts:
        found = list(part(report))
        lines += ["", *found] if found else []
    lines += [line for reason in report.left_out for line in ("", *_wrapped(f"left out: {reason}"))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(report: Report, zone: tzinfo | None) -> Iterator[str]:
    title = _cut(words.plain(report.room) or "Session", WIDTH)
    yield title
    yield "=" * cells(title)
    yield from _wrapped(words.when(report, zone))
    yield from _wrapped(words.totals(report))
    judged = ", ".join(f"{count} {one.value}" for one, count in words.verdicts(report).items())
    yield from _wrapped(": ".join(filter(None, (judged, words.how_judged(report)))))
    if report.guessed:
        yield from _wrapped("There is no JSON file: times are guessed from the names of files.")


# ── the axis ─────────────────────────────────────────────────────────────────────────────────


def _timeline(report: Report) -> Iterator[str]:
    if not report.bars:
        yield "Nothing was recorded."
        return
    axis = Axis.over(report.begin, report.end, _MARKS)
    yield _lane("", _scale(axis))
    if report.markers:
        places = {_column(axis, marker.offset) for marker in report.markers}
        signs = (_MARKER if column in places else " " for column in range(_LANE))
        yield _lane("markers", "".join(signs))
    names = words.names(report.rows)
    for row in report.rows:
        yield _lane(names[row.stream], _bars(row, axis))
    yield ""
    stood = f", {_STOOD} something stood still" if any(row.pauses for row in report.rows) else ""
    yield f"{_RECORDED} recorded{stood}, {_NOTHING} not there"


def _lane(name: str, lane: str) -> str:
    shown = _cut(name, _NAME)
    return f"{shown}{' ' * (_NAME + 1 - cells(shown))}{lane}"


def _scale(axis: Axis) -> str:
    line = ""
    for mark in axis.marks:
        column, label = _column(axis, mark), words.clock(mark)
        column = min(column, _LANE - len(label))
        if column > len(line) or not line:
            line += " " * (column - len(line)) + label
    return line


def _bars(row: Row, axis: Axis) -> str:
    signs = [_NOTHING] * _LANE
    for spans, sign in (
        ([(bar.begin, bar.end) for bar in row.bars], _RECORDED),
        ([(pause.begin, pause.end) for pause in row.pauses], _STOOD),
    ):
        for begin, end in spans:
            first = _column(axis, begin)
            last = max(first, _column(axis, end - (axis.end - axis.begin) / _LANE / 2))
            signs[first : last + 1] = [sign] * (last + 1 - first)
    return "".join(signs)


def _column(axis: Axis, seconds: float) -> int:
    return min(_LANE - 1, int(axis.share(seconds) * _LANE))


# ── lists ────────────────────────────────────────────────────────────────────────────────────


def _takes(report: Report) -> Iterator[str]:
    left, names = LINES_SHOWN, words.names(report.rows)
    for index, row in enumerate(report.rows):
        name, stream = names[row.stream], words.plain(row.stream)
        if index:
            yield ""
        yield from _wrapped(name if name == stream else f"{name} ({stream})")
        for bar in row.bars[: max(0, left)]:
            yield from _take(bar)
        left -= len(row.bars)
        for pause in row.pauses[:LINES_SHOWN]:
            yield from _wrapped(f"{words.clock(pause.begin)} {words.stood(pause)}", "  ")
        for remark in row.remarks[:LINES_SHOWN]:
            yield from _wrapped(remark, "  ")
    yield from _more(-left, "files")


def _take(bar: Bar) -> Iterator[str]:
    yield "  " + (words.plain(bar.file, words.LONGEST_LINE) or "no file could be made")
    verdict = bar.judgement.verdict.value if bar.judgement else "not judged"
    yield from _wrapped(", ".join((f"{verdict}: {words.times(bar)}", *words.facts(bar))), "    ")
    shown = words.weighty(bar)
    shown += words.notes(bar) if bar.judgement and bar.judgement.read else []
    for finding in shown:
        yield from _wrapped(f"{finding.level.value}: {finding.text}", "    ")
    yield from _wrapped(words.size_changes(bar), "    ")


def _markers(report: Report) -> Iterator[str]:
    names = words.names(report.rows)
    for marker in report.markers[:LINES_SHOWN]:
        who = f" ({words.who(marker.streams, names)})" if marker.streams else ""
        yield from _wrapped(
            f"{words.clock(marker.offset)} {_MARKER} {words.plain(marker.text) or 'marker'}{who}"
        )
    yield from _more(len(report.markers) - LINES_SHOWN, "markers")


def _happenings(report: Report) -> Iterator[str]:
    told, names = report.told, words.names(report.rows)
    for one in told[:LINES_SHOWN]:
        who = f"{words.who([one.stream], names)}: " if one.stream else ""
        yield from _wrapped(
            f"{words.clock(one.offset)} {who}{words.plain(one.text, words.LONGEST_LINE)}"
        )
    yield from _more(len(told) - LINES_SHOWN, "events")


def _alarms(report: Report) -> Iterator[str]:
    alarms, names = report.alarms, words.names(report.rows)
    if alarms:
        yield "Alarms"
    for one in alarms[:LINES_SHOWN]:
        until = f"{words.clock(one.begin)} to {words.clock(one.end)}"
        who = words.who([one.stream] if one.stream else [], names)
        yield from _wrapped(f"{until} {who}: {words.alarm(one)}", "  ")
    yield from _more(len(alarms) - LINES_SHOWN, "alarms")


def _more(number: int, what: str) -> Iterable[str]:
    return [f"and {number} {what} more"] if number > 0 else []


# ── columns ──────────────────────────────────────────────────────────────────────────────────


def cells(text: str) -> int:
    """Return the width of a text on a terminal, in columns."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _cut(text: str, width: int) -> str:
    """Return a text that fits a width, its end left out if need be."""
    return text if cells(text) <= width else _fitting(text, width - 1) + "…"


def _fitting(text: str, width: int) -> str:
    """Return as much of the beginning of a text as fits a width."""
    widths = accumulate(map(_cell, text))
    return text[: sum(1 for _ in takewhile(lambda sum: sum <= width, widths))]


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """Yield lines of `WIDTH` columns; what is longer than one is broken."""
    line, begun = indent, False
    for word in words.plain(text, words.LONGEST_LINE).split(" "):
        if begun and cells(line) + 1 + cells(word) > WIDTH:
            yield line
            line, begun = indent + "  ", False
        line, begun = f"{line} {word}" if begun else line + word, True
        while cells(line) > WIDTH:
            part = _fitting(line, WIDTH)
            yield part
            line = indent + "  " + line[len(part) :]
    if begun and line.strip():
        yield line

"""A report as one HTML file that needs nothing else and runs nothing. Pure.

Everything that is not written here goes through `_text` or `_file`. A browser is told to load and
run nothing at all: the one style is known by its hash (Content Security Policy Level 3, 8.3), and
pictures are in the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from html import escape
from itertools import count
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ...recording.sidecar import Happening
from . import lanes, words
from .axis import Axis
from .model import Bar, Report, Row

MARKS = 8
"""On the axis, about; every other one is shown on a phone."""
TAKES_SHOWN = 3000
"""Days may have more; the page stays one that a browser opens."""
LINES_SHOWN = 1000
"""Of alarms, of markers, and of what happened."""
FEW = 12
"""Lines that need no click to be seen."""
_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; "
    "form-action 'none'"
)


def page(report: Report, zone: tzinfo | None = None) -> str:
    """Return the page.

    Args:
        report: What is known.
        zone: Of the times on the wall; that of this machine otherwise.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = _POLICY.format(hash=digest)
    title = _text(words.plain(report.room) or "Session")
    return "".join(
        (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n',
            f"<title>{title}, {words.wall(report, report.begin, zone):%Y-%m-%d}</title>\n",
            f"<style>{_STYLE}</style></head>\n<body><main>\n",
            *_head(report, title, zone),
            *_timeline(report, zone),
            *_alarms(report),
            *_markers(report),
            *_people(report),
            *_happenings(report),
            *_foot(report),
            "</main></body></html>\n",
        )
    )


def _text(text: str) -> str:
    return escape(text, quote=True)


def _file(file: str) -> str:
    """Return a link to a file in or below the folder of the page; "" where it is elsewhere."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return ""
    try:
        return _text("./" + quote(str(path).encode("utf-8", "surrogateescape")))
    except UnicodeEncodeError:
        return ""


def _head(report: Report, title: str, zone: tzinfo | None) -> Iterator[str]:
    yield f"<header><h1>{title}</h1>\n<p>{_text(words.when(report, zone))}</p>\n"
    yield f'<p class="soft">{_text(words.totals(report))}</p>\n'
    if report.guessed:
        yield (
            '<p class="soft">There is no JSON file: times are guessed from the names of files.</p>'
        )
    judged = words.verdicts(report)
    yield '<div class="chips">'
    for verdict, number in judged.items():
        yield f'<span class="chip {verdict.value}">{number} {verdict.value}</span>'
    yield f"<small>{_text(words.how_judged(report))}</small></div></header>\n"


# ── the axis and its bars ────────────────────────────────────────────────────────────────────


def _timeline(report: Report, zone: tzinfo | None) -> Iterator[str]:
    if not report.bars:
        yield '<p class="card">Nothing was recorded.</p>'
        return
    axis = Axis.over(report.begin, report.end, MARKS)
    yield '<h2>Timeline</h2><section class="card" id="timeline">\n'
    yield lanes.patterns()
    yield _row("", lanes.scale(report, axis, zone))
    if report.markers or report.outages:
        yield _row('<span class="soft">markers</span>', lanes.markers(report, axis))
    numbers, names = count(1), words.names(report.rows)
    for index, row in enumerate(report.rows, 1):
        links = [f"t{next(numbers)}" for _ in row.bars]
        name = _text(names[row.stream])
        link = f'<a class="clamp" href="#p{index}" title="{name}"><bdi>{name}</bdi></a>'
        yield _row(link, lanes.stream(report, row, axis, links))
    yield lanes.legend(report)
    yield "</section>\n"


def _row(name: str, lane: str) -> str:
    return f'<div class="row"><div class="name">{name}</div>{lane}</div>\n'


# ── what there is beside ─────────────────────────────────────────────────────────────────────


def _markers(report: Report) -> Iterator[str]:
    if report.markers:
        names = words.names(report.rows)
        yield '<h2>Markers</h2><ul class="card log">'
        for marker in report.markers[:LINES_SHOWN]:
            text = _text(words.plain(marker.text) or "marker")
            who = f" <small><bdi>{_text(words.who(marker.streams, names))}</bdi></small>"
            yield _line(marker.offset, f"<bdi>{text}</bdi>{who if marker.streams else ''}")
        yield _more(len(report.markers) - LINES_SHOWN, "markers") + "</ul>\n"


def _alarms(report: Report) -> Iterator[str]:
    names = words.names(report.rows)
    lines: list[str] = []
    for one in report.alarms:
        who = _text(words.who([one.stream] if one.stream else [], names))
        until = f"<small>to {words.clock(one.end)}</small>"
        alarm = _text(words.alarm(one))
        lines.append(_line(one.begin, f"<b><bdi>{who}</bdi></b> {until} {alarm}"))
    if lines:
        yield '<h2>Alarms</h2><section class="card">'
        yield _folded(lines, "alarm", "alarms") + "</section>\n"


def _people(report: Report) -> Iterator[str]:
    if report.rows:
        yield "<h2>People and files</h2>\n"
    numbers, names = count(1), words.names(report.rows)
    for index, row in enumerate(report.rows, 1):
        name, stream = names[row.stream], words.plain(row.stream)
        yield f'<section class="card person" id="p{index}">'
        yield f"<header><h3><bdi>{_text(name)}</bdi></h3>"
        if stream != name:
            yield f"<small><bdi>{_text(stream)}</bdi></small>"
        yield "</header>\n" + _stills(row) + '<ul class="takes">'
        for bar in row.bars:
            if (number := next(numbers)) <= TAKES_SHOWN:
                yield from _take(bar, f"t{number}")
        yield "</ul>" + _pauses(row) + _remarks(row) + "</section>\n"
    yield _more(len(report.bars) - TAKES_SHOWN, "files", "p")


def _stills(row: Row) -> str:
    figures = [
        f'<figure><img src="data:image/jpeg;base64,{base64.b64encode(still.jpeg).decode()}" '
        f'width="{still.width}" height="{still.height}" alt="at {words.clock(still.time)}">'
        f"<figcaption>{words.clock(still.time)}</figcaption></figure>"
        for still in row.stills
    ]
    return f'<div class="stills">{"".join(figures)}</div>\n' if figures else ""


def _take(bar: Bar, name: str) -> Iterator[str]:
    verdict = bar.judgement.verdict.value if bar.judgement else "unknown"
    shown = _text(
        words.plain(bar.file, words.LONGEST_LINE) if bar.file else "no file could be made"
    )
    link = _file(bar.file)
    file = f'<a href="{link}">{shown}</a>' if link else f"<span>{shown}</span>"
    yield f'<li id="{name}"><div class="head"><span class="chip {verdict}">{verdict}</span>{file}'
    yield f'<span class="time soft">{words.times(bar)}</span></div>'
    yield f'<p class="soft">{_text(" · ".join(words.facts(bar)))}</p>'
    for finding in words.weighty(bar):
        yield _finding(finding.level.value, finding.text)
    notes = words.notes(bar)
    if notes and bar.judgement and bar.judgement.read:
        yield f"<details><summary><small>{words.number(len(notes), 'note')}</small></summary>"
        yield "".join(_finding("note", note.text) for note in notes) + "</details>"
    if changes := words.size_changes(bar):
        yield _finding("note", changes)
    yield "</li>\n"


def _finding(level: str, text: str) -> str:
    return f'<p class="finding {level}">{_text(words.plain(text, words.LONGEST_LINE))}</p>'


def _pauses(row: Row) -> str:
    lines = [_line(one.begin, _text(words.stood(one))) for one in row.pauses]
    return _folded(lines, "stall", "stalls")


def _remarks(row: Row) -> str:
    shown = "".join(_finding("note", remark) for remark in row.remarks[:LINES_SHOWN])
    return shown + _more(len(row.remarks) - LINES_SHOWN, "remarks", "p")


def _happenings(report: Report) -> Iterator[str]:
    names = words.names(report.rows)
    lines = [_line(one.offset, _happening(one, names)) for one in report.told]
    if lines:
        yield '<h2>What happened</h2><section class="card">'
        yield _folded(lines, "event", "events") + "</section>\n"


def _happening(one: Happening, names: Mapping[str, str]) -> str:
    who = _text(words.who([one.stream], names))
    text = _text(words.plain(one.text, words.LONGEST_LINE))
    return f"<b><bdi>{who}</bdi></b> {text}" if one.stream else text


def _folded(lines: Sequence[str], one: str, more: str) -> str:
    """Lines of a log, where they are many only for those who ask."""
    if not lines:
        return ""
    shown = "".join(lines[:LINES_SHOWN]) + _more(len(lines) - LINES_SHOWN, more)
    log = f'<ul class="log">{shown}</ul>'
    number = words.number(len(lines), one, more)
    return (
        f"<details{' open' if len(lines) <= FEW else ''}><summary>{number}</summary>{log}</details>"
    )


def _line(seconds: float, text: str) -> str:
    return f'<li><span class="time soft">{words.clock(seconds)}</span><span>{text}</span></li>'


def _more(number: int, what: str, tag: str = "li") -> str:
    return f'<{tag} class="soft">and {number} {what} more</{tag}>' if number > 0 else ""


def _foot(report: Report) -> Iterator[str]:
    yield "<footer>"
    for text in report.left_out:
        yield f"<p>Left out: {_text(words.plain(text, words.LONGEST_LINE))}</p>"
    yield f"<small>{_text(_rests_on(report))}</small></footer>"


def _rests_on(report: Report) -> str:
    server = f" through {words.plain(report.server)}" if report.server else ""
    return f"Recorded with roomdeck{server}. Times count from the start of the session, h:mm:ss."

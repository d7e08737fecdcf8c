"""The lines of a stream's page: media, file, network. Pure."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from ....core.model import (
    SCREEN_SHARE,
    Kind,
    StreamSnapshot,
    StreamState,
    TrackStats,
    WorkerSnapshot,
)
from ....core.units import size
from ...text.format import cells, clean, clock, elide, fit, rate
from ...text.words import count, heard, name_of, refusals
from ...text.workers import path, share
from .glyphs import Glyphs
from .history import History, Sample
from .meter import meter
from .parts import Line, Part
from .spark import blocks

TWO_COLUMNS = 70
"""Cells from which on media and file stand side by side."""
SECONDS = 180
"""Length of the graphs."""
_LABEL = 9
_VALUE = 12
_EXTREME = 13
_METER = 20
_SLOW_FILE = 3.0
_ROLES = {
    StreamState.REC: "record",
    StreamState.LIVE: "live",
    StreamState.WAIT: "warning",
    StreamState.STALL: "warning",
    StreamState.FAIL: "error",
}
_HINTS = {
    StreamState.FAIL: "r tries again",
    StreamState.OFF: "r records it",
    StreamState.SKIP: "x includes it again",
}


class Page(msgspec.Struct, frozen=True):
    """What a page is made of."""

    stream: StreamSnapshot
    history: History
    now: float
    """Time of the snapshot, Unix time."""
    place: int
    """Of the stream in the table, from 1."""
    streams: int
    worker: WorkerSnapshot | None = None
    """That holds its connection."""
    notice: tuple[Part, ...] = ()
    """Why nothing of it is known now; in place of its state."""


def title(page: Page, width: int, glyphs: Glyphs) -> list[Part]:
    """Return the first line: name, state, length, and which of how many."""
    stream = page.stream
    shown = (f"{glyphs.states[stream.state]} {stream.state.value}", _ROLES.get(stream.state, ""))
    states = page.notice or (shown,)
    state = "".join(text for text, _ in states)
    right = f"  {clock(stream.seconds)}  {page.place} of {page.streams}  j k "
    left = " esc " if width < TWO_COLUMNS else " esc back   "
    room = max(4, width - cells(left + state + right) - 1)
    name = fit(name_of(stream), room, ellipsis=glyphs.ellipsis)
    return [
        (left, "muted"),
        (f"{name} ", "strong"),
        *states,
        (right, ""),
    ]


def facts(page: Page, width: int, glyphs: Glyphs) -> list[Line]:
    """Return all lines below the first, up to the events."""
    lines = _why(page.stream, width, glyphs)
    half = width // 2
    if width >= TWO_COLUMNS:
        left = _media(page.stream, half, glyphs)
        right = _file(page, width - half, glyphs)
        heads = (_heading("media", half, glyphs), _heading("file", width - half, glyphs))
        lines += [heads[0] + heads[1], *(one + two for one, two in zip(left, right, strict=True))]
    else:
        lines += [_heading("media", width, glyphs), *_media(page.stream, width, glyphs)]
        lines += [_heading("file", width, glyphs), *_file(page, width, glyphs)]
    minutes = f"network, last {count(SECONDS // 60, 'minute')}"
    return [*lines, _heading(minutes, width, glyphs), *_network(page, width, glyphs)]


def heading(text: str, width: int, glyphs: Glyphs) -> Line:
    """Return a line that begins a section."""
    return _heading(text, width, glyphs)


def _heading(text: str, width: int, glyphs: Glyphs) -> Line:
    head = fit(f"{glyphs.line} {text} ", min(width, cells(text) + 3))
    return ((head + glyphs.line * (width - cells(head)), "muted"),)


def _why(stream: StreamSnapshot, width: int, glyphs: Glyphs) -> list[Line]:
    if not stream.reason:
        return []
    hint = _HINTS.get(stream.state)
    text = f" {clean(stream.reason)}{f'; {hint}' if hint else ''}"
    return [((fit(text, width, ellipsis=glyphs.ellipsis), _ROLES.get(stream.state, "")),)]


def _row(label: str, parts: Sequence[Part], width: int, glyphs: Glyphs) -> Line:
    """Return a label and what belongs to it, in exactly so many cells."""
    kept: list[Part] = [(fit(f" {label}", _LABEL), "muted")]
    left = width - _LABEL
    for text, role in parts:
        shown = elide(text, left, glyphs.ellipsis)
        left -= cells(shown)
        kept.append((shown, role))
    return (*kept, (" " * left, ""))


# ── media ────────────────────────────────────────────────────────────────────────────────


def _media(stream: StreamSnapshot, width: int, glyphs: Glyphs) -> list[Line]:
    bar = max(5, min(_METER, width - _LABEL - 9))
    level = [("muted by its sender", "muted")] if stream.muted else meter(stream.sound, bar, glyphs)
    what = "screen share" if stream.stream.endswith(SCREEN_SHARE) else "camera"
    rows = [
        ("video", [_video(stream, glyphs)]),
        ("audio", [_audio(stream)]),
        ("level", level if Kind.AUDIO in stream.tracks else [("no sound", "muted")]),
        ("source", [(f"{what} {clean(stream.stream)}", "")]),
    ]
    return [_row(label, parts, width, glyphs) for label, parts in rows]


def _video(stream: StreamSnapshot, glyphs: Glyphs) -> Part:
    video = stream.video
    off = ", camera off" if stream.camera_off else ""
    if video is not None:
        shape = f"{video.width}{glyphs.times}{video.height}"
        return f"{video.codec.value.upper()} {shape}, {stream.fps:.0f} fps{off}", ""
    if Kind.VIDEO in stream.tracks:
        return f"comes, but is not recorded{off}", "muted"
    return f"none{off}", "muted"


def _audio(stream: StreamSnapshot) -> Part:
    if stream.audio is not None:
        kind = f"{stream.audio.codec.value} {heard(stream.audio)}".rstrip()
        return f"{kind}, {_number(stream.audio.packets)} packets", ""
    return ("comes, but is not recorded" if Kind.AUDIO in stream.tracks else "none"), "muted"


# ── file ─────────────────────────────────────────────────────────────────────────────────


def _file(page: Page, width: int, glyphs: Glyphs) -> list[Line]:
    stream = page.stream
    folder, name = os.path.split(clean(stream.file))
    takes = f", take {stream.takes}" if stream.takes else ""
    rows = [
        [(f" {name}", "") if name else (" no file yet", "muted")],
        [(f" {size(stream.bytes)} in {clock(stream.seconds)}{takes}", "")],
        [_growth(page)],
        [(f" {folder}", "muted")],
    ]
    if not stream.bytes:
        rows[1] = _last(page)
    return [_fill(parts, width, glyphs) for parts in rows]


def _growth(page: Page) -> Part:
    age = page.stream.growth_age
    if age is None:
        return "", ""
    late = age > _SLOW_FILE
    return f" written {age:.1f} s ago", "warning" if late else ""


def _last(page: Page) -> list[Part]:
    take = page.history.last_take(page.stream.stream)
    if take is None:
        return []
    error = f", {clean(take.error)}" if take.error else ""
    return [(f" closed: {size(take.bytes)}, {clock(take.seconds)}{error}", "")]


def _fill(parts: Sequence[Part], width: int, glyphs: Glyphs) -> Line:
    text, role = parts[0] if parts else ("", "")
    return ((fit(text, width, ellipsis=glyphs.ellipsis), role),)


# ── network ──────────────────────────────────────────────────────────────────────────────


def _network(page: Page, width: int, glyphs: Glyphs) -> list[Line]:
    stream = page.stream
    trip = stream.round_trip
    graphs: list[tuple[str, str, Callable[[Sample], float | None], float, float, str]] = [
        ("rate", f"{rate(stream.bitrate)} Mb/s", lambda one: one.bitrate, 0.0, 1e-6, "Mb/s"),
        ("loss", f"{100 * stream.loss:.1f} %", lambda one: one.loss, 0.05, 100.0, "%"),
        ("jitter", f"{1000 * stream.jitter:.0f} ms", lambda one: one.jitter, 0.05, 1000.0, "ms"),
        (
            "rtt",
            "not known" if trip is None else f"{1000 * trip:.0f} ms",
            lambda one: one.round_trip,
            0.2,
            1000.0,
            "ms",
        ),
    ]
    lines = [
        _graph(page, label, value, figure, least, (scale, unit), width, glyphs)
        for label, value, figure, least, scale, unit in graphs
    ]
    return [*lines, *_counters(stream, width, glyphs), *_worker(page, width, glyphs)]


def _graph(
    page: Page,
    label: str,
    value: str,
    figure: Callable[[Sample], float | None],
    least: float,
    unit: tuple[float, str],
    width: int,
    glyphs: Glyphs,
) -> Line:
    """Return a figure, its last minutes, and its maximum; a calm line looks calm.

    Args:
        page: Whose.
        label: What it is called.
        value: What it is now.
        figure: Takes it out of a sample.
        least: What the highest block stands for at least.
        unit: Factor and name for the maximum.
        width: Cells.
        glyphs: The signs.
    """
    series = page.history.series(page.stream.stream, figure, SECONDS, page.now)
    most = max((one for one in series if one is not None), default=0.0)
    digits = 2 if unit[1] == "Mb/s" else 1 if unit[1] == "%" else 0
    extreme = f"max {most * unit[0]:.{digits}f} {unit[1]}" if most else ""
    room = max(0, width - _LABEL - _VALUE - _EXTREME - 1)
    graph = blocks(series, room, glyphs, max(most, least)) if room >= 8 else ""
    parts = [(fit(value, _VALUE), ""), (graph, "graph"), (f" {extreme}", "muted")]
    return _row(label, parts, width, glyphs)


def _counters(stream: StreamSnapshot, width: int, glyphs: Glyphs) -> list[Line]:
    tracks = list(stream.tracks.values())
    video = stream.tracks.get(Kind.VIDEO)
    packets = (
        f"{_sum(tracks, 'received')} came, {_sum(tracks, 'recovered')} came again, "
        f"{_sum(tracks, 'lost')} lost for good"
    )
    lines = [_row("packets", [(packets, "")], width, glyphs)]
    if refused := refusals(stream):
        lines.append(_row("refused", [(refused, "warning")], width, glyphs))
    if video is not None:
        frames = (
            f"{_number(video.frames)} in, {_number(video.dropped_frames)} dropped, "
            f"{_number(video.key_frames)} key frames, {_number(video.plis)} asked for"
        )
        lines.append(_row("frames", [(frames, "")], width, glyphs))
    return lines if tracks else [_row("packets", [("no connection", "muted")], width, glyphs)]


def _worker(page: Page, width: int, glyphs: Glyphs) -> list[Line]:
    worker, drops = page.worker, page.stream.drops
    if worker is None:
        return []
    where = f" on {clean(worker.node)}" if worker.node else ""
    parts = [
        (f"{worker.number}{where}: {path(worker)}, {share(worker)}", ""),
        (f", {_number(drops)} dropped", "warning") if drops else (", no drops", ""),
    ]
    return [_row("worker", parts, width, glyphs)]


def _sum(tracks: Sequence[TrackStats], field: str) -> str:
    return _number(sum(int(getattr(track, field)) for track in tracks))


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")

"""The rows as Markdown, ready for docs/cost.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .figures import BASE_STREAMS, Row

_NOTHING = "-"
_OURS = "roomdeck"
_WHOLE = "dashboard"


def markdown(
    rows: Sequence[Row], titles: Mapping[str, str], base: str, machine: Mapping[str, Any]
) -> str:
    """Return all tables.

    Args:
        rows: Of `summarize`.
        titles: What each way is called.
        base: The way that ratios are to.
        machine: What was measured on.
    """
    parts = [_comparison(rows, titles, base), _caption(rows, machine)]
    ours = [row for row in rows if row.way == _OURS]
    if ours:
        parts.append(_ours(ours))
    parts += [_whole(row) for row in rows if row.way == _WHOLE]
    return "\n\n".join(parts) + "\n"


def _comparison(rows: Sequence[Row], titles: Mapping[str, str], base: str) -> str:
    compared = [row for row in rows if row.way != _WHOLE]
    counts = sorted({row.streams for row in compared})
    lines = [
        ["way", f"ratio to {titles[base]}", *(_streams(count) for count in counts), "memory"],
        ["---", *("---:" for _ in counts), "---:", "---:"],
    ]
    for way in dict.fromkeys(row.way for row in compared):
        mine = {row.streams: row for row in compared if row.way == way}
        cells = (_cell(mine.get(count)) for count in counts)
        lines.append([titles[way], _ratio(mine.get(BASE_STREAMS)), *cells, _memory(mine.values())])
    return _lines(lines)


def _caption(rows: Sequence[Row], machine: Mapping[str, Any]) -> str:
    rounds = max(row.rounds for row in rows)
    gstreamer = machine.get("gstreamer", "no GStreamer")
    return (
        f"Per cent of one core **per stream** (medians of {rounds}), of the processes that receive "
        f"and write; ratios are those at {BASE_STREAMS} streams, taken round by round. "
        f"{machine['cores']} cores, {machine['processor']}, {machine['system']} "
        f"{machine['kernel']}, Python {machine['python']}, {gstreamer}."
    )


def _ours(rows: Sequence[Row]) -> str:
    lines = [
        [
            "streams",
            "workers",
            "CPU",
            "per stream",
            "engine",
            "memory",
            "packets",
            "frames",
            "dropped",
            "late",
        ],
        ["---:"] * 10,
    ]
    lines += [
        [
            str(row.streams),
            _range(row.workers),
            f"{row.cpu['recorder']:.1f} %",
            f"{row.cpu_per_stream:.2f} %",
            f"{row.cpu.get('engine', 0.0):.1f} %",
            _megabytes(row.memory["recorder"]),
            _share(row.packets),
            _share(row.complete),
            str(row.dropped),
            _NOTHING if row.late is None else f"{row.late * 1000:.0f} ms",
        ]
        for row in rows
    ]
    return _lines(lines)


def _range(counts: Sequence[int]) -> str:
    """All of them, where rounds differ."""
    return " or ".join(str(count) for count in sorted(set(counts)))


def _whole(row: Row) -> str:
    total = sum(row.cpu.values())
    parts = ", ".join(f"{role} {used:.1f} %" for role, used in row.cpu.items())
    return f"The whole program at {row.streams} streams: {total:.1f} % of one core ({parts})."


def _lines(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _streams(count: int) -> str:
    return "1 stream" if count == 1 else f"{count} streams"


def _cell(row: Row | None) -> str:
    if row is None:
        return _NOTHING
    text = f"{row.cpu_per_stream:.2f}"
    if row.complete is not None and row.complete < 1:
        text += f" (loses {100 * (1 - row.complete):.2g} %)"
    return text


def _ratio(row: Row | None) -> str:
    return _NOTHING if row is None or row.ratio is None else f"{row.ratio:.2f}"


def _memory(rows: Any) -> str:
    most = max(rows, key=lambda row: row.memory["recorder"])
    return f"{_megabytes(most.memory['recorder'])} at {most.streams}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _share(complete: float | None) -> str:
    if complete is None:
        return _NOTHING
    return "all" if complete >= 1 else f"{100 * complete:.2f} %"

"""Markers as a table (CSV, RFC 4180)."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta, timezone
from io import StringIO

from ..timecode import format_timecode
from .layout import lay_out
from .model import Timeline
from .text import printable

COLUMNS = ("timecode", "seconds", "time", "text", "streams")
"""Of the timeline's rate; since its begin; local time by ISO 8601; as they were written; names."""

_FORMULA = ("=", "+", "-", "@", "\t")


def write(timeline: Timeline) -> str:
    """Return the markers of a timeline as a table with a heading."""
    written = StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    layout = lay_out(timeline)
    zone = timezone(timedelta(seconds=timeline.utc_offset))
    for frame, mark in layout.marks:
        wall = timeline.begin_wall + mark.at
        table.writerow(
            (
                format_timecode(layout.start + frame, layout.fps),
                f"{mark.at:.3f}",
                datetime.fromtimestamp(wall, zone).isoformat(timespec="milliseconds"),
                _harmless(mark.text),
                _harmless(", ".join(mark.streams)),
            )
        )
    return written.getvalue()


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: strangers wrote it."""
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Times, tracks and reports as people read them. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ...model import Kind
from .report import CheckReport, Comparison, Level, TrackReport

SHOWN = 5
"""Entries of a list that are named; the others are counted."""
WIDTH = 80

NAMES = {Kind.VIDEO: "picture", Kind.AUDIO: "sound"}


def at(seconds: float) -> str:
    """Return a time in a file as ``m:ss`` or ``h:mm:ss``."""
    minutes, whole = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"


def length(seconds: float) -> str:
    """Return how long something is, with three digits or so."""
    size = abs(seconds)
    if size >= 3600:
        return f"{size / 3600:.1f} h"
    if size >= 600:
        return f"{size / 60:.0f} min"
    if size >= 10:
        return f"{size:.1f} s"
    return f"{size:.2f} s" if size >= 1 else f"{size * 1000:.0f} ms"


def shown(items: Sequence[str]) -> str:
    """Return the first entries of a list, and how many there are beside."""
    rest = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def describe(report: CheckReport) -> list[str]:
    """Return lines of 80 columns for people, as far as words allow; the verdict first."""
    lines = [f"{report.verdict}: {report.file}"]
    for finding in report.findings:
        lines += _wrapped(f"{finding.level}: {finding.text}")
    if report.container:
        lines += _wrapped(f"{report.container}, {report.seconds:.3f} s, {report.bytes} B")
    for track in report.tracks:
        for line in _describe_track(track):
            lines += _wrapped(line)
    if report.start_offset is not None and report.end_offset is not None:
        lines += _wrapped(
            f"audio starts {report.start_offset * 1000:+.1f} ms "
            f"and ends {report.end_offset * 1000:+.1f} ms from the video"
        )
    for comparison in report.comparisons:
        lines += _wrapped(_describe_comparison(comparison))
    return lines


def summarise(report: CheckReport) -> str:
    """Return one line: verdict, name, and the weightiest finding."""
    line = f"{report.verdict}: {report.file}"
    weighty = [finding for finding in report.findings if finding.level is not Level.NOTE]
    if not weighty:
        return f"{line}, {at(report.seconds)}"
    rest = f" (and {len(weighty) - 1} more)" if len(weighty) > 1 else ""
    return f"{line}: {weighty[0].text}{rest}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _describe_track(track: TrackReport) -> list[str]:
    lines = [
        f"{track.kind}: {track.codec}, {track.frames} frames ({track.key_frames} key, "
        f"{track.decoded} decoded), {track.start:.3f} to {track.end:.3f} s"
    ]
    if track.sizes:
        sizes = [f"{size.width}x{size.height} at {size.time:.3f} s" for size in track.sizes]
        lines.append(f"  size {shown(sizes)}")
    if track.gaps:
        gaps = [f"{gap.seconds:.3f} s at {gap.time:.3f} s" for gap in track.gaps]
        lines.append(f"  {track.gap_count} gaps: {shown(gaps)}")
    return lines


def _describe_comparison(c: Comparison) -> str:
    text = f"{c.kind} against the sent log: {c.matched} of {c.in_file} frames are as sent"
    if c.first is not None:
        text += f", from number {c.first} on"
    if c.missing_ranges:
        runs = [f"{a}-{b}" if b > a else f"{a}" for a, b in c.missing_ranges]
        text += f"; missing {c.missing}: {shown(runs)}"
    return f"{text}; {c.missing_at_end} sent after the end"

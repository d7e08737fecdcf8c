"""A project of Reaper (``.RPP``): a track for each person, in seconds as they are.

Files beside the project, or beneath, above or next to its folder, are named from there: the whole
may be moved.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..timecode import day_seconds
from .layout import marks, track_name
from .model import PersonTrack, Timeline, TimelineClip
from .text import clip_title, mark_title, printable

_QUOTES = "\"'`"


def write(timeline: Timeline) -> str:
    """Return a timeline as ``.rpp``."""
    return "\n".join(_project(timeline)) + "\n"


def _project(timeline: Timeline) -> Iterator[str]:
    start = day_seconds(timeline.begin_wall, timeline.utc_offset)
    yield f'<REAPER_PROJECT 0.1 "6.0" {int(timeline.begin_wall)}'
    yield f"  PROJOFFS {_number(float(start))} 0 0"
    yield "  SAMPLERATE 48000 1 0"
    for number, mark in enumerate(marks(timeline), 1):
        yield f"  MARKER {number} {_number(mark.at)} {quoted(mark_title(mark))} 0"
    for number, track in enumerate(timeline.tracks, 1):
        yield from _track(track, number, timeline.folder)
    yield ">"


def _track(track: PersonTrack, number: int, folder: str) -> Iterator[str]:
    yield "  <TRACK"
    yield f"    NAME {quoted(track_name(track, number))}"
    for clip in sorted(track.clips, key=lambda clip: clip.at):
        yield from _item(clip, folder)
    yield "  >"


def _item(clip: TimelineClip, folder: str) -> Iterator[str]:
    path = posixpath.relpath(clip.file, folder) if folder else clip.file
    yield "    <ITEM"
    yield f"      POSITION {_number(clip.at)}"
    yield f"      LENGTH {_number(clip.seconds)}"
    yield f"      NAME {quoted(clip_title(clip))}"
    yield f"      SOFFS {_number(clip.source_begin)}"
    yield f"      <SOURCE {'WAVE' if path.lower().endswith('.wav') else 'VIDEO'}"
    yield f"        FILE {quoted(path)}"
    yield "      >"
    yield "    >"


def quoted(text: str) -> str:
    """Return a text in that of the three quotation marks of Reaper which it does not contain.

    Nothing is escaped: where it has all three, backticks become apostrophes.
    """
    line = printable(text).replace("\n", " ").replace("\t", " ")
    for quote in _QUOTES:
        if quote not in line:
            return f"{quote}{line}{quote}"
    return "`" + line.replace("`", "'") + "`"


def _number(seconds: float) -> str:
    return f"{seconds:.9f}".rstrip("0").rstrip(".")

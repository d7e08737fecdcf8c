"""A timeline on whole frames, as programs that edit pictures count.

A clip begins and ends on the nearest frame, and what it shows there is taken from where the file
has it at that frame: so nothing is further from its place than half a frame, however many clips
there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import reduce
from math import ceil
from typing import NamedTuple

from msgspec.structs import replace

from ..timecode import day_frame
from .model import Mark, PersonTrack, Timeline, TimelineClip
from .text import title

NO_PICTURE = (1920, 1080)
SLOWEST = Fraction(24000, 1001)
"""Frames a second that programs know; with fewer, too, a place in a file would be too coarse."""


class Source(NamedTuple):
    """A file that clips are of."""

    number: int
    """From 1, in the order of their first clips."""
    clip: TimelineClip
    """The first of them, and all that any of them says to be in the file."""
    fps: Fraction
    """The rate in which its frames are counted; the timeline's where it has none, or is slower
    than `SLOWEST`: a shared screen may have one picture in seconds."""
    start: int
    """Number of its first frame: its own timecode, 0 where it has none."""
    frames: int
    """How long it is; never shorter than what clips show of it."""


class Placed(NamedTuple):
    """A clip in its place."""

    clip: TimelineClip
    source: Source
    begin: int
    """Frames on the timeline."""
    end: int
    """The first one after it; at least one after `begin`."""
    first: Fraction
    """Seconds into the file of what is shown at `begin`."""

    @property
    def frames(self) -> int:
        """How long it is on the timeline."""
        return self.end - self.begin


class Row(NamedTuple):
    """Clips of one person that do not overlap, in order."""

    name: str
    clips: tuple[Placed, ...]

    @property
    def pictures(self) -> list[Placed]:
        """Those that have pictures."""
        return [placed for placed in self.clips if placed.clip.has_video]

    @property
    def sounds(self) -> list[Placed]:
        """Those that have sound."""
        return [placed for placed in self.clips if placed.clip.has_audio]


class Layout(NamedTuple):
    """A timeline, counted in frames."""

    fps: Fraction
    start: int
    """Number of its first frame since midnight, of local time."""
    frames: int
    """How long it is: at least one."""
    size: tuple[int, int]
    """Pixels; `NO_PICTURE` where there is only sound, as sequences have a size."""
    rows: tuple[Row, ...]
    """At least one for each person, more where clips overlap."""
    sources: tuple[Source, ...]
    marks: tuple[tuple[int, Mark], ...]
    """With their frames, in order."""


def lay_out(timeline: Timeline) -> Layout:
    """Return a timeline on whole frames."""
    fps = countable(timeline.fps)
    spans = [(track, _rows(track.clips, fps)) for track in timeline.tracks]
    sources = _sources((span for _, rows in spans for row in rows for span in row), fps)
    rows = [
        Row(
            track_name(track, number) + (f" ({again})" if again > 1 else ""),
            tuple(Placed(span.clip, sources[span.clip.file], *span[1:]) for span in row),
        )
        for number, (track, found) in enumerate(spans, 1)
        for again, row in enumerate(found, 1)
    ]
    ends = [placed.end for row in rows for placed in row.clips]
    frames = max(1, round(Fraction(timeline.seconds) * fps), *ends)
    return Layout(
        fps,
        day_frame(timeline.begin_wall, timeline.utc_offset, fps),
        frames,
        (timeline.width, timeline.height) if timeline.width and timeline.height else NO_PICTURE,
        tuple(rows),
        tuple(sources.values()),
        tuple((min(round(Fraction(mark.at) * fps), frames - 1), mark) for mark in marks(timeline)),
    )


def marks(timeline: Timeline) -> list[Mark]:
    """Return the markers of a timeline that lie on it, in order."""
    inside = (mark for mark in timeline.markers if 0 <= mark.at <= timeline.seconds)
    return sorted(inside, key=lambda mark: mark.at)


def countable(fps: Fraction) -> Fraction:
    """Return the nearest rate that every format can say: whole, or whole by 1.001."""
    if (fps * 1001 / 1000).denominator == 1 and fps.denominator == 1001:
        return fps
    return Fraction(max(1, round(fps)))


class _Span(NamedTuple):
    clip: TimelineClip
    begin: int
    end: int
    first: Fraction


def _rows(clips: Iterable[TimelineClip], fps: Fraction) -> list[list[_Span]]:
    """Put clips into rows, so that none is hidden: by rounding they may meet one frame early."""
    rows: list[list[_Span]] = [[]]
    for clip in sorted(clips, key=lambda clip: clip.at):
        begin = max(0, round(Fraction(clip.at) * fps))
        row = next((row for row in rows if not row or row[-1].end <= begin + 1), None)
        if row is None:
            rows.append(row := [])
        begin = max(begin, row[-1].end if row else 0)
        end = round((Fraction(clip.at) + Fraction(clip.seconds)) * fps)
        first = Fraction(clip.source_begin) + begin / fps - Fraction(clip.at)
        row.append(_Span(clip, begin, max(end, begin + 1), max(Fraction(0), first)))
    return rows


def _sources(spans: Iterable[_Span], timeline_fps: Fraction) -> dict[str, Source]:
    files: dict[str, list[_Span]] = {}
    for span in spans:
        files.setdefault(span.clip.file, []).append(span)
    return {
        file: _source(number, used, timeline_fps)
        for number, (file, used) in enumerate(files.items(), 1)
    }


def _source(number: int, spans: list[_Span], timeline_fps: Fraction) -> Source:
    clip = reduce(_merged, (span.clip for span in spans))
    fps = countable(clip.fps) if clip.fps and clip.fps >= SLOWEST else timeline_fps
    shown = max(span.first + (span.end - span.begin) / timeline_fps for span in spans)
    frames = ceil(max(Fraction(clip.file_seconds), shown) * fps)
    return Source(number, clip, fps, round((clip.timecode or 0) * fps), frames)


def _merged(known: TimelineClip, clip: TimelineClip) -> TimelineClip:
    return replace(
        known,
        has_video=known.has_video or clip.has_video,
        has_audio=known.has_audio or clip.has_audio,
        fps=known.fps or clip.fps,
        channels=max(known.channels, clip.channels),
        file_seconds=max(known.file_seconds, clip.file_seconds),
    )


def track_name(track: PersonTrack, number: int) -> str:
    """Return the name of a person's track; `number` counts from 1."""
    return title(track.name, f"Track {number}")

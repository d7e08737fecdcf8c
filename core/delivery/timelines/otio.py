"""OpenTimelineIO's JSON (schemas of its documentation: Timeline.1, Clip.2, Marker.2 …).

A stack with a track of pictures and one of sound for each person, and gaps where they have none.
Clips count in frames of the timeline, also what they show of their files: some readers take it to
be so. Files count in their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction

from .layout import Layout, Placed, Source, lay_out
from .model import Mark, Timeline
from .text import clip_title, file_name, file_url, mark_note, mark_title, title

_Json = dict[str, object]


def write(timeline: Timeline) -> str:
    """Return a timeline as ``.otio``."""
    layout = lay_out(timeline)
    written = _object(
        "Timeline.1",
        title(timeline.name, "Timeline"),
        global_start_time=_time(layout.start, layout.fps),
        tracks=_stack(layout),
    )
    return json.dumps(written, indent=1, ensure_ascii=False) + "\n"


def _stack(layout: Layout) -> _Json:
    fps = layout.fps
    pictures = [_track(row.name, "Video", row.pictures, fps) for row in layout.rows if row.pictures]
    sounds = [_track(row.name, "Audio", row.sounds, fps) for row in layout.rows if row.sounds]
    marks = [_marker(frame, mark, fps) for frame, mark in layout.marks]
    return _item("Stack.1", "tracks", markers=marks, children=pictures + sounds)


def _track(name: str, kind: str, clips: Iterable[Placed], fps: Fraction) -> _Json:
    children: list[_Json] = []
    end = 0
    for placed in clips:
        if placed.begin > end:
            gap = _range(_time(0, fps), _time(placed.begin - end, fps))
            children.append(_item("Gap.1", "", source_range=gap))
        children.append(_clip(placed, fps))
        end = placed.end
    return _item("Track.1", name, children=children, kind=kind)


def _clip(placed: Placed, fps: Fraction) -> _Json:
    source = placed.source
    first = source.start / source.fps * fps + round(placed.first * fps)
    return _item(
        "Clip.2",
        clip_title(placed.clip),
        source_range=_range(_time(first, fps), _time(placed.frames, fps)),
        media_references={"DEFAULT_MEDIA": _media(source)},
        active_media_reference_key="DEFAULT_MEDIA",
    )


def _media(source: Source) -> _Json:
    return _object(
        "ExternalReference.1",
        file_name(source.clip),
        target_url=file_url(source.clip.file),
        available_range=_range(_time(source.start, source.fps), _time(source.frames, source.fps)),
    )


def _marker(frame: int, mark: Mark, fps: Fraction) -> _Json:
    return _object(
        "Marker.2",
        mark_title(mark),
        color="RED",
        comment=mark_note(mark),
        marked_range=_range(_time(frame, fps), _time(1, fps)),
    )


def _item(schema: str, name: str, **fields: object) -> _Json:
    item: _Json = {"source_range": None, "effects": [], "markers": [], "enabled": True}
    return _object(schema, name, **(item | fields))


def _object(schema: str, name: str, **fields: object) -> _Json:
    return {"OTIO_SCHEMA": schema, "metadata": {}, "name": name, **fields}


def _time(frames: int | Fraction, fps: Fraction) -> _Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(fps), "value": float(frames)}


def _range(start: _Json, duration: _Json) -> _Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}

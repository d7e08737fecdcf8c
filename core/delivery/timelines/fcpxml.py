"""FCPXML 1.10, of Final Cut Pro 10.6 and DaVinci Resolve.

The primary storyline is one gap as long as all of it; each person is a lane of clips connected to
it. So nobody is the one whom others move with, and markers have something to stand on. The time
of the gap is that of the sequence: offsets in it are timecode.
"""

from __future__ import annotations

from fractions import Fraction

from ..timecode import drops
from .layout import Layout, Placed, Source, lay_out
from .model import Timeline
from .text import clip_title, file_name, file_url, mark_note, mark_title, title
from .xml import Element, add, document

_NAMED_SIZES = {(1280, 720): "720", (1920, 1080): "1080", (3840, 2160): "3840x2160"}
_RATES = {
    Fraction(24000, 1001): "23.98",
    Fraction(30000, 1001): "29.97",
    Fraction(60000, 1001): "59.94",
    **{Fraction(rate): str(rate) for rate in (24, 25, 30, 50, 60)},
}
"""The rates of video that Final Cut has names for."""
_Format = tuple[Fraction, int, int]


def write(timeline: Timeline) -> str:
    """Return a timeline as ``.fcpxml``."""
    layout = lay_out(timeline)
    name = title(timeline.name, "Timeline")
    root = Element("fcpxml", version="1.10")
    formats = _resources(add(root, "resources"), layout, (layout.fps, *layout.size))
    event = add(add(root, "library"), "event", name=name)
    sequence = add(
        add(event, "project", name=name),
        "sequence",
        format=next(iter(formats.values())),
        duration=_time(layout.frames, layout.fps),
        tcStart=_time(layout.start, layout.fps),
        tcFormat=_tc_format(layout.fps),
        audioLayout="stereo",
        audioRate="48k",
    )
    _gap(add(sequence, "spine"), layout, formats)
    return document(root)


def _resources(parent: Element, layout: Layout, sequence: _Format) -> dict[_Format, str]:
    """Add formats and assets; return the ids of formats, that of the sequence first."""
    pictures = [_format_of(source) for source in layout.sources if source.clip.has_video]
    formats = {
        found: f"f{number}" for number, found in enumerate(dict.fromkeys([sequence, *pictures]), 1)
    }
    for (fps, width, height), id_ in formats.items():
        attributes = {"id": id_, "frameDuration": f"{fps.denominator}/{fps.numerator}s"}
        if (size := _NAMED_SIZES.get((width, height))) and fps in _RATES:
            attributes["name"] = f"FFVideoFormat{size}p{_RATES[fps].replace('.', '')}"
        if width and height:
            attributes |= {"width": str(width), "height": str(height)}
        add(parent, "format", **attributes)
    for source in layout.sources:
        _asset(parent, source, formats)
    return formats


def _asset(parent: Element, source: Source, formats: dict[_Format, str]) -> None:
    clip = source.clip
    attributes = {
        "id": _asset_id(source),
        "name": file_name(clip),
        "start": _time(source.start, source.fps),
        "duration": _time(source.frames, source.fps),
    }
    if clip.has_video:
        attributes |= {"hasVideo": "1", "videoSources": "1", "format": formats[_format_of(source)]}
    if clip.has_audio:
        attributes |= {"hasAudio": "1", "audioSources": "1"}
        attributes |= {"audioChannels": str(clip.channels or 1)}
        attributes |= {"audioRate": str(clip.sample_rate or 48000)}
    asset = add(parent, "asset", **attributes)
    add(asset, "media-rep", kind="original-media", src=file_url(clip.file))


def _gap(spine: Element, layout: Layout, formats: dict[_Format, str]) -> None:
    start = _time(layout.start, layout.fps)
    duration = _time(layout.frames, layout.fps)
    gap = add(spine, "gap", name="Gap", offset=start, start=start, duration=duration)
    for lane, row in enumerate(layout.rows, 1):
        for placed in row.clips:
            _asset_clip(gap, placed, lane, layout, formats)
    for frame, mark in layout.marks:
        marker = add(
            gap,
            "marker",
            start=_time(layout.start + frame, layout.fps),
            duration=_time(1, layout.fps),
            value=mark_title(mark),
        )
        if note := mark_note(mark):
            marker.set("note", note)


def _asset_clip(
    gap: Element, placed: Placed, lane: int, layout: Layout, formats: dict[_Format, str]
) -> None:
    source, clip = placed.source, placed.clip
    whole = source.clip
    attributes = {
        "ref": _asset_id(source),
        "lane": str(lane),
        "offset": _time(layout.start + placed.begin, layout.fps),
        "name": clip_title(clip),
        "start": _time(source.start + round(placed.first * source.fps), source.fps),
        "duration": _time(placed.frames, layout.fps),
        "tcFormat": _tc_format(source.fps),
    }
    if whole.has_video:
        attributes["format"] = formats[_format_of(source)]
    if whole.has_audio:
        attributes["audioRole"] = f"dialogue.dialogue-{lane}"
    if (clip.has_video, clip.has_audio) != (whole.has_video, whole.has_audio):
        attributes["srcEnable"] = "video" if clip.has_video else "audio"
    element = add(gap, "asset-clip", **attributes)
    if whole.has_video and source.fps != layout.fps:
        conform = add(element, "conform-rate", scaleEnabled="0")  # its speed stays as it is
        if source.fps in _RATES:
            conform.set("srcFrameRate", _RATES[source.fps])


def _format_of(source: Source) -> _Format:
    return source.fps, source.clip.width, source.clip.height


def _asset_id(source: Source) -> str:
    return f"a{source.number}"


def _tc_format(fps: Fraction) -> str:
    return "DF" if drops(fps) else "NDF"


def _time(frames: int, fps: Fraction) -> str:
    """Seconds as a fraction: whole frames, whose duration is that of the format."""
    seconds = frames / fps
    return f"{seconds}s"

"""The timelines of a delivered session, read back, by the libraries of their formats too."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.manifest import Manifest, load_manifest

from ...core.delivery.timelines.reading import read, read_project
from ...core.delivery.timelines.rules import FCPXML, XMEML, breaches

_FORMATS = ("opentimelineio", "otio_fcp_adapter", "otio_fcpx_xml_adapter")
Span = tuple[float, float]
"""Begin and length, seconds."""


class Row(NamedTuple):
    """What belongs on the track of a person."""

    picture: bool
    spans: tuple[Span, ...]


def wrong(sidecar: Path, folder: Path, text: str, marked: Span) -> Iterator[str]:
    """Say what of the timelines in a folder is not where it belongs.

    Args:
        sidecar: Of the session.
        folder: Of the delivery.
        text: Of the one marker.
        marked: Unix times between which it was set.
    """
    manifest = load_manifest(folder)
    assert manifest is not None
    rows = list(_rows(sidecar, manifest))
    root = ElementTree.fromstring((folder / "timeline.fcpxml").read_bytes())
    old = ElementTree.fromstring((folder / "timeline.xml").read_bytes())
    yield from (f"fcpxml: {breach}" for breach in breaches(root, FCPXML))
    yield from (f"xmeml: {breach}" for breach in breaches(old, XMEML))
    found = {"fcpxml": _of_fcpxml(root), "xmeml": _of_xmeml(old), "reaper": _of_reaper(folder)}
    if all(importlib.util.find_spec(name) for name in _FORMATS):
        found |= _by_libraries(folder)
    for what, (clips, marks) in found.items():
        pictures_only = what not in ("fcpxml", "reaper")
        wanted = [row.spans for row in rows if row.picture or not pictures_only]
        if not _alike(clips, wanted):
            yield f"{what}: {clips} where there should be {wanted}"
        yield from _marks(what, marks, manifest, text, marked)
    labels = [line.split("\t") for line in (folder / "labels.txt").read_text().splitlines()]
    yield from _marks("labels", [(one[2], float(one[0])) for one in labels], manifest, text, marked)
    with (folder / "markers.csv").open(newline="", encoding="utf-8") as table:
        lines = [(line["text"], float(line["seconds"])) for line in csv.DictReader(table)]
    yield from _marks("markers.csv", lines, manifest, text, marked)


Found = tuple[list[list[Span]], list[tuple[str, float]]]
"""Clips of each track, and markers."""


def _rows(sidecar: Path, manifest: Manifest) -> Iterator[Row]:
    for person in find_session(sidecar).people:
        files = [file for file in manifest.files if file.stream == person.stream]
        if not files:
            continue  # Of a picture alone there is no sound to deliver.
        takes = [clip.take for clip in person.clips if clip.take]
        if manifest.preset == "masters":
            spans = tuple((clip.begin - manifest.begin, clip.seconds) for clip in person.clips)
            picture = any(take.video for take in takes)
        else:
            spans = ((0.0, manifest.seconds),)
            picture = files[0].fps is not None
        yield Row(picture, spans)


def _of_fcpxml(root: Element) -> Found:
    (gap,) = root.iter("gap")
    zero = _seconds(gap, "start")
    lanes: dict[str, list[Span]] = {}
    for clip in gap.iterfind("asset-clip"):
        place = float(_seconds(clip, "offset") - zero), float(_seconds(clip, "duration"))
        lanes.setdefault(clip.attrib["lane"], []).append(place)
    marks = [
        (mark.attrib["value"], float(_seconds(mark, "start") - zero))
        for mark in gap.iterfind("marker")
    ]
    return list(lanes.values()), marks


def _seconds(element: Element, name: str) -> Fraction:
    return Fraction(element.attrib[name].removesuffix("s"))


def _of_xmeml(root: Element) -> Found:
    fps = int(root.findtext("sequence/rate/timebase", ""))

    def at(element: Element, name: str) -> float:
        return int(element.findtext(name, "")) / fps

    tracks = [
        [
            (at(item, "start"), at(item, "end") - at(item, "start"))
            for item in track.iter("clipitem")
        ]
        for track in root.iterfind("sequence/media/video/track")
    ]
    marks = [
        (mark.findtext("name", ""), at(mark, "in")) for mark in root.iterfind("sequence/marker")
    ]
    return tracks, marks


def _of_reaper(folder: Path) -> Found:
    project = read_project((folder / "timeline.rpp").read_text())
    tracks = [
        [(float(item.said("POSITION")[0]), float(item.said("LENGTH")[0])) for item in track.blocks]
        for track in project.blocks
    ]
    marks = [(line[3], float(line[2])) for line in project.lines if line[0] == "MARKER"]
    return tracks, marks


def _by_libraries(folder: Path) -> dict[str, Found]:
    """What OpenTimelineIO and its adapters make of it."""
    found: dict[str, Found] = {}
    for adapter, name in (("otio_json", "timeline.otio"), ("fcp_xml", "timeline.xml")):
        timeline = read((folder / name).read_text(), adapter)
        marks = [
            (mark.name, mark.marked_range.start_time.to_seconds())
            for mark in timeline.tracks.markers
        ]
        found[f"{name} by OpenTimelineIO"] = (
            [[_span(clip) for clip in track.find_clips()] for track in timeline.video_tracks()],
            marks,
        )
    # It knows neither where a sequence begins nor what is marked in one.
    assert read((folder / "timeline.fcpxml").read_text(), "fcpx_xml")
    return found


def _span(clip: Any) -> Span:
    place = clip.range_in_parent()
    return place.start_time.to_seconds(), place.duration.to_seconds()


def _alike(found: Sequence[Sequence[Span]], wanted: Sequence[Sequence[Span]]) -> bool:
    """Whether spans are the same, to a picture; takes that overlap have tracks of their own."""
    left = [span for track in found for span in track]
    for span in (span for track in wanted for span in track):
        near = [
            one for one in left if all(abs(a - b) < 1 / 24 for a, b in zip(one, span, strict=True))
        ]
        if not near:
            return False
        left.remove(near[0])
    return not left


def _marks(
    what: str, marks: Sequence[tuple[str, float]], manifest: Manifest, text: str, marked: Span
) -> Iterator[str]:
    begin, end = (time - manifest.wall for time in marked)
    if len(marks) != 1 or marks[0][0] != text or not begin - 0.1 < marks[0][1] < end + 0.1:
        yield f"{what}: {marks} where {text!r} was marked at {begin:.3f} to {end:.3f} s"

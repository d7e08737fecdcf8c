"""Final Cut Pro 7 XML by its rules, and by OpenTimelineIO's adapter."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given, settings

from roomdeck.core.delivery.timelines import xmeml
from roomdeck.core.delivery.timelines.model import Timeline

from .reading import read
from .rules import XMEML, breaches
from .sessions import NTSC, TIMELINES, delivered, masters


def parsed(timeline: Timeline) -> Element:
    text = xmeml.write(timeline)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml ')
    return ElementTree.fromstring(text.encode())


def number(element: Element, path: str) -> int:
    return int(element.findtext(path, ""))


def items(root: Element, media: str) -> list[list[tuple[int, ...]]]:
    """Start, end, in and out of each clip of each track."""
    return [
        [
            tuple(number(item, name) for name in ("start", "end", "in", "out"))
            for item in track.iterfind("clipitem")
        ]
        for track in root.iterfind(f"sequence/media/{media}/track")
    ]


def test_delivered_files_have_a_track_of_pictures_and_a_pair_of_sound_each() -> None:
    root = parsed(delivered())
    assert items(root, "video") == [[(0, 15000, 0, 15000)]] * 3
    assert items(root, "audio") == [[(0, 15000, 0, 15000)]] * 6
    tracks = root.findall("sequence/media/audio/track")
    assert [track.get("currentExplodedTrackIndex") for track in tracks] == ["0", "1"] * 3
    channels = [track.findtext("clipitem/sourcetrack/trackindex") for track in tracks]
    assert channels == ["1", "2"] * 3


def test_picture_and_sound_of_a_clip_are_linked() -> None:
    root = parsed(delivered())
    second = root.findall("sequence/media/video/track")[1]
    links = [
        tuple(link.findtext(name) for name in ("linkclipref", "mediatype", "trackindex"))
        for link in second.iterfind("clipitem/link")
    ]
    assert links == [
        ("clipitem-v2-1", "video", "2"),
        ("clipitem-a3-1", "audio", "3"),
        ("clipitem-a4-1", "audio", "4"),
    ]


def test_a_file_is_described_once_with_its_timecode() -> None:
    root = parsed(delivered())
    files = list(root.iter("file"))
    assert Counter(file.attrib["id"] for file in files) == dict.fromkeys(
        ("file-1", "file-2", "file-3"), 3
    )
    described = [file for file in files if len(file)]
    assert [file.findtext("pathurl") for file in described] == [
        f"file://localhost/rec/room/edit/{name}.mp4" for name in ("anna", "b%C3%A4r", "anna-s")
    ]
    assert {file.findtext("timecode/string") for file in described} == {"13:00:00:00"}
    assert root.findtext("sequence/timecode/string") == "13:00:00:00"
    assert root.findtext("sequence/timecode/displayformat") == "NDF"


def test_a_slowed_rate_is_drop_frame() -> None:
    sequence = parsed(delivered(NTSC))[0]
    assert sequence.findtext("rate/timebase") == "30"
    assert sequence.findtext("rate/ntsc") == "TRUE"
    assert sequence.findtext("timecode/displayformat") == "DF"
    assert sequence.findtext("timecode/string", "").startswith("13:00:00;")


def test_masters_count_in_frames_of_the_sequence() -> None:
    root = parsed(masters())
    anna, cleo = items(root, "video")
    assert anna == [(31, 531, 0, 500), (531, 791, 0, 260), (1000, 2248, 62, 1310)]
    assert cleo == [(0, 2250, 0, 2250)]
    left, right, ben = items(root, "audio")
    assert left == right == anna
    assert ben == [(138, 1888, 0, 1750)]
    described = [file for file in root.iter("file") if len(file)]
    assert [file.findtext("rate/timebase") for file in described] == ["30", "30", "30", "25", "25"]


def test_sound_of_one_channel_is_heard_on_both_sides_beside_stereo() -> None:
    tracks = parsed(masters()).findall("sequence/media/audio/track")
    channels = [
        [item.findtext("sourcetrack/trackindex") for item in track.iterfind("clipitem")]
        for track in tracks
    ]
    assert channels == [["1", "1", "1"], ["1", "2", "1"], ["1"]]
    assert tracks[2].get("premiereTrackType") == "Mono"


def test_markers_have_name_and_note() -> None:
    markers = parsed(delivered()).findall("sequence/marker")
    assert [[child.text for child in mark] for mark in markers] == [
        [None, "begin", "75", "-1"],
        ["Anna", "a good one", "312", "-1"],
    ]


@given(made=TIMELINES)
@settings(deadline=None, max_examples=60)
def test_any_timeline_keeps_the_rules(made: Timeline) -> None:
    root = parsed(made)
    assert breaches(root, XMEML) == []
    ids = Counter(item.attrib["id"] for item in root.iter("clipitem"))
    assert set(ids.values()) <= {1}
    assert {link.text for link in root.iter("linkclipref")} <= ids.keys()
    known: set[str] = set()
    for file in root.iter("file"):
        assert bool(len(file)) == (file.attrib["id"] not in known)
        known.add(file.attrib["id"])
    for item in root.iter("clipitem"):
        assert number(item, "out") <= number(item, "duration")
    length = number(root, "sequence/duration")
    for track in [*items(root, "video"), *items(root, "audio")]:
        assert all(a[1] <= b[0] for a, b in pairwise(track))
        for start, end, first, last in track:
            assert 0 <= start < end <= length
            assert last - first == end - start


def test_the_adapter_reads_delivered_files() -> None:
    timeline = read(xmeml.write(delivered()), "fcp_xml")
    assert timeline.name == "Talk"
    assert timeline.global_start_time.to_timecode() == "13:00:00:00"
    assert [track.kind for track in timeline.tracks] == ["Video"] * 3 + ["Audio"] * 3
    for track in timeline.tracks:
        (clip,) = track
        assert clip.source_range.start_time.to_timecode() == "13:00:00:00"
        assert clip.source_range.duration.value == 15000
        assert clip.media_reference.available_range.duration.value == 15000
    assert [mark.name for mark in timeline.tracks.markers] == ["begin", "a good one"]


def test_the_adapter_finds_masters_where_they_are() -> None:
    timeline = read(xmeml.write(masters()), "fcp_xml")
    anna = timeline.video_tracks()[0]
    places = [clip.range_in_parent() for clip in anna.find_clips()]
    assert [(place.start_time.value, place.duration.value) for place in places] == [
        (31, 500),
        (531, 260),
        (1000, 1248),
    ]
    assert len(timeline.audio_tracks()) == 2

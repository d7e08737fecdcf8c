"""FCPXML by its rules, by its times, and by OpenTimelineIO's adapter."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given, settings

from roomdeck.core.delivery.timelines import fcpxml
from roomdeck.core.delivery.timelines.layout import lay_out
from roomdeck.core.delivery.timelines.model import Timeline

from .reading import read
from .rules import FCPXML, breaches
from .sessions import NTSC, TIMELINES, delivered, masters


def parsed(timeline: Timeline) -> Element:
    text = fcpxml.write(timeline)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml ')
    return ElementTree.fromstring(text.encode())


def only(root: Element, path: str) -> Element:
    (found,) = root.iterfind(path)
    return found


def seconds(element: Element, name: str) -> Fraction:
    return Fraction(element.attrib[name].removesuffix("s"))


def test_delivered_files_lie_in_lanes_over_one_gap() -> None:
    root = parsed(delivered())
    sequence = only(root, "library/event/project/sequence")
    assert sequence.attrib == {
        "format": "f1",
        "duration": "600s",
        "tcStart": "46800s",
        "tcFormat": "NDF",
        "audioLayout": "stereo",
        "audioRate": "48k",
    }
    gap = only(sequence, "spine/gap")
    assert (gap.get("offset"), gap.get("start"), gap.get("duration")) == (
        "46800s",
        "46800s",
        "600s",
    )
    clips = gap.findall("asset-clip")
    assert [(clip.get("lane"), clip.get("name")) for clip in clips] == [
        ("1", "anna.mp4"),
        ("2", "bär.mp4"),
        ("3", "anna-s.mp4"),
    ]
    for clip in clips:
        assert (clip.get("offset"), clip.get("start"), clip.get("duration")) == (
            "46800s",
            "46800s",
            "600s",
        )
        assert clip.find("conform-rate") is None


def test_assets_say_what_is_in_the_files() -> None:
    root = parsed(delivered())
    (format_,) = root.iterfind("resources/format")
    assert format_.attrib == {
        "id": "f1",
        "frameDuration": "1/25s",
        "name": "FFVideoFormat720p25",
        "width": "1280",
        "height": "720",
    }
    asset = root.findall("resources/asset")[1]
    assert asset.attrib == {
        "id": "a2",
        "name": "bär.mp4",
        "start": "46800s",
        "duration": "600s",
        "hasVideo": "1",
        "videoSources": "1",
        "format": "f1",
        "hasAudio": "1",
        "audioSources": "1",
        "audioChannels": "2",
        "audioRate": "48000",
    }
    assert only(asset, "media-rep").attrib == {
        "kind": "original-media",
        "src": "file:///rec/room/edit/b%C3%A4r.mp4",
    }


def test_markers_stand_on_the_gap() -> None:
    markers = only(parsed(delivered()), ".//gap").findall("marker")
    assert [mark.attrib for mark in markers] == [
        {"start": "46803s", "duration": "1/25s", "value": "begin"},
        {"start": "1170312/25s", "duration": "1/25s", "value": "a good one", "note": "Anna"},
    ]


def test_masters_of_other_rates_keep_their_speed() -> None:
    root = parsed(masters())
    clips = root.findall(".//asset-clip")
    assert [clip.get("lane") for clip in clips] == ["1", "1", "1", "2", "3"]
    conforms = [clip.find("conform-rate") for clip in clips]
    assert [conform is not None and conform.attrib for conform in conforms] == [
        {"scaleEnabled": "0", "srcFrameRate": "30"},
        {"scaleEnabled": "0", "srcFrameRate": "30"},
        {"scaleEnabled": "0", "srcFrameRate": "30"},
        False,  # sound has no rate
        False,  # one picture a second is counted as the sequence is
    ]
    assert seconds(clips[2], "start") == Fraction(75, 30)
    assets = root.findall("resources/asset")
    assert [asset.get("hasVideo") for asset in assets] == ["1", "1", "1", None, "1"]
    assert [asset.get("hasAudio") for asset in assets] == ["1", "1", "1", "1", None]


def test_a_slowed_rate_is_drop_frame_and_in_its_own_fractions() -> None:
    sequence = only(parsed(delivered(NTSC)), ".//sequence")
    assert sequence.get("tcFormat") == "DF"
    assert seconds(sequence, "tcStart") == round(46800 * NTSC) / NTSC
    assert seconds(sequence, "duration") * NTSC == round(600 * NTSC)


@given(made=TIMELINES)
@settings(deadline=None, max_examples=60)
def test_any_timeline_keeps_the_rules(made: Timeline) -> None:
    root, layout = parsed(made), lay_out(made)
    assert breaches(root, FCPXML) == []
    resources = {element.attrib["id"]: element for element in only(root, "resources")}
    assert len(resources) == len(only(root, "resources"))
    gap = only(root, ".//gap")
    zero = seconds(gap, "start")
    for clip in gap.iterfind("asset-clip"):
        asset = resources[clip.attrib["ref"]]
        assert clip.get("format") == asset.get("format")
        assert asset.get("format") is None or asset.attrib["format"] in resources
        for name in ("offset", "duration"):
            assert (seconds(clip, name) * layout.fps).denominator == 1
        assert seconds(clip, "offset") >= zero
        assert seconds(clip, "offset") + seconds(clip, "duration") <= zero + seconds(
            gap, "duration"
        )
        assert seconds(clip, "start") >= seconds(asset, "start")
    for mark in gap.iterfind("marker"):
        assert zero <= seconds(mark, "start") < zero + seconds(gap, "duration")


def test_the_adapter_finds_clips_where_they_are() -> None:
    """Its tracks begin at midnight, as it knows no start of the sequence; names are of lanes.

    It takes offsets to be in frames of the clip, so that these have the rate of the sequence here,
    and looks for files where version 1.8 had them.
    """
    (project,) = read(fcpxml.write(masters(rate=Fraction(25))), "fcpx_xml")
    start = round((12 * 3600 + 0.3) * 25)
    lanes = {track.name: track for track in project.tracks}
    assert sorted(lanes) == ["1", "2", "3"]
    anna = [clip.range_in_parent() for clip in lanes["1"].find_clips()]
    begins = [round(place.start_time.value_rescaled_to(25)) - start for place in anna]
    for begin, wanted in zip(begins, [31, 531, 1000], strict=True):
        assert abs(begin - wanted) <= 1  # it cuts off what it divides
    assert [clip.name for clip in lanes["1"].find_clips()] == [
        "anna-1.mkv",
        "anna-2.mkv",
        "anna-3.ts",
    ]
    assert lanes["2"].kind == "Audio"

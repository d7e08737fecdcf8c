"""OpenTimelineIO's JSON, read by OpenTimelineIO."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from roomdeck.core.delivery.timelines import otio
from roomdeck.core.delivery.timelines.layout import lay_out
from roomdeck.core.delivery.timelines.model import Timeline

from .reading import read
from .sessions import NTSC, TIMELINES, delivered, masters


def spans(track: Any) -> list[tuple[float, float, float]]:
    """Begin and length on the timeline, and begin in the file, in frames."""
    return [
        (
            (place := clip.range_in_parent()).start_time.value,
            place.duration.value,
            clip.source_range.start_time.value,
        )
        for clip in track.find_clips()
    ]


def test_delivered_files_are_one_clip_for_each_person() -> None:
    timeline = read(otio.write(delivered()), "otio_json")
    people = ["Anna", "Bär & Co", "Anna (screen)"]
    assert timeline.name == "Talk"
    assert timeline.global_start_time.to_timecode() == "13:00:00:00"
    assert [track.name for track in timeline.video_tracks()] == people
    assert [track.name for track in timeline.audio_tracks()] == people
    start = 13 * 3600 * 25
    for track in timeline.tracks:
        assert spans(track) == [(0, 15000, start)]
        (clip,) = track
        assert clip.media_reference.available_range == clip.source_range
    (clip,) = timeline.video_tracks()[1]
    assert clip.name == "bär.mp4"
    assert clip.media_reference.target_url == "file:///rec/room/edit/b%C3%A4r.mp4"


def test_markers_are_on_the_timeline() -> None:
    markers = read(otio.write(delivered()), "otio_json").tracks.markers
    assert [(mark.name, mark.comment, mark.marked_range.start_time.value) for mark in markers] == [
        ("begin", "", 75),
        ("a good one", "Anna", 312),
    ]


def test_masters_are_at_their_places_with_gaps_between() -> None:
    timeline = read(otio.write(masters()), "otio_json")
    anna, cleo = timeline.video_tracks()
    assert [child.schema_name() for child in anna] == ["Gap", "Clip", "Clip", "Gap", "Clip"]
    assert [span[:2] for span in spans(anna)] == [(31, 500), (531, 260), (1000, 1248)]
    assert [span[2] for span in spans(anna)] == [0, 0, 62]  # of the timeline
    assert spans(cleo) == [(0, 2250, 0)]
    assert [track.name for track in timeline.audio_tracks()] == ["Anna", "Ben"]
    assert timeline.duration().value == 2250


def test_a_slowed_rate_is_drop_frame() -> None:
    timeline = read(otio.write(delivered(NTSC)), "otio_json")
    assert timeline.global_start_time.to_timecode().startswith("13:00:00;")


@given(made=TIMELINES)
@settings(deadline=None, max_examples=40)
def test_any_timeline_comes_back(made: Timeline) -> None:
    text = otio.write(made)
    text.encode()
    json.loads(text)
    timeline, layout = read(text, "otio_json"), lay_out(made)
    assert len(timeline.tracks.markers) == len(layout.marks)
    pictures = [row for row in layout.rows if row.pictures]
    for row, track in zip(pictures, timeline.video_tracks(), strict=True):
        assert track.name == row.name
        assert [span[:2] for span in spans(track)] == [
            (placed.begin, placed.frames) for placed in row.pictures
        ]

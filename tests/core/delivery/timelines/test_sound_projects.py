"""Reaper's projects and Audacity's labels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from roomdeck.core.delivery.timelines import audacity, reaper
from roomdeck.core.delivery.timelines.model import Mark, Timeline

from .reading import Block, read_project
from .sessions import NOON, TIMELINES, delivered, masters


def project(timeline: Timeline) -> Block:
    return read_project(reaper.write(timeline))


def test_each_person_has_a_track_with_items_at_their_seconds() -> None:
    read = project(masters())
    assert read.head[:2] == ["REAPER_PROJECT", "0.1"]
    assert read.said("SAMPLERATE")[0] == "48000"
    assert [block.said("NAME") for block in read.blocks] == [["Anna"], ["Ben"], ["Cleo"], ["Dora"]]
    items = read.blocks[0].blocks
    assert [item.said("POSITION") for item in items] == [["1.234"], ["21.25"], ["40.003"]]
    assert [item.said("LENGTH") for item in items] == [["20.017"], ["10.4"], ["49.9"]]
    assert [item.said("SOFFS") for item in items] == [["0"], ["0"], ["2.5"]]
    (source,) = items[0].blocks
    assert source.head == ["SOURCE", "VIDEO"]
    assert source.said("FILE") == ["../anna-1.mkv"]


def test_the_clock_of_the_day_is_the_projects_start() -> None:
    assert project(delivered()).said("PROJOFFS")[0] == "46800"
    assert float(project(masters()).said("PROJOFFS")[0]) == pytest.approx(12 * 3600 + 0.3)


def test_markers_are_numbered() -> None:
    lines = [line for line in project(delivered()).lines if line[0] == "MARKER"]
    assert lines == [
        ["MARKER", "1", "3", "begin", "0"],
        ["MARKER", "2", "12.48", "a good one", "0"],
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", '"plain"'),
        ("", '""'),
        ('say "hi"', "'say \"hi\"'"),
        ('"it\'s"', '`"it\'s"`'),
        ('"it\'s" `x`', "`\"it's\" 'x'`"),
        ("a\nb\tc\0", '"a b c\ufffd"'),
    ],
)
def test_a_text_is_in_marks_that_it_does_not_have(text: str, written: str) -> None:
    assert reaper.quoted(text) == written


@given(made=TIMELINES)
@settings(deadline=None, max_examples=60)
def test_any_timeline_is_a_project(made: Timeline) -> None:
    read = project(made)
    assert [block.head for block in read.blocks] == [["TRACK"]] * len(made.tracks)
    for track, block in zip(made.tracks, read.blocks, strict=True):
        assert len(block.said("NAME")) == 1
        assert len(block.blocks) == len(track.clips)
        wave = [item.blocks[0].head[1] == "WAVE" for item in block.blocks]
        clips = sorted(track.clips, key=lambda clip: clip.at)
        assert wave == [clip.file.endswith(".wav") for clip in clips]


def test_labels_are_begin_end_and_text() -> None:
    assert audacity.write(delivered()) == (
        "3.000000\t3.000000\tbegin\n12.480000\t12.480000\ta good one (Anna)\n"
    )


@given(made=TIMELINES)
@settings(deadline=None, max_examples=40)
def test_any_label_is_one_line(made: Timeline) -> None:
    lines = audacity.write(made).split("\n")
    assert lines.pop() == ""
    assert len(lines) == sum(mark.at <= made.seconds for mark in made.markers)
    for line in lines:
        begin, end, text = line.split("\t")
        assert begin == end
        assert text


def test_without_markers_there_are_no_labels() -> None:
    assert audacity.write(Timeline(name="", begin_wall=NOON, fps=delivered().fps, seconds=1)) == ""
    assert Mark(0, "x").streams == ()

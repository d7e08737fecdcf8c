"""The table of markers."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest
from hypothesis import given, settings

from roomdeck.core.delivery.timelines import markers
from roomdeck.core.delivery.timelines.model import Mark, Timeline

from .sessions import NOON, NTSC, TIMELINES, delivered


def rows(timeline: Timeline) -> list[list[str]]:
    return list(csv.reader(markers.write(timeline).splitlines(keepends=True)))


def marked(*marks: Mark, fps: Fraction = Fraction(25), begin: float = NOON) -> Timeline:
    return Timeline(
        name="", begin_wall=begin, utc_offset=3600, fps=fps, seconds=26 * 3600, markers=marks
    )


def test_a_marker_is_a_row_in_timecode_seconds_and_local_time() -> None:
    assert rows(delivered()) == [
        ["timecode", "seconds", "time", "text", "streams"],
        ["13:00:03:00", "3.000", "2024-10-04T13:00:03.000+01:00", "begin", ""],
        ["13:00:12:12", "12.480", "2024-10-04T13:00:12.480+01:00", "a good one", "Anna"],
    ]


def test_timecode_wraps_at_midnight() -> None:
    (row,) = rows(marked(Mark(11 * 3600 + 1, "x")))[1:]
    assert row[:3] == ["00:00:01:00", "39601.000", "2024-10-05T00:00:01.000+01:00"]
    (row,) = rows(marked(Mark(25 * 3600, "x"), fps=NTSC))[1:]
    assert row[0].startswith("14:00:00;")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_no_text_is_a_formula(text: str) -> None:
    (row,) = rows(marked(Mark(0, text, (text,))))[1:]
    assert row[3:] == [f"'{text}", f"'{text}"]


@given(made=TIMELINES)
@settings(deadline=None, max_examples=40)
def test_any_timeline_is_a_table(made: Timeline) -> None:
    text = markers.write(made)
    text.encode()
    read = list(csv.reader(text.splitlines(keepends=True)))
    assert {len(row) for row in read} == {5}
    assert len(read) == 1 + sum(mark.at <= made.seconds for mark in made.markers)

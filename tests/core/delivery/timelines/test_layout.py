"""Clips on whole frames."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings

from roomdeck.core.delivery.timelines.layout import NO_PICTURE, countable, lay_out
from roomdeck.core.delivery.timelines.model import Mark, PersonTrack, Timeline, TimelineClip

from .sessions import NOON, NTSC, TIMELINES, delivered, masters


def timeline(*clips: TimelineClip, fps: int = 25) -> Timeline:
    return Timeline(
        name="x",
        begin_wall=NOON,
        fps=Fraction(fps),
        seconds=10,
        tracks=(PersonTrack("Anna", clips),),
    )


def clip(at: float, seconds: float, source_begin: float = 0.0) -> TimelineClip:
    return TimelineClip(
        file="/a.mkv", at=at, seconds=seconds, source_begin=source_begin, file_seconds=100
    )


def spans(*clips: TimelineClip) -> list[list[tuple[int, int]]]:
    rows = lay_out(timeline(*clips)).rows
    return [[(placed.begin, placed.end) for placed in row.clips] for row in rows]


def test_delivered_files_are_whole_and_begin_at_zero() -> None:
    layout = lay_out(delivered())
    assert layout.frames == 15000
    assert layout.start == 13 * 3600 * 25
    assert [row.name for row in layout.rows] == ["Anna", "Bär & Co", "Anna (screen)"]
    for row in layout.rows:
        (placed,) = row.clips
        assert (placed.begin, placed.end, placed.first) == (0, 15000, 0)
        assert (placed.source.start, placed.source.frames) == (layout.start, 15000)


def test_masters_are_where_they_belong_to_half_a_frame() -> None:
    layout = lay_out(masters())
    assert [len(row.clips) for row in layout.rows] == [3, 1, 1, 0]
    anna, ben, cleo = (row.clips[0] for row in layout.rows[:3])
    assert (anna.begin, anna.end) == (31, 531)
    assert anna.first == Fraction(31, 25) - Fraction(1.234)
    assert anna.source.fps == 30  # 29.63 on average
    assert ben.source.fps == 25  # sound alone counts as the timeline does
    assert (cleo.source.fps, cleo.source.frames) == (
        25,
        2250,
    )  # one picture a second, not one place
    assert layout.rows[0].clips[2].first == Fraction(2.5) + 40 - Fraction(40.003)


@given(made=TIMELINES)
@settings(deadline=None, max_examples=80)
def test_nothing_is_far_from_its_place_or_hidden(made: Timeline) -> None:
    layout = lay_out(made)
    placed = [placed for row in layout.rows for placed in row.clips]
    assert len(placed) == sum(len(track.clips) for track in made.tracks)
    frame = 1 / layout.fps
    for row in layout.rows:
        end = 0
        for span in row.clips:
            assert end <= span.begin < span.end <= layout.frames
            end = span.end
            assert abs(span.begin * frame - Fraction(span.clip.at)) <= Fraction(3, 2) * frame
            shown = span.first - Fraction(span.clip.source_begin)
            assert abs(shown - (span.begin * frame - Fraction(span.clip.at))) <= frame / 2
            assert span.first + span.frames * frame <= span.source.frames / span.source.fps


def test_clips_that_meet_by_rounding_stay_in_one_row() -> None:
    assert spans(clip(0, 1.019), clip(1.019, 1)) == [[(0, 25), (25, 50)]]
    assert spans(clip(0, 1.03), clip(1.0, 1)) == [[(0, 26), (26, 50)]]


def test_what_comes_after_an_overlap_by_rounding_is_shown_a_frame_later() -> None:
    second = lay_out(timeline(clip(0, 1.03), clip(1.0, 1))).rows[0].clips[1]
    assert second.first == Fraction(1, 25)


def test_what_overlaps_has_a_row_of_its_own() -> None:
    layout = lay_out(timeline(clip(0, 10), clip(2, 3), clip(4, 1), clip(10, 1)))
    assert [row.name for row in layout.rows] == ["Anna", "Anna (2)", "Anna (3)"]
    assert [len(row.clips) for row in layout.rows] == [2, 1, 1]


def test_a_clip_shorter_than_a_frame_has_one() -> None:
    assert spans(clip(1, 0.001), clip(1.002, 0.001)) == [[(25, 26), (26, 27)]]
    assert spans(clip(1, 0)) == [[(25, 26)]]


def test_a_file_that_is_used_twice_is_one_source() -> None:
    layout = lay_out(timeline(clip(0, 1), clip(5, 200, source_begin=3)))
    (source,) = layout.sources
    assert source.frames == 203 * 25


def test_an_empty_timeline_has_a_frame_and_a_size() -> None:
    layout = lay_out(Timeline(name="", begin_wall=NOON, fps=Fraction(25), seconds=0))
    assert (layout.frames, layout.size, layout.rows) == (1, NO_PICTURE, ())


def test_markers_off_the_timeline_are_left_out() -> None:
    made = timeline(clip(0, 10))
    marks = tuple(Mark(at, str(at)) for at in (11.0, 10.0, -0.1, 0.0, 5.5))
    layout = lay_out(
        Timeline(name="", begin_wall=0, fps=made.fps, seconds=10, tracks=made.tracks, markers=marks)
    )
    assert [(frame, mark.text) for frame, mark in layout.marks] == [
        (0, "0.0"),
        (138, "5.5"),
        (249, "10.0"),
    ]


def test_rates_are_those_that_formats_can_say() -> None:
    slowed = [NTSC, Fraction(24000, 1001)]
    assert [countable(fps) for fps in slowed] == slowed
    assert countable(Fraction(2963, 100)) == 30
    assert countable(Fraction(1, 7)) == 1
    assert countable(Fraction(29970, 1001)) == 30


def test_a_day_and_more() -> None:
    layout = lay_out(delivered(NTSC, 26 * 3600.0))
    assert layout.frames == round(26 * 3600 * NTSC)
    assert layout.start == round(13 * 3600 * NTSC)

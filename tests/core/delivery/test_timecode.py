"""Labels of frames, by SMPTE ST 12-1's own numbers, and the clock of the day."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.timecode import (
    DAY,
    day_frame,
    day_frames,
    day_samples,
    day_seconds,
    drops,
    format_timecode,
    nominal,
    parse_timecode,
)
from roomdeck.core.errors import UsageError

WHOLE = [Fraction(rate) for rate in (24, 25, 30, 50, 60)]
SLOWED = [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60)]
FILM, NTSC, FAST = SLOWED[0], SLOWED[1], SLOWED[3]


@pytest.mark.parametrize(
    ("frame", "fps", "label"),
    [
        (0, Fraction(25), "00:00:00:00"),
        (25 * 3600 + 24, Fraction(25), "01:00:00:24"),
        (DAY * 50 - 1, Fraction(50), "23:59:59:49"),
        (DAY * 50, Fraction(50), "00:00:00:00"),
        (-1, Fraction(24), "23:59:59:23"),
        (26 * 3600 * 60, Fraction(60), "02:00:00:00"),
        (24 * 60, FILM, "00:01:00:00"),  # every label, as there is no drop-frame of 24
        (1799, NTSC, "00:00:59;29"),
        (1800, NTSC, "00:01:00;02"),
        (17981, NTSC, "00:09:59;29"),
        (17982, NTSC, "00:10:00;00"),
        (107892, NTSC, "01:00:00;00"),
        (2589407, NTSC, "23:59:59;29"),
        (2589408, NTSC, "00:00:00;00"),
        (3599, FAST, "00:00:59;59"),
        (3600, FAST, "00:01:00;04"),
        (215784, FAST, "01:00:00;00"),
        (7200, Fraction(120000, 1001), "00:01:00;08"),
    ],
)
def test_a_frame_has_its_label(frame: int, fps: Fraction, label: str) -> None:
    assert format_timecode(frame, fps) == label
    assert parse_timecode(label, fps) == frame % day_frames(fps)


@pytest.mark.parametrize("fps", [Fraction(24), FILM, NTSC])
def test_every_label_of_eleven_minutes_is_there_once(fps: Fraction) -> None:
    labels = [format_timecode(frame, fps) for frame in range(11 * 60 * nominal(fps))]
    assert all(a < b for a, b in pairwise(labels))
    assert [parse_timecode(label, fps) for label in labels] == list(range(len(labels)))


@given(frame=st.integers(-(10**9), 10**9), fps=st.sampled_from(WHOLE + SLOWED))
@settings(deadline=None, max_examples=200)
def test_labels_lead_back_to_frames(frame: int, fps: Fraction) -> None:
    assert parse_timecode(format_timecode(frame, fps), fps) == frame % day_frames(fps)


def test_only_multiples_of_30_over_1001_leave_labels_out() -> None:
    assert [drops(fps) for fps in WHOLE + SLOWED] == [False] * 5 + [False, True, False, True]


def test_drop_frame_follows_the_clock_over_a_day() -> None:
    """A label is at most 2.6 frames, 86.4 ms, from the clock."""
    for hour in range(24):
        label = format_timecode(day_frame(hour * 3600, 0, NTSC), NTSC)
        hours, minutes, rest = label.split(":")
        seconds, frames = rest.split(";")
        told = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frames) / 30
        assert abs((told - hour * 3600 + DAY / 2) % DAY - DAY / 2) < 0.1, label


def test_colons_count_every_label_at_a_slowed_rate_too() -> None:
    assert parse_timecode("01:00:00:00", NTSC) == 108000
    assert parse_timecode("01:00:00;00", NTSC) == 107892


@pytest.mark.parametrize(
    ("text", "fps", "says"),
    [
        ("", Fraction(25), "write HH:MM:SS:FF"),
        ("1:2:3", Fraction(25), "write HH:MM:SS:FF"),
        ("00:00:00:00:00", Fraction(25), "write HH:MM:SS:FF"),
        ("\u0660\u0660:00:00:00", Fraction(25), "write HH:MM:SS:FF"),
        ("24:00:00:00", Fraction(25), "23:59:59:24"),
        ("00:60:00:00", Fraction(25), "23:59:59:24"),
        ("00:00:00:25", Fraction(25), "23:59:59:24"),
        ("00:00:00;00", Fraction(25), "use ':'"),
        ("00:00:00;00", FILM, "use ':'"),
        ("00:01:00;01", NTSC, "the next one is 03"),
    ],
)
def test_what_is_no_label_is_refused(text: str, fps: Fraction, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_timecode(text, fps)
    assert says in str(caught.value)


def test_less_than_a_frame_a_second_has_no_timecode() -> None:
    with pytest.raises(UsageError):
        format_timecode(0, Fraction(1, 2))


def test_the_clock_of_the_day_is_local() -> None:
    noon = 20_000 * DAY + 12 * 3600
    assert day_seconds(noon + 0.25, 0) == 12 * 3600 + Fraction(1, 4)
    assert day_seconds(noon, 13 * 3600) == 3600
    assert day_seconds(noon, -12 * 3600) == 0
    assert day_seconds(-1, 0) == DAY - 1


@pytest.mark.parametrize("fps", WHOLE)
def test_picture_and_sound_say_the_same_moment(fps: Fraction) -> None:
    wall = 20_000 * DAY + 45_296
    assert format_timecode(day_frame(wall, 3600, fps), fps) == "13:34:56:00"
    assert day_samples(wall, 3600, 48000) == (45_296 + 3600) * 48000


def test_the_last_frame_of_a_day_rounds_into_the_next() -> None:
    assert day_frame(DAY - 0.001, 0, Fraction(25)) == 0
    assert day_samples(Fraction(DAY) - Fraction(1, 10**6), 0, 48000) == 0

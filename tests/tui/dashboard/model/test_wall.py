"""Where tiles of the wall are, and what is said in them."""

from __future__ import annotations

from typing import Any

import pytest

from roomdeck.core.model import Alarm, AlarmKind, Kind, SoundMeter, StreamState, TrackStats
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.wall import (
    GAP,
    LEAST_PICTURE,
    LEAST_WIDTH,
    TEXT_LINES,
    Grid,
    Told,
    aged,
    foot,
    grid,
    has_picture,
    head,
    large_meter,
    moved,
    title,
    words,
)

from ...fake_client import stream, studio

ROOMS = [(40, 8), (60, 13), (80, 22), (120, 38), (200, 58), (39, 5)]
SOUND = TrackStats(expected=10, received=10)


def text(parts: Any) -> str:
    return "".join(said for said, _ in parts)


@pytest.mark.parametrize(("width", "height"), ROOMS)
@pytest.mark.parametrize("pictures", [True, False])
def test_every_stream_has_a_place_that_is_inside_and_its_own(
    width: int, height: int, pictures: bool
) -> None:
    for count in range(65):
        made = grid(count, width, height, pictures)
        cells = set[tuple[int, int]]()
        for number in range(made.page):
            x, y = made.place(number)
            mine = {(x + i, y + j) for i in range(made.width) for j in range(made.height)}
            assert not cells & mine
            cells |= mine
        assert max(x for x, _ in cells) < width
        assert max(y for _, y in cells) < height
        assert made.pages(count) * made.page >= count
        assert made.width >= LEAST_WIDTH
        assert made.picture >= (LEAST_PICTURE if pictures else 0)


@pytest.mark.parametrize(
    ("count", "room", "expected"),
    [
        (1, (80, 22), Grid(1, 1, 80, 22)),
        (2, (80, 22), Grid(2, 1, 39, 22)),
        (4, (80, 22), Grid(2, 2, 39, 11)),
        (20, (120, 38), Grid(5, 4, 23, 9)),
        (30, (60, 13), Grid(3, 2, 19, 6)),
    ],
)
def test_tiles_are_as_large_as_there_is_room(
    count: int, room: tuple[int, int], expected: Grid
) -> None:
    assert grid(count, *room, pictures=True) == expected


def test_where_tiles_would_be_too_small_there_are_pages() -> None:
    small = grid(30, 60, 13, pictures=True)
    assert (small.page, small.pages(30)) == (6, 5)
    assert grid(30, 60, 13, pictures=False).pages(30) == 2
    assert grid(0, 60, 13, pictures=True).pages(0) == 1


def test_the_cursor_goes_over_pages_and_not_over_the_end() -> None:
    made = Grid(3, 2, 19, 6)
    assert [moved(4, *step, 8, made) for step in ((1, 0), (-1, 0), (0, -1), (0, 1))] == [5, 3, 1, 7]
    assert moved(5, 1, 0, 8, made) == 6
    assert moved(6, 0, 1, 8, made) == 6
    assert moved(0, -1, 0, 8, made) == 0
    assert moved(7, 1, 0, 8, made) == 7


LONG = Alarm(kind=AlarmKind.NO_KEY_FRAME, text="no key frame for long", seconds=90)
FEET: list[dict[str, Any]] = [
    {},
    {"alarms": (LONG,)},
    {"muted": True},
    {"sound": None},
    {"sound": SoundMeter(level=-70, peak=-60, silent=4000)},
    {"sound": SoundMeter(level=-1, peak=0, clipped=0.5), "alarms": (LONG,)},
]


@pytest.mark.parametrize("changes", FEET)
@pytest.mark.parametrize("age", [None, 3.0, 47.0, 900.0, 86_000.0])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_what_is_said_fits(changes: dict[str, Any], age: float | None, glyphs: Any) -> None:
    for width in range(LEAST_WIDTH, 60):
        one = stream("anna", label="Anna with a very long name, camera 12", **changes)
        assert len(text(head(one, width, glyphs))) <= width
        said = text(foot(one, width, glyphs, age))
        assert len(said) <= width
        if age is not None and age > 10:
            assert said.endswith(aged(age)), "an old picture says so"


def test_what_is_wrong_is_said_in_a_word() -> None:
    alarm = Alarm(kind=AlarmKind.FROZEN, text="the picture does not move", seconds=70)
    assert "frozen" in text(foot(stream("anna", alarms=(alarm,)), LEAST_WIDTH, UNICODE, 90.0))
    quiet = SoundMeter(level=-80, peak=-70, silent=42)
    assert "silent 0:42" in text(foot(stream("anna", sound=quiet), 30, UNICODE, None))
    clips = SoundMeter(level=-1, peak=0, clipped=1)
    assert ("clips", "warning") in [
        (said.strip(), role) for said, role in foot(stream("anna", sound=clips), 30, UNICODE, None)
    ]


@pytest.mark.parametrize(
    ("age", "said"),
    [(None, ""), (9.9, ""), (10.0, "10 s"), (59, "50 s"), (61, "1 min"), (3599, "59 min")],
)
def test_ages_change_seldom(age: float | None, said: str) -> None:
    assert aged(age) == said
    assert aged(7200.0) == "2 h"


def test_without_a_picture_it_is_said_why() -> None:
    both = {Kind.VIDEO: TrackStats(), Kind.AUDIO: SOUND}
    assert words(stream("a", StreamState.WAIT), "", asked=False) == "not connected"
    assert words(stream("a", tracks={Kind.AUDIO: SOUND}), "", asked=True) == "no video"
    assert words(stream("a", tracks=both), "", asked=False) == ""
    assert words(stream("a", tracks=both), "", asked=True) == "no key frame yet"
    assert words(stream("a", tracks=both), "it does not decode", asked=True) == "it does not decode"
    assert words(stream("a", tracks=both, camera_off=True), "", asked=True) == "camera off"
    assert words(stream("a", StreamState.DONE), "", asked=True) == "has left"


def test_only_what_may_have_a_picture_is_asked_for_one() -> None:
    wanted = [one.stream for one in studio().streams if has_picture(one)]
    assert wanted == ["anna", "ben", "guest_7f2a", "kai"]
    assert not has_picture(stream("a", tracks={Kind.AUDIO: SOUND}))


def test_a_stream_without_video_shows_its_sound_large() -> None:
    only = stream("a", tracks={Kind.AUDIO: SOUND}, sound=SoundMeter(level=-20, peak=-10))
    lines = large_meter(only, 30, 7, UNICODE)
    assert len(lines) == 2
    assert all(len(text(line)) == 30 for line in lines)
    assert large_meter(only, 30, 2, UNICODE) == ()
    assert large_meter(stream("a", sound=None), 30, 7, UNICODE) == ()


def told(**changes: Any) -> Told:
    plain: dict[str, Any] = {
        "room": "studio",
        "streams": 20,
        "page": 2,
        "pages": 3,
        "pictures": "half blocks",
        "shown": True,
        "rate": 40,
        "now": 31.0,
        "period": 5.2,
    }
    return Told(**(plain | changes))


def test_the_bound_is_always_said() -> None:
    for width in range(40, 140):
        said = text(title(told(), width))
        assert "≤ 40 kB/s" in said
        assert "page 2 of 3" in said
        assert len(said) <= width
    assert "now 31   each every 5 s   half blocks   20 streams   studio" in text(title(told(), 120))


def test_what_must_be_read_first_is_there_at_any_width() -> None:
    for changes in ({}, {"shown": False}):
        for width in (60, 120):
            said = text(title(told(notice=[("  ENGINE GONE ", "error")], **changes), width))
            assert "ENGINE GONE" in said[:30]


def test_without_pictures_a_sentence_says_so() -> None:
    why = "no pictures: this terminal shows 16 colours"
    said = text(title(told(shown=False, pictures=why, pages=1), 80))
    assert why in said
    assert "kB/s" not in said


def test_the_text_of_a_tile_is_two_lines() -> None:
    assert grid(3, 80, 22, pictures=False).height == TEXT_LINES
    assert GAP == 1

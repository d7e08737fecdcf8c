from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.model import (
    Alarm,
    AlarmKind,
    DiskSnapshot,
    RoomSnapshot,
    SoundMeter,
    StreamState,
)
from roomdeck.tui.dashboard.model.columns import Context
from roomdeck.tui.dashboard.model.glyphs import UNICODE
from roomdeck.tui.dashboard.model.history import History
from roomdeck.tui.dashboard.model.view import (
    DONE_SHOWN,
    ViewState,
    alerts,
    build,
    disk_level,
    matches,
    totals,
    with_sound,
)

from ...fake_client import ELAPSED, event, room, stream, studio

JOINED = [stream.stream for stream in studio().streams]


def order(snapshot: RoomSnapshot, history: History | None = None, **choices: Any) -> list[str]:
    view = build(snapshot, ViewState(**choices), 119, history or History(), UNICODE)
    return [row.stream for row in view.rows]


def test_rows_stand_in_the_order_of_joining() -> None:
    assert order(studio()) == JOINED


def test_the_same_view_comes_of_the_same_room() -> None:
    first, second = (build(studio(), ViewState(), 79, History(), UNICODE) for _ in "ab")
    assert first == second


def test_sorting_by_state_puts_what_is_urgent_first() -> None:
    found = order(studio(), sort="state")
    assert found[:3] == ["lena_phone", "guest_7f2a", "ben-screen"]
    assert found[-1] == "omar"


def test_numbers_are_sorted_from_the_greatest() -> None:
    assert order(studio(), sort="size")[0] == "anna"
    assert order(studio(), sort="loss")[0] == "guest_7f2a"


def test_equal_rows_keep_the_order_of_joining() -> None:
    found = order(studio(), sort="audio")
    assert [name for name in found if name in ("anna", "ben", "guest_7f2a")] == [
        "anna",
        "ben",
        "guest_7f2a",
    ]


@pytest.mark.parametrize("column", ["state", "name", "video", "audio", "rate", "minute", "loss"])
def test_every_column_sorts_and_reverses(column: str) -> None:
    there, back = order(studio(), sort=column), order(studio(), sort=column, reverse=True)
    assert there == back[::-1]
    assert sorted(there) == sorted(JOINED)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("anna", {"anna"}),
        ("CAMERA", {"anna"}),
        ("stall", {"guest_7f2a"}),
        ("vp8", {"ben", "guest_7f2a"}),
        ("7f2a", {"guest_7f2a"}),
        ("ben !screen", {"ben"}),
        ("!rec", {name for name in JOINED if name not in ("anna", "ben")}),
        ("", set(JOINED)),
        ("!", set(JOINED)),
        ("no such thing", set[str]()),
    ],
)
def test_the_filter(wanted: str, found: set[str]) -> None:
    assert {s.stream for s in studio().streams if matches(s, wanted)} == found


def test_the_filter_hides_rows_but_counts_them() -> None:
    view = build(studio(), ViewState(filter="anna"), 79, History(), UNICODE)
    assert (len(view.rows), view.total) == (1, len(JOINED))


def test_marks_stay_with_their_streams() -> None:
    state = ViewState(marks=frozenset({"ben"}), sort="state")
    rows = build(studio(), state, 79, History(), UNICODE).rows
    assert [row.stream for row in rows if row.marked] == ["ben"]


def left(seconds: float) -> RoomSnapshot:
    return room(stream("anna"), stream("omar", StreamState.DONE), elapsed=ELAPSED + seconds)


def test_who_left_keeps_a_row_for_a_minute() -> None:
    history = History()
    history.add(room(stream("anna"), stream("omar")))
    history.add(left(1))
    assert order(left(1 + DONE_SHOWN), history) == ["anna", "omar"]
    assert order(left(2 + DONE_SHOWN), history) == ["anna"]


def test_who_left_long_before_we_came_has_no_row() -> None:
    history = History()
    history.note(event(1, "take.end", "", "omar", elapsed=ELAPSED - 600, data={"file": "/x"}))
    history.add(left(0))
    assert order(left(0), history) == ["anna"]


def test_a_closed_take_is_shown_by_its_last_figures() -> None:
    history = History()
    data = {"file": "/o.ts", "bytes": 301_000_000, "seconds": 1120.0, "reason": "bye"}
    history.note(event(1, "take.end", "", "omar", data=data))
    rows = build(left(0), ViewState(), 79, history, UNICODE).rows
    assert " 301 MB" in rows[1].cells
    assert "00:18:40" in rows[1].cells


def test_totals() -> None:
    sums = totals(studio())
    assert sums.states[StreamState.REC] == 2
    assert sums.streams == len(JOINED) - 1
    assert sums.bitrate == sum(stream.bitrate for stream in studio().streams)


GB = 1e9


@pytest.mark.parametrize(
    ("free", "minutes", "level"),
    [
        (212 * GB, None, ""),
        (212 * GB, 31, ""),
        (212 * GB, 29, "warning"),
        (212 * GB, 11, "warning"),
        (212 * GB, 9, "error"),
        (4.9 * GB, None, "warning"),
        (5.1 * GB, None, ""),
        (0.9 * GB, None, "error"),
        (0.9 * GB, 600, "error"),
    ],
)
def test_disk_levels(free: float, minutes: float | None, level: str) -> None:
    left = None if minutes is None else minutes * 60
    assert (disk_level(DiskSnapshot(free=int(free), seconds_left=left)) or "") == level


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (0.03, 0.04, ""),
        (0.007, 0.04, "warning"),
        (0.003, 0.04, "error"),
        (3.3, 16, ""),
        (3.1, 16, "warning"),
        (4.9, 1000, "warning"),
        (0.9, 1000, "error"),
    ],
)
def test_a_small_disk_is_measured_by_its_size(free: float, total: float, level: str) -> None:
    assert (disk_level(DiskSnapshot(free=int(free * GB), total=int(total * GB))) or "") == level


def test_a_calm_room_has_no_alerts() -> None:
    assert alerts(room(stream("anna"), stream("ben", StreamState.WAIT))) == []


def test_errors_come_before_warnings() -> None:
    disk = DiskSnapshot(free=80_000_000_000, seconds_left=27 * 60)
    found = alerts(msgspec.structs.replace(studio(), disk=disk))
    assert [alert.level for alert in found] == ["error", "warning", "warning"]
    assert found[0].text == "Lena · phone: disk I/O error"
    assert found[0].stream == "lena_phone"
    assert found[2].text.startswith("disk full in 0h27m")


def test_alarms_are_told_of_streams_and_of_the_room_each_once() -> None:
    silence = Alarm(kind=AlarmKind.SILENCE, text="no sound", seconds=3, stream="ben")
    stall = Alarm(kind=AlarmKind.STALL, text="stands still", seconds=3, stream="anna")
    empty = Alarm(kind=AlarmKind.ROOM_EMPTY, text="nobody is here", seconds=3)
    snapshot = room(
        stream("anna", StreamState.STALL, alarms=(stall,), reason="no picture"),
        stream("ben", label="Ben", alarms=(silence,)),
    )
    found = alerts(msgspec.structs.replace(snapshot, alarms=(empty,)))
    assert [alert.text for alert in found] == [
        "anna: no picture",
        "Ben: no sound",
        "nobody is here",
    ]
    assert [alert.stream for alert in found] == ["anna", "ben", ""]


def test_what_the_bell_rings_for_is_told_before_what_was_told_long_ago() -> None:
    old = Alarm(kind=AlarmKind.SILENCE, text="no sound", seconds=90, begun=30, stream="ben")
    new = Alarm(kind=AlarmKind.FROZEN, text="nothing moves", seconds=300, begun=0, stream="cleo")
    gone = Alarm(kind=AlarmKind.SERVER_GONE, text="no connection", seconds=40, begun=10)
    stall = Alarm(kind=AlarmKind.STALL, text="stands still", seconds=9, begun=4, stream="anna")
    snapshot = room(
        stream("anna", StreamState.STALL, alarms=(stall,), reason="no picture"),
        stream("ben", alarms=(old,)),
        stream("cleo", alarms=(new,)),
    )
    little = DiskSnapshot(free=4_000_000_000, total=100_000_000_000)
    found = alerts(msgspec.structs.replace(snapshot, alarms=(gone,), disk=little))
    assert [alert.text for alert in found] == [
        "cleo: nothing moves",
        "anna: no picture",
        "no connection",
        "ben: no sound",
        "4.00 GB left on the disk",
    ]


def test_only_meters_change_between_two_snapshots() -> None:
    history, loud = History(), SoundMeter(level=0, peak=0)
    before = room(stream("anna"), stream("ben"))
    view = build(before, ViewState(), 80, history, UNICODE)
    streams = (stream("anna", sound=loud, bitrate=1.0), stream("ben"), stream("new"))
    after = msgspec.structs.replace(before, streams=streams)
    now = with_sound(view, after, Context(history, UNICODE, 0.0))
    changed = [
        column.id
        for row, old in zip(now.rows, view.rows, strict=True)
        for column, cell, was in zip(view.columns, row.cells, old.cells, strict=True)
        if cell != was
    ]
    assert changed == ["sound"]
    assert now.rows[1] is view.rows[1]
    narrow = build(before, ViewState(), 40, history, UNICODE)
    assert with_sound(narrow, after, Context(history, UNICODE, 0.0)) is narrow


def test_a_meter_that_hardly_moved_waits_until_all_is_drawn_unless_it_clips() -> None:
    history = History()
    context = Context(history, UNICODE, 0.0)
    before = room(stream("anna", sound=SoundMeter(level=-30, peak=-20)))
    view = build(before, ViewState(), 80, history, UNICODE)

    def heard(sound: SoundMeter) -> bool:
        after = msgspec.structs.replace(before, streams=(stream("anna", sound=sound),))
        return with_sound(view, after, context).rows != view.rows

    assert not heard(SoundMeter(level=-29, peak=-20))
    assert heard(SoundMeter(level=-12, peak=-6))
    assert heard(SoundMeter(level=-30, peak=-20, clipped=0.0))

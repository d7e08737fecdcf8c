"""Alarms as their page tells of them: now, since when, and before, for how long."""

from __future__ import annotations

from typing import Any

import msgspec

from roomdeck.core.model import Alarm, AlarmKind, Event
from roomdeck.tui.dashboard.model import alarm_page
from roomdeck.tui.dashboard.model.alarm_log import AlarmLog, PastAlarm
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE

from ...fake_client import NOW, event, room, stream


def begins(seq: int, stream: str = "", **data: Any) -> Event:
    return event(seq, "alarm.begin", "nothing is heard", stream, "warning", data=data)


def ends(seq: int, stream: str = "", **data: Any) -> Event:
    return event(seq, "alarm.end", "it is heard again", stream, data=data)


def past(*events: Event) -> list[tuple[str, str, float, float]]:
    log = AlarmLog()
    for one in events:
        log.note(one)
    return [(one.kind, one.text, one.begin - NOW, one.seconds) for one in log.past]


def test_an_alarm_that_is_over_has_its_text_its_begin_and_its_length():
    begun = begins(10, "anna", alarm="silence", seconds=60.0)
    ended = ends(40, "anna", alarm="silence", seconds=90.0)
    assert past(begun) == []
    assert past(begun, ended) == [("silence", "nothing is heard", -150.0, 90.0)]


def test_two_of_a_kind_are_told_apart_by_stream_and_guest():
    found = past(
        begins(1, "anna", alarm="silence", seconds=60.0),
        begins(2, "ben", alarm="silence", seconds=60.0),
        begins(3, alarm="missing", guest="a*", seconds=1.0),
        begins(4, alarm="missing", guest="b*", seconds=1.0),
        ends(5, alarm="missing", guest="b*", seconds=2.0),
        ends(6, "ben", alarm="silence", seconds=64.0),
    )
    assert [(kind, seconds) for kind, _, _, seconds in found] == [("missing", 2.0), ("silence", 64)]


def test_who_came_later_still_learns_of_the_end():
    assert past(ends(9, "anna", alarm="silence", seconds=9.0)) == [
        ("silence", "it is heard again", -100.0, 9.0)
    ]


def test_an_engine_that_is_lost_takes_its_alarms_with_it():
    found = past(begins(10, alarm="server-gone", seconds=5.0), event(30, "engine.start", "again"))
    assert found == [("server-gone", "nothing is heard", -95.0, 25.0)]


def test_an_event_of_another_version_does_no_harm():
    assert past(event(1, "alarm.begin", "?"), event(2, "alarm.end", "?")) == [("", "?", -98.0, 0.0)]


def _known() -> list[alarm_page.AlarmEntry]:
    silent = Alarm(kind=AlarmKind.SILENCE, text="nobody hears it", seconds=61.0, stream="anna")
    gone = Alarm(kind=AlarmKind.SERVER_GONE, text="the server is gone", seconds=5.0)
    snapshot = room(stream("anna", label="Anna", alarms=(silent,)), alarms=(gone,))
    before = PastAlarm(kind="black", stream="ben", text="black", begin=NOW - 900, seconds=70.0)
    return alarm_page.entries(snapshot, [before, msgspec.structs.replace(before, begin=NOW - 99)])


def test_guests_missed_since_the_same_moment_are_two_rows():
    one = PastAlarm(kind="missing", stream="", text="a* is not here", begin=NOW, seconds=5.0)
    other = msgspec.structs.replace(one, text="b* is not here", seconds=9.0)
    found = alarm_page.entries(None, [one, other])
    assert len({entry.id for entry in found}) == 2


def test_what_is_wrong_now_comes_first_and_the_newest_of_what_was():
    assert [(one.kind, one.over) for one in _known()] == [
        ("server-gone", False),
        ("silence", False),
        ("black", True),
        ("black", True),
    ]
    assert [round(NOW - one.begin) for one in _known()] == [5, 61, 99, 900]
    assert len({one.id for one in _known()}) == 4


def test_a_row_stays_the_same_row_while_its_words_change():
    first = Alarm(kind=AlarmKind.STALL, text="for 3 s", seconds=3.0, stream="anna")
    later = Alarm(kind=AlarmKind.STALL, text="for 9 s", seconds=9.0, stream="anna")
    ids = {
        alarm_page.entries(room(stream("anna", alarms=(one,))), [])[0].id for one in (first, later)
    }
    assert len(ids) == 1


def _names(stream: str) -> str:
    return {"anna": "Anna\x1b[2J"}.get(stream, stream)


def test_the_page_fits_any_width_and_says_so_where_nothing_is_wrong():
    for width in (39, 59, 79, 119):
        for glyphs in (UNICODE, ASCII):
            found = alarm_page.rows(_known(), width, glyphs, _names)
            lines = ["".join(text for text, _ in row.line) for row in found]
            assert max(map(len, lines)) <= width
            assert any("nobody hears it"[:4] in line and "Anna" in line for line in lines)
            assert not any("\x1b" in line for line in lines)
    assert "Nothing is wrong." in str(alarm_page.rows([], 79, UNICODE, str))


def test_more_of_one_says_which_kind_from_when_to_when():
    now, old = _known()[1], _known()[-1]
    said = "".join(text for line in alarm_page.more(now, 79, str) for text, _ in line)
    assert "silence, since 19:40:01: anna nobody hears it" in said
    said = "".join(text for line in alarm_page.more(old, 79, str) for text, _ in line)
    assert "black, 19:26:02 to 19:27:12, 0:01:10: ben" in said

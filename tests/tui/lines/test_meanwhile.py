"""What is said to somebody who comes back."""

from __future__ import annotations

from roomdeck.core.model import StreamState
from roomdeck.tui.lines.meanwhile import meanwhile

from ..fake_client import ELAPSED, event, room, stream

ROOM = room(stream("anna", label="Anna"), stream("ben", StreamState.DONE))


def test_it_tells_of_people_files_and_troubles_since_somebody_looked() -> None:
    events = [
        event(1, "stream.join", "", "anna", elapsed=ELAPSED - 900),
        event(2, "stream.join", "", "ben", elapsed=ELAPSED - 100),
        event(3, "take.start", "", "ben", elapsed=ELAPSED - 99),
        event(4, "take.end", "", "ben", elapsed=ELAPSED - 50),
        event(5, "take.end", "disk", "anna", elapsed=ELAPSED - 40, level="error"),
        event(6, "stream.leave", "", "ben", elapsed=ELAPSED - 39),
        event(7, "link.lost", "x", elapsed=ELAPSED - 30, level="warning"),
        event(8, "warning", "no media", "anna", elapsed=ELAPSED - 20, level="warning"),
    ]
    told = meanwhile(events, ELAPSED - 600, ROOM)
    assert told[0] == "while you were away (0:10:00): ben joined"
    assert "ben left" in told
    assert "1 file begun (ben)" in told
    assert "2 files closed (ben and Anna), 1 by an error" in told
    assert "the connection to the server was lost 1 time" in told
    assert "Anna: no media" in told


def test_a_clock_that_was_set_hides_nothing() -> None:
    before = event(1, "take.start", "", "anna", elapsed=ELAPSED - 900)
    after = event(2, "take.start", "", "ben", elapsed=ELAPSED - 10, time=before.time - 7172)
    told = meanwhile([before, after], ELAPSED - 60, ROOM)
    assert [line.rpartition(": ")[2] for line in told] == ["1 file begun (ben)"]


def test_nothing_new_is_said_too() -> None:
    events = [event(1, "take.end", "", "anna", elapsed=ELAPSED - 900)]
    assert meanwhile(events, ELAPSED - 60, ROOM) == ["while you were away (0:01:00): nothing new"]


def test_who_comes_for_the_first_time_hears_everything() -> None:
    told = meanwhile([event(1, "take.start", "", "anna", elapsed=ELAPSED - 2000)], None, ROOM)
    assert told == ["since the start (0:42:17 ago): 1 file begun (Anna)"]


def test_a_storm_of_warnings_is_counted_not_told() -> None:
    events = [
        event(
            n, "warning", f"trouble {n}\x1b[2J", "anna", elapsed=ELAPSED - 50 + n, level="warning"
        )
        for n in range(20)
    ]
    told = meanwhile(events, ELAPSED - 60, ROOM)
    assert len(told) == 4
    assert "Anna: trouble 19[2J" in told
    assert "17 earlier warnings" in told[-1]

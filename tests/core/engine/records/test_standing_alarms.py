"""What is wrong outlives the engine that told it, within its session."""

from __future__ import annotations

from pathlib import Path

from roomdeck.core.engine.records.standing_alarms import StandingAlarms
from roomdeck.core.model import AlarmKind, StandingAlarm

SILENT = StandingAlarm(
    kind=AlarmKind.SILENCE, text="no sound", since=10.0, begun_at=70.0, stream="alice"
)


def test_they_are_kept_for_another_engine_of_the_session(tmp_path: Path) -> None:
    path = tmp_path / "alarms.json"
    StandingAlarms(path, "/rec/one.json").keep([SILENT])
    assert StandingAlarms(path, "/rec/one.json").kept() == (SILENT,)
    assert StandingAlarms(path, "/rec/two.json").kept() == ()
    StandingAlarms(path, "/rec/one.json").keep([])
    assert StandingAlarms(path, "/rec/one.json").kept() == ()


def test_where_nothing_is_or_can_be_kept_another_engine_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "alarms.json"
    assert StandingAlarms(path, "/rec/one.json").kept() == ()
    path.write_text("[")
    assert StandingAlarms(path, "/rec/one.json").kept() == ()
    StandingAlarms(tmp_path / "gone" / "alarms.json", "/rec/one.json").keep([SILENT])

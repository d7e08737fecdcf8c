"""What is wrong outlives the engine that told it, within its session."""

from __future__ import annotations

from pathlib import Path

from roomdeck.core.engine.records.standing_alarms import StandingAlarms
from roomdeck.core.model import AlarmKind, StandingAlarm

SILENT = StandingAlarm(
    kind=AlarmKind.SILENCE, text="no sound", since=10.0, begun_at=70.0, stream="alice"
)
OF_ANOTHER_VERSION = (
    b'{"session":"/rec/one.json","alarms":[{"kind":"too-dull","text":"","since":1}]}'
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
    for damaged in (b"[", b'{"session":"\xff"}', b'{"more":' + b"[" * 10_000, OF_ANOTHER_VERSION):
        path.write_bytes(damaged)
        assert StandingAlarms(path, "/rec/one.json").kept() == ()
    StandingAlarms(tmp_path / "gone" / "alarms.json", "/rec/one.json").keep([SILENT])

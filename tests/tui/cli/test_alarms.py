"""``[alarms]`` of the configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import AlarmSetting
from roomdeck.core.engine.room.alarms.settings import RULES
from roomdeck.core.errors import UsageError
from roomdeck.core.model import AlarmKind
from roomdeck.tui.cli.alarms import alarm_settings
from roomdeck.tui.cli.configuration import configuration


def said(tmp_path: Path, text: str) -> dict[AlarmKind, AlarmSetting]:
    file = tmp_path / "config.toml"
    file.write_text(f"[alarms]\n{text}\n")
    return alarm_settings(configuration(str(file), {}).tables.alarms)


def test_alarms_are_silenced_and_changed(tmp_path: Path) -> None:
    text = """
    no-picture = false
    stall = true
    silence = {after = "1m30s", limit = -50}
    frozen = {after = 900}
    disk-forecast = {limit = "2h"}
    """
    assert said(tmp_path, text) == {
        AlarmKind.NO_PICTURE: AlarmSetting(on=False),
        AlarmKind.STALL: AlarmSetting(),
        AlarmKind.SILENCE: AlarmSetting(after=90.0, limit=-50.0),
        AlarmKind.FROZEN: AlarmSetting(after=900.0),
        AlarmKind.DISK_FORECAST: AlarmSetting(limit=7200.0),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("silense = false", r"alarms.*'silense'.*did you mean 'silence'"),
        ("silence = 3", r"alarms\.silence: expected"),
        ("silence = {afte = 3}", r"alarms\.silence: no key called 'afte'; did you mean 'after'"),
        ('silence = {after = "soon"}', r"alarms\.silence\.after: no length of time: 'soon'"),
        ('silence = {after = ""}', r"alarms\.silence\.after: no length of time"),
        ("silence = {after = -1}", r"alarms\.silence\.after: expected 0s to 604800s, not -1"),
        ("silence = {limit = 3}", r"alarms\.silence\.limit: expected -126 to 0 dBFS, not 3"),
        ('loss = {limit = "5%"}', r"alarms\.loss\.limit: expected a number, of %, without quotes"),
        ("stall = {limit = 1}", r"alarms\.stall\.limit: this alarm has no limit"),
        ('disk-forecast = {limit = "1s"}', r"alarms\.disk-forecast\.limit: expected 60s to"),
        ("black = {after = nan}", r"alarms\.black\.after: expected a number that is finite"),
    ],
)
def test_what_is_of_no_use_is_said_with_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        said(tmp_path, text)


def test_every_kind_has_a_rule_whose_usual_limit_may_be_set() -> None:
    assert set(RULES) == set(AlarmKind)
    for rule in RULES.values():
        if rule.limit is not None:
            assert rule.limit.least <= rule.limit.usual <= rule.limit.most

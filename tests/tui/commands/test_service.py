"""``roomdeck service``, where systemd does not run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from roomdeck.core import systemd
from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.doctor.finding import Grade
from roomdeck.core.errors import UsageError
from roomdeck.core.supervision.supervisor import Room
from roomdeck.core.supervision.unit import NAME
from roomdeck.tui.commands.service import check, install, judge_rooms, judge_state, remove
from roomdeck.tui.exits import Exit


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the unit of this user stands."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(systemd, "_RUNS", tmp_path / "no systemd")
    return tmp_path / "config" / "systemd" / "user" / NAME


def rooms() -> Sequence[Room]:
    where = RoomConfig(room="lab", server="ws://127.0.0.1:1")
    return [Room(RecordConfig(room=where, output="/out", prefix="lab"))]


def test_written_checked_and_removed(
    unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.toml"
    config.write_text("")
    assert check(rooms, str(config), False, False) == Exit.USAGE
    assert "roomdeck service install" in capsys.readouterr().out
    assert install(rooms(), str(config), False, "") == Exit.OK
    said = capsys.readouterr()
    assert said.out == f"{unit}\n"
    assert "systemctl --user daemon-reload && systemctl --user enable --now" in said.err
    assert f"--config {config} rooms" in unit.read_text()
    assert check(rooms, str(config), False, False) == Exit.OK
    unit.write_text(unit.read_text().replace("KillMode=process", "KillMode=mixed"))
    assert check(rooms, str(config), False, False) == Exit.USAGE
    assert remove(False) == Exit.OK
    assert not unit.exists()
    with pytest.raises(UsageError, match="there is no unit"):
        remove(False)


def test_a_system_unit_wants_a_user_that_is(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    with pytest.raises(UsageError, match="--as USER"):
        install(rooms(), "/c.toml", True, "")
    with pytest.raises(UsageError, match="no user 'nobody-at-all'"):
        install(rooms(), "/c.toml", True, "nobody-at-all")
    with pytest.raises(UsageError, match="--as is for --system"):
        install(rooms(), "/c.toml", False, "daemon")


def test_passwords_that_others_can_read(tmp_path: Path) -> None:
    secret, config = tmp_path / "secret", tmp_path / "c.toml"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    config.write_text(f'[[rooms]]\nroom = "a"\npassword_file = "{secret}"\n')
    config.chmod(0o644)
    said = list(judge_rooms(rooms, str(config)))
    assert [one.grade for one in said] == [Grade.OK, Grade.WARNING]
    assert said[1].mend == f"chmod 600 {secret}"
    secret.chmod(0o600)
    assert len(list(judge_rooms(rooms, str(config)))) == 1
    config.write_text('[[rooms]]\nroom = "a"\npassword = "x"\n')
    assert list(judge_rooms(rooms, str(config)))[1].mend == f"chmod 600 {config}"


@pytest.mark.parametrize(
    "said",
    [
        '[[hooks]]\nsecret = "lamp"',
        '[[hooks]]\nsecret_file = "{secret}"',
        '[[rooms]]\nroom = "https://vdo.ninja/?room=a&password=x"',
        'turn-password = "x"',
    ],
)
def test_other_secrets_that_others_can_read(tmp_path: Path, said: str) -> None:
    secret, config = tmp_path / "secret", tmp_path / "c.toml"
    config.write_text(said.replace("{secret}", str(secret)))
    secret.write_text("s3cret")
    for file in (secret, config):
        file.chmod(0o644)
    named = secret if "secret_file" in said else config
    assert [one.mend for one in judge_rooms(rooms, str(config))][1:] == [f"chmod 600 {named}"]


def test_what_is_empty_names_no_secret(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('password = ""\npassword_file = ""\n[[hooks]]\nsecret = ""\n')
    config.chmod(0o644)
    assert len(list(judge_rooms(rooms, str(config)))) == 1


def test_rooms_that_are_wrong_are_said() -> None:
    def wrong() -> Sequence[Room]:
        raise UsageError("rooms[1]: no option called 'codek'")

    (finding,) = judge_rooms(wrong, "/etc/roomdeck/c.toml")
    assert (finding.grade, finding.mend) == (Grade.WRONG, "edit /etc/roomdeck/c.toml")


@pytest.mark.parametrize(
    ("state", "grade"),
    [
        ({"ActiveState": "active", "UnitFileState": "enabled", "StatusText": "x"}, Grade.OK),
        ({"ActiveState": "active", "UnitFileState": "disabled"}, Grade.WARNING),
        ({"ActiveState": "failed", "UnitFileState": "enabled"}, Grade.WRONG),
        ({}, Grade.WRONG),
    ],
)
def test_what_systemd_says_of_it(state: dict[str, str], grade: Grade) -> None:
    finding = judge_state(state, "systemctl --user")
    assert finding.grade is grade
    assert bool(finding.mend) is (grade is not Grade.OK)

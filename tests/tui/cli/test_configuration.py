"""The configuration file: what it may say, and what is said of one that says something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.configuration import Configuration, Setting, configuration

KNOWN = {
    "record": {
        "server": Setting("server"),
        "only": Setting("only"),
        "password": Setting("password"),
        "key_frames": Setting("key_frames", float, 0),
        "no_audio": Setting("no_audio", bool),
        "json": Setting("as_json", bool),
    },
    "serve": {"port": Setting("port", int, 0, 65535)},
}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.delenv("ROOMDECK_CONFIG", raising=False)

    def write(text: str) -> str:
        file = tmp_path / "config.toml"
        file.write_text(text)
        return str(file)

    return write


def test_values_hold_for_every_command_that_has_them(written: Callable[[str], str]) -> None:
    text = 'server = "ws://x"\nport = 1\n[record]\nserver = "ws://y"\nonly = ["a", "b*"]\n'
    assert configuration(written(text + "no-audio = true\njson = true"), KNOWN).options == {
        "record": {"server": "ws://y", "only": "a,b*", "no_audio": True, "as_json": True},
        "serve": {"port": 1},
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("serverr = 1", "no option called 'serverr'; did you mean 'server'"),
        ("[record]\nonyl = 1", r"\[record\] no option called 'onyl'; did you mean 'only'"),
        ("[serve]\nserver = 1", r"\[serve\] no option called 'server'"),
        ("[recrd]\n", "no command or table called 'recrd'; did you mean 'record'"),
        ("[zzz]\n", "no command or table called 'zzz'; there are: .*record, .*serve"),
        ("[[qqq]]\n", "no command or table called 'qqq'; there are"),
        ("[[record]]\n", r"\[\[record\]\] is a list of tables; write \[record\], once"),
        ("server = ", "is not TOML"),
        ("server = 5", "server is a text in quotes, or a list of them, not 5"),
        ("server = 2020-01-01", "server is a text"),
        ("[record.only]\na = 1", r"\[record\] only is a text"),
        ("[record]\nonly = [1, [2]]", r"\[record\] only is a text"),
        ("[record]\nno_audio = 'maybe'", r"\[record\] no_audio is true or false, not 'maybe'"),
        ("[record]\nno_audio = 1", r"no_audio is true or false"),
        ("[record]\nkey_frames = 'abc'", r"key_frames is a number, not 'abc'"),
        ("[record]\nkey_frames = nan", r"key_frames is a number, not nan"),
        ("[record]\nkey_frames = inf", r"key_frames is a number"),
        ("[record]\nkey_frames = true", r"key_frames is a number"),
        ("[record]\nkey_frames = -5", r"key_frames is at least 0, not -5"),
        ("port = 1.5", "port is a whole number, not 1.5"),
        ("[serve]\nport = 99999", r"\[serve\] port is at most 65535, not 99999"),
        ("password = 1234", "password is a text in quotes, or a list of them$"),
        ("a = " + 2000 * "[" + 2000 * "]", "nested too deeply"),
    ],
)
def test_a_misspelt_configuration_is_refused(
    written: Callable[[str], str], text: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint) as error:
        configuration(written(text), KNOWN)
    assert "config.toml" in str(error.value)


def test_a_file_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        configuration(str(tmp_path / "none"), KNOWN)
    monkeypatch.setenv("ROOMDECK_CONFIG", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot read the configuration"):
        configuration(None, KNOWN)


def test_no_file_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROOMDECK_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert configuration(None, KNOWN) == Configuration()


def test_numbers_and_no_password_may_be_written_as_they_are(written: Callable[[str], str]) -> None:
    assert configuration(written("key_frames = 5\npassword = false"), KNOWN).options["record"] == {
        "key_frames": 5.0,
        "password": "false",
    }

"""Units: what is written, what is found wrong with others, and what systemd itself says."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from roomdeck.core.doctor.finding import Grade
from roomdeck.core.supervision.unit import Service, objections, quoted, seconds, settings, text
from roomdeck.tui.commands.service import verify

README = Path(__file__).parents[3] / "README.md"
USERS = Service(program=("/opt/roomdeck/bin/roomdeck",), config="/home/x/.config/roomdeck/c.toml")
SYSTEM = Service(
    program=("/opt/roomdeck/bin/roomdeck",), config="/etc/room deck/100%.toml", user="rec"
)


@pytest.mark.parametrize("service", [USERS, SYSTEM])
def test_what_is_written_is_as_it_should_be(service: Service) -> None:
    unit = text(service)
    said = settings(unit)
    assert objections(unit) == []
    assert said["KillMode"] == ["process"]
    assert ("User" in said) is bool(service.user)
    assert ("RuntimeDirectoryPreserve" in said) is bool(service.user)
    assert said["WantedBy"] == ["multi-user.target" if service.user else "default.target"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("service", [USERS, SYSTEM])
def test_systemd_reads_it(service: Service) -> None:
    runs = Service(program=(sys.executable,), config=service.config, user=service.user and "daemon")
    found = verify(text(runs), bool(service.user))
    assert (found.grade, found.text) == (Grade.OK, "systemd-analyze verify has no complaint")
    wrong = text(runs).replace("[Install]", "Bogus=1\n[Install]")
    assert "Bogus" in verify(wrong, bool(service.user)).text


def test_the_unit_of_the_readme_is_as_it_should_be() -> None:
    (unit,) = re.findall(r"^```ini\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    assert objections(unit) == []


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("KillMode=process", "KillMode=control-group", "KillMode=process is missing"),
        ("KillMode=process", "", "KillMode=process is missing"),
        ("KillMode=process", "KillMode=process\nKillMode=mixed", "KillMode=process is missing"),
        ("OOMPolicy=continue", "", "OOMPolicy=continue is missing"),
        ("Type=notify", "Type=simple", "Type=notify is missing"),
        ("Restart=on-failure", "Restart=no", "Restart=on-failure is missing"),
        ("TimeoutStopSec=600", "TimeoutStopSec=5", "TimeoutStopSec=600 is missing"),
        ("TimeoutStopSec=600", "TimeoutStopSec=soon", "TimeoutStopSec=600 is missing"),
        ("LimitNOFILE=65536", "LimitNOFILE=1024:2048", "LimitNOFILE=65536 is missing"),
        ("RuntimeDirectoryPreserve=yes", "", "RuntimeDirectoryPreserve=yes is missing"),
        ("ExecStart=", "ExecStart=/bin/true\n#", "does not run roomdeck"),
        ("Type=notify", "Type=notify\nEnvironment=A=b ROOMDECK_PASSWORD=x", "a password in it"),
        ("config", "password s3cret --config", "a password in it"),
        ("config", "turn-password=s3cret --config", "a password in it"),
        ("rooms", "'https://vdo.ninja/?room=x&password=y'", "a password in it"),
    ],
)
def test_what_is_wrong_is_found(line: str, instead: str, said: str) -> None:
    unit = text(SYSTEM)
    assert line in unit
    (found,) = objections(unit.replace(line, instead))
    assert said in found


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("TimeoutStopSec=600", "TimeoutStopSec=1min 30s"),
        ("TimeoutStopSec=600", "TimeoutStopSec=infinity"),
        ("LimitNOFILE=65536", "LimitNOFILE=infinity"),
        ("Type=notify", "Type=notify\nEnvironment=ROOMDECK_PASSWORD_FILE=/etc/roomdeck/password"),
        ("config", "password-file /etc/roomdeck/password --config"),
        ("Restart=on-failure", "Restart=always"),
    ],
)
def test_what_is_as_good_is_not_objected_to(line: str, instead: str) -> None:
    assert objections(text(SYSTEM).replace(line, instead)) == []


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/opt/x", "/opt/x"),
        ("/etc/room deck/x", '"/etc/room deck/x"'),
        ("/a/100%", "/a/100%%"),
        ("/a/$HOME", "/a/$$HOME"),
        ('/a/"b"', '"/a/\\"b\\""'),
    ],
)
def test_words_that_systemd_would_read_otherwise(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.parametrize(
    ("span", "long"),
    [("90", 90), ("10min", 600), ("1h 5m", 3900), ("", None), ("5 fortnights", None)],
)
def test_lengths_of_time(span: str, long: float | None) -> None:
    assert seconds(span) == long

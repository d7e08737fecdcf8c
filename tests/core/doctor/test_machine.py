"""Libraries and folders, as they are here and as they could be."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from roomdeck.core.doctor import runtime
from roomdeck.core.doctor.finding import Grade
from roomdeck.core.doctor.versions import ffmpeg, receive_path, unfitting, versions
from roomdeck.core.errors import IncompatibleError
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE
from roomdeck.core.webrtc import compat


def test_what_is_installed_here_is_what_is_asked_for() -> None:
    finding = versions()
    assert finding.grade is Grade.OK, finding
    assert "pytest" not in finding.data["libraries"]
    assert ffmpeg().grade is Grade.OK


def test_another_version_is_named() -> None:
    wanted = [Requirement("aiortc>=1.16.0,<1.17"), Requirement("av>=18"), Requirement("msgspec")]
    assert unfitting(wanted, {"aiortc": "1.16.3", "av": "18.1", "msgspec": "0.1"}) == []
    said = unfitting(wanted, {"aiortc": "1.17.0", "av": "", "msgspec": "0.1"})
    assert said == ["aiortc 1.17.0, and <1.17,>=1.16.0 is asked for", "av is missing"]


def test_libraries_that_differ_inside_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def differ() -> None:
        raise IncompatibleError("aiortc 1.16.9 differ from what roomdeck was written for")

    monkeypatch.setattr(compat, "selfcheck", differ)
    finding = receive_path()
    assert finding.grade is Grade.WRONG
    assert "requirements.lock" in finding.mend


def test_the_plain_path_is_a_warning_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMDECK_RECEIVE", "plain")
    finding = receive_path()
    assert finding.grade is Grade.WARNING
    assert finding.mend == "unset ROOMDECK_RECEIVE"


def test_the_runtime_folder_is_tried_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    assert runtime.runtime_folder().grade is Grade.OK
    assert list((tmp_path / "run").iterdir()) == []


def test_a_runtime_folder_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / ("long" * 40)))
    finding = runtime.runtime_folder()
    assert finding.grade is Grade.WRONG
    assert RUNTIME_VARIABLE in finding.mend


def test_a_folder_that_goes_with_the_login() -> None:
    finding = runtime.judge(Path("/run/user/1000/roomdeck"), lingering=False)
    assert finding.grade is Grade.WARNING
    assert "enable-linger" in finding.mend
    assert runtime.judge(Path("/run/user/1000/roomdeck"), lingering=True).grade is Grade.OK
    assert runtime.judge(Path("/tmp/roomdeck-1000"), lingering=False).grade is Grade.OK

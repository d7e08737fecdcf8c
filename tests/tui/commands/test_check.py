"""What ``roomdeck check`` prints of several files and of folders."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec
from roomdeck.tui.commands.check import check_files
from roomdeck.tui.exits import Exit

from ...core.recording.films import save, take, timed, write_sidecar
from ...core.recording.media import audio, video


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good take, a flawed one, one that is gone, and what is no take."""
    images, tones = timed(video(Codec.H264)), timed(audio())
    late = timed(audio(), late=1.0)
    takes = {"a.ts": (images, tones), "b.mkv": (images, late), "gone.mkv": (images, tones)}
    for name, tracks in takes.items():
        save(tmp_path / name, *tracks)
    write_sidecar(tmp_path, *(take(tmp_path / name, *tracks) for name, tracks in takes.items()))
    (tmp_path / "gone.mkv").unlink()
    (tmp_path / "a.sent.jsonl").write_text("")
    return tmp_path


def test_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_files([folder], None, as_json=False) is Exit.USAGE
    good, flawed, bad, total = capsys.readouterr().out.splitlines()
    assert good == f"good: {folder / 'a.ts'}, 0:03"
    assert flawed.startswith(f"flawed: {folder / 'b.mkv'}: the sound begins 1.0")
    assert bad == f"bad: {folder / 'gone.mkv'}: cannot be read: No such file or directory"
    assert total == "3 files: 1 good, 1 flawed, 1 bad"


def test_a_folder_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_files([folder], None, as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["check"] * 3 + ["check.total"]
    assert [line["verdict"] for line in lines[:3]] == ["good", "flawed", "bad"]
    assert lines[3] == {"type": "check.total", "good": 1, "flawed": 1, "bad": 1}
    found = lines[1]["findings"][0]
    assert (found["level"], found["what"], found["seconds"]) == ("flaw", "offset", 1.0)
    assert lines[1]["recorded"]["stream"] == "alice"


def test_flawed_is_not_bad(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_files([folder / "a.ts", folder / "b.mkv"], None, as_json=False) is Exit.OK
    words = capsys.readouterr().out
    assert words.startswith(f"good: {folder / 'a.ts'}\n")
    assert f"\nflawed: {folder / 'b.mkv'}\n  flaw: the sound begins" in words
    assert "files:" not in words


def test_a_folder_without_takes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no takes in"):
        check_files([tmp_path], None, as_json=False)


def test_a_folder_is_not_compared_with_a_log(folder: Path) -> None:
    with pytest.raises(UsageError, match="--against"):
        check_files([folder], folder / "a.sent.jsonl", as_json=False)


HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def test_names_do_not_reach_the_terminal_as_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"{HOSTILE}.ts"
    file.write_bytes(b"no film")
    assert check_files([file], None, as_json=False) is Exit.USAGE
    assert check_files([tmp_path], None, as_json=False) is Exit.USAGE
    said = capsys.readouterr().out
    assert all(character.isprintable() or character == "\n" for character in said)
    check_files([file], None, as_json=True)
    line = capsys.readouterr().out
    assert line.rstrip("\n").isprintable()
    assert json.loads(line)["file"] == str(file)


def test_names_that_are_no_utf_8_are_said_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ts"))
    file.write_bytes(b"no film")
    for as_json in (False, True):
        assert check_files([file], None, as_json=as_json) is Exit.USAGE
        assert "caf" in capsys.readouterr().out

"""What ``roomdeck repair`` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.recording.leftovers import has_leftovers
from roomdeck.tui.commands.repair import repair_folder
from roomdeck.tui.exits import Exit

from ...core.recording.test_repair import VP8, Left


def test_a_line_per_file_that_was_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = Left(tmp_path, VP8, "mkv", seconds=2)
    assert has_leftovers(left.folder)
    assert repair_folder(left.folder, as_json=False) is Exit.OK
    done, total = capsys.readouterr().out.splitlines()
    assert done.startswith(f"{left.file.name} is complete: ")
    assert total == "1 file without an end, of which 1 complete now"
    assert not has_leftovers(left.folder)
    assert repair_folder(left.folder, as_json=False) is Exit.OK
    assert capsys.readouterr().out == "0 files without an end, of which 0 complete now\n"


def test_one_that_cannot_be_completed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = Left(tmp_path, VP8, "mkv", seconds=1)
    left.file.write_bytes(b"something else")
    assert repair_folder(left.folder, as_json=True) is Exit.USAGE
    line = json.loads(capsys.readouterr().out)
    assert (line["type"], line["take"]["reason"]) == ("repair", "interrupted")
    assert "stays as it was" in line["text"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the folder that"):
        repair_folder(tmp_path / "x", as_json=False)


def test_a_file_of_which_nobody_has_heard_is_something_that_was_left(tmp_path: Path) -> None:
    assert not has_leftovers(tmp_path)
    (tmp_path / "notes.mkv").touch()
    assert not has_leftovers(tmp_path)
    (tmp_path / "room_alice-sound_20200101-000000-2.mkv").touch()
    assert has_leftovers(tmp_path)

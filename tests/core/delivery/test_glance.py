"""A small picture of each take, whatever the files are."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.delivery.glance import glance, main
from roomdeck.core.recording.sidecar import load

from .stage import Act, perform


def test_each_take_with_a_picture_has_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 2.0)], "bob": [Act(0.0, 2.0, pictures=False)]})
    (path,) = tmp_path.glob("*.json")
    assert main(path) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = msgspec.json.decode(line)
    assert Path(said["file"]).exists()
    assert "alice" in said["file"]
    assert (said["width"], said["height"]) == (90, 54)
    assert len(base64.b64decode(said["rgb"])) == 3 * 90 * 54
    known = load(path)
    assert known is not None
    Path(said["file"]).write_bytes(b"nothing that decodes")
    take = next(one for one in known.takes if one.stream == "alice")
    assert glance(Path(said["file"]), take) is None
    assert glance(tmp_path / "gone.mkv", take) is None


def test_what_is_no_session_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{")
    assert main(tmp_path / "x.json") == 1
    assert main(tmp_path / "gone.json") == 0
    assert capsys.readouterr().out == ""

"""``roomdeck collect``: what is elsewhere is said to be, is brought, checked and delivered."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from roomdeck.core.collection.sources import Silent, Source
from roomdeck.core.config import ClusterConfig
from roomdeck.core.delivery.found import find_session
from roomdeck.core.model import Codec
from roomdeck.core.recording.sidecar import load
from roomdeck.tui.cli.program import app
from roomdeck.tui.commands import collect as command
from roomdeck.tui.commands.check import check_files
from roomdeck.tui.commands.collect import collect_takes
from roomdeck.tui.exits import Exit, Finished

from ...core.recording.films import save, take, timed, write_sidecar
from ...core.recording.media import audio, video


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session of which one take is here, and another one on a machine that is mounted."""
    images, tones = timed(video(Codec.H264)), timed(audio())
    here, there = tmp_path / "rec", tmp_path / "mnt"
    for place, name in ((here, "lab_a_20260101-120000.ts"), (there, "lab_b_20260101-120000.ts")):
        place.mkdir()
        save(place / name, images, tones)
    mine = take(here / "lab_a_20260101-120000.ts", images, tones)
    other = msgspec.structs.replace(
        take(there / "lab_b_20260101-120000.ts", images, tones),
        stream="bob",
        node="n1",
        file="/data/rec/lab_b_20260101-120000.ts",
        bytes=(there / "lab_b_20260101-120000.ts").stat().st_size,
    )
    write_sidecar(here, mine, other)
    return here


def test_what_is_elsewhere_is_not_missing_and_is_said_to_be_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_files([folder], None, as_json=False) is Exit.OK
    said = capsys.readouterr()
    assert said.out.endswith("1 files: 1 good, 0 flawed, 0 bad\n")
    assert "/data/rec/lab_b_20260101-120000.ts is on n1: `roomdeck collect` brings it" in said.err
    session = find_session(folder)
    assert [len(person.clips) for person in session.people] == [1]
    assert "is on n1" in session.left_out[0]


def test_what_was_collected_is_checked_and_delivered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect_takes([folder], [f"n1={folder.parent / 'mnt'}"], None, False) is Exit.OK
    brought, total = capsys.readouterr().out.splitlines()
    assert brought.startswith("lab_b_20260101-120000.ts: from n1, ")
    assert total == "1 file brought, 0 files left"
    assert check_files([folder], None, as_json=False) is Exit.OK
    assert capsys.readouterr().out.endswith("2 files: 2 good, 0 flawed, 0 bad\n")
    session = find_session(folder)
    assert session.left_out == ()
    clips = [clip for person in session.people for clip in person.clips]
    assert [clip.file.exists() for clip in clips] == [True, True]


def test_what_is_left_is_a_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect_takes([folder], [], None, True) is Exit.RECORDING_FAILED
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["type"], line["node"], line["sha256"]) == ("collect", "n1", "")
    assert line["path"] == "/data/rec/lab_b_20260101-120000.ts"
    assert "--from n1=PATH" in line["error"]


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"n1": Silent("n1", "it does not answer")}, "stays on n1, .*: it does not answer"),
        ({}, "stays on n1, which is not in the cluster"),
    ],
)
def test_what_a_node_of_a_cluster_does_not_send_stays_there_and_that_is_told(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    known: dict[str, Source],
    why: str,
) -> None:
    def opened(_: ClusterConfig | None) -> nullcontext[dict[str, Source]]:
        return nullcontext(known)

    monkeypatch.setattr(command, "_shelves", opened)
    where = ClusterConfig(address="n1:6379", token_file="")
    assert collect_takes([folder], [], None, False, where) is Exit.RECORDING_FAILED
    told, total = capsys.readouterr().out.splitlines()
    assert re.search(f"lab_b_20260101-120000.ts: it {why}.*--from n1=PATH", told)
    assert total == "0 files brought, 1 file left: 1 on n1"
    ways = [f"n1={folder.parent / 'mnt'}"]
    assert collect_takes([folder], ways, None, False, where) is Exit.OK


def test_it_is_a_command(folder: Path, tmp_path: Path) -> None:
    (path,) = folder.glob("*.json")
    words = [
        "collect",
        str(path),
        "--from",
        f"n1={tmp_path / 'mnt'}",
        "--into",
        str(tmp_path / "x"),
    ]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, Finished)
    assert result.exception.args == (Exit.OK,)
    known = load(tmp_path / "x" / path.name)
    assert known is not None
    assert [(one.node, Path(one.file).name == one.file) for one in known.takes] == [
        ("", True),
        ("", True),
    ]

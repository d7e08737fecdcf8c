"""The file that says what the takes are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.errors import RecordingError
from roomdeck.core.model import ClockPoint, Codec, EndReason, Kind, TakeSummary, VideoSummary
from roomdeck.core.recording.naming import open_mended_file, open_take_file
from roomdeck.core.recording.sidecar import (
    Merger,
    SessionInfo,
    Whereabouts,
    claim,
    ending,
    load,
    merge,
    of_node,
    of_session,
    place,
    sidecar_path,
)

SESSION = SessionInfo(room="lobby", server="wss://h.example:443", started=1000.0, version="1")


def take(folder: Path, name: str, reason: EndReason | None = None) -> TakeSummary:
    return TakeSummary(
        stream="alice",
        raw_id="alice/é",
        file=str(folder / name),
        started=1002.5,
        offset=2.5,
        video=VideoSummary(Codec.H264, 640, 360, 10),
        clocks={Kind.VIDEO: [ClockPoint(1002.5, 77, 0.0, None)]},
        reason=reason,
    )


def test_takes_are_added_and_replaced(tmp_path: Path) -> None:
    path = sidecar_path(tmp_path / "out", "lobby", 1000.0)
    merge(path, SESSION, [take(path.parent, "a.ts"), take(path.parent, "b.ts")])
    merge(path, SESSION, [take(path.parent, "a.ts", EndReason.BYE)])
    sidecar = load(path)
    assert sidecar is not None
    assert [(t.file, t.reason) for t in sidecar.takes] == [("a.ts", EndReason.BYE), ("b.ts", None)]
    assert sidecar.takes[0].raw_id == "alice/é"
    assert json.loads(path.read_bytes())["schema"] == 1
    assert json.loads(path.read_bytes())["takes"][0]["clocks"]["video"] == [[1002.5, 77, 0.0, None]]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007, 0o000])
def test_its_mode_follows_the_umask_as_that_of_the_takes_does(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "lobby.json"
    before = os.umask(umask)
    try:
        merge(path, SESSION, [take(tmp_path, "a.ts")])
        media, file = open_take_file(tmp_path, "lobby", "alice", 1000.0, "ts")
        file.close()
        aside, file = open_mended_file(media)
        file.close()
    finally:
        os.umask(before)
    modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
    assert modes.pop(".lobby.json.lock") == 0o600
    assert set(modes) == {"lobby.json", media.name, aside.name}
    assert set(modes.values()) == {0o666 & ~umask}


def test_sessions_of_the_same_second_have_files_of_their_own(tmp_path: Path) -> None:
    first = claim(tmp_path, "lobby", 1000.0)
    assert first == sidecar_path(tmp_path, "lobby", 1000.0)
    # Before the first has anything to write, and after.
    second = claim(tmp_path, "lobby", 1000.2)
    merge(first, SESSION, [take(tmp_path, "a.ts")])
    third = claim(tmp_path, "lobby", 1000.0)
    assert [path.stem.removeprefix(first.stem) for path in (second, third)] == ["-2", "-3"]
    assert load(second) is None


def test_a_sidecar_that_was_copied_here_is_not_taken(tmp_path: Path) -> None:
    copied = sidecar_path(tmp_path, "lobby", 1000.0)
    copied.write_text("{}")
    assert claim(tmp_path, "lobby", 1000.0).stem == f"{copied.stem}-2"


def test_a_folder_that_cannot_be_written_is_told_when_it_matters(tmp_path: Path) -> None:
    path = claim(tmp_path / "none", "lobby", 1000.0)
    assert path == sidecar_path(tmp_path / "none", "lobby", 1000.0)


def test_a_take_without_a_file_is_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    failed = take(tmp_path, "x")
    failed = type(failed)(stream="bob", raw_id="bob", file="", started=5, offset=1, error="full")
    merge(path, SESSION, [failed, take(tmp_path, "a.ts")])
    merge(path, SESSION, [failed])
    sidecar = load(path)
    assert sidecar is not None
    assert [t.file for t in sidecar.takes] == ["", "a.ts"]


def test_it_holds_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    session = SessionInfo(room="r", server="wss://me:hunter2@h.example/p?token=abc#x", started=0)
    merge(path, session, [])
    assert "hunter2" not in path.read_text()
    assert "abc" not in path.read_text()
    assert json.loads(path.read_text())["session"]["server"] == "wss://h.example/p"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"schema":1}',
        b'{"session":{"room":"r","server":"s","started":1},"takes":[{"file":1}]}',
    ],
)
def test_a_damaged_file_is_moved_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(damage)
    with pytest.raises(RecordingError):
        load(path)
    merge(path, SESSION, [take(tmp_path, "a.ts")])
    assert (tmp_path / "s.json.damaged1").read_bytes() == damage
    path.write_bytes(damage)
    merge(path, SESSION, [take(tmp_path, "a.ts")])
    assert (tmp_path / "s.json.damaged2").read_bytes() == damage
    assert load(path) is not None


def test_there_is_none_before_the_first_take(tmp_path: Path) -> None:
    assert load(tmp_path / "s.json") is None


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="cannot write"):
        merge(tmp_path / "file" / "s.json", SESSION, [])


_MERGER = """
import sys
from pathlib import Path
from tests.core.recording.test_sidecar import SESSION, take
from roomdeck.core.recording.naming import open_mended_file, open_take_file
from roomdeck.core.recording.sidecar import merge
path = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    merge(path, SESSION, [take(path.parent, f"{sys.argv[2]}-{number}.ts")])
"""


def test_processes_that_merge_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _MERGER, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        for name in "abc"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    sidecar = load(path)
    assert sidecar is not None
    assert {t.file for t in sidecar.takes} == {f"{n}-{i}.ts" for n in "abc" for i in range(25)}
    assert sorted(p.name for p in tmp_path.iterdir()) == [".s.json.lock", "s.json"]


def test_takes_that_are_known_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    merge(path, SESSION, [take(tmp_path, "a.ts")])
    written = json.loads(path.read_bytes())
    written["takes"][0]["of a newer version"] = [1]
    path.write_text(json.dumps(written))
    merge(path, SESSION, [take(tmp_path, "b.ts")])
    assert json.loads(path.read_bytes())["takes"][0] == written["takes"][0]


def files(path: Path) -> list[str]:
    sidecar = load(path)
    return [] if sidecar is None else [one.file for one in sidecar.takes]


def test_who_merges_again_and_again_reads_only_what_others_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.json"
    merger = Merger(path)
    merger.merge(SESSION, [take(tmp_path, "a.ts")])
    with monkeypatch.context() as patched:
        patched.delattr(Path, "read_bytes")
        merger.merge(SESSION, [take(tmp_path, "b.ts")])
    merge(path, SESSION, [take(tmp_path, "c.ts")])
    merger.merge(SESSION, [take(tmp_path, "d.ts")])
    assert files(path) == ["a.ts", "b.ts", "c.ts", "d.ts"]
    path.unlink()
    merger.merge(SESSION, [take(tmp_path, "e.ts")])
    assert files(path) == ["e.ts"]


def test_what_could_not_be_written_is_not_taken_for_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.json"
    merger = Merger(path)
    merger.merge(SESSION, [take(tmp_path, "a.ts")])
    with monkeypatch.context() as patched:
        patched.delattr(os, "replace")
        with pytest.raises(AttributeError):
            merger.merge(SESSION, [take(tmp_path, "b.ts")])
    merger.merge(SESSION, [take(tmp_path, "c.ts")])
    assert files(path) == ["a.ts", "c.ts"]


def test_all_of_it_is_in_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    for names in ([], ["a.ts"], ["b.ts", "c.ts"]):
        merge(path, SESSION, [take(tmp_path, name) for name in names])
        text = path.read_bytes()
        assert text == msgspec.json.format(text, indent=1)


def test_files_of_one_path_on_two_machines_are_two(tmp_path: Path) -> None:
    path = tmp_path / "lobby.json"
    merge(path, SESSION, [])
    gone = Whereabouts(file="/rec/a.ts", on="n1", to="s3://b/a.ts", removed=5.0)
    other = Whereabouts(file="/rec/a.ts", on="n2", to="s3://b/a-2.ts")
    place(path, [gone, other])
    # Of what is gone it may be heard late that it had been sent.
    place(path, [Whereabouts(file="/rec/a.ts", on="n1", to="s3://b/a.ts")])
    known = load(path)
    assert known is not None
    assert known.whereabouts == (gone, other)
    assert known.removed(tmp_path) == [gone]


def test_what_a_node_keeps_is_called_after_the_session_and_is_none(tmp_path: Path) -> None:
    path = sidecar_path(tmp_path, "lobby", 1000.0)
    kept = of_node(path, "box.2/x")
    assert kept.parent == path.parent
    assert kept.name.startswith(path.stem)
    assert kept.name.endswith(ending("box.2/x"))
    assert kept not in [*tmp_path.glob("*.json")]
    assert of_session(kept.name) == path.name
    assert of_node(path, "box.2_x") != kept

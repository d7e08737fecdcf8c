"""Names that strangers choose."""

from __future__ import annotations

import fcntl
import os
import re
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import RecordingError
from roomdeck.core.recording.naming import (
    is_held,
    open_take_file,
    safe_name,
    safe_prefix,
    timestamp,
)
from roomdeck.core.recording.sidecar import sidecar_path

ODD = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    " ",
    "/",
    "a/b",
    "a\\b",
    "a\0b",
    "a\nb",
    "-rf",
    "--help",
    ".hidden",
    "con",
    "NUL",
    "com1",
    "x" * 5000,
    "é" * 70,
    "日本語の配信者" * 10,
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    'a:b*c?d"e<f>g|h',
    "$(reboot)`id`;rm",
    "~root",
    "%2e%2e%2f",
    "\ud800",
    "a\tb\rc\x1b[31m",
]
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,86}\Z")

texts = st.text(max_size=300) | st.sampled_from(ODD) | st.text("ab/_-.é", max_size=8)


@pytest.mark.parametrize("raw", ["alice", "Xy12345", "a_b-c", "alice-screen", "A" * 80])
def test_a_plain_id_stays_as_it_is(raw: str) -> None:
    assert safe_name(raw) == raw


@pytest.mark.parametrize("raw", ODD)
def test_an_odd_id_is_made_safe(raw: str) -> None:
    assert NAME.match(safe_name(raw))
    assert safe_name(raw) != raw
    assert NAME.match(safe_prefix(raw))
    assert len(safe_prefix(raw)) <= 60


def test_odd_ids_are_all_distinct() -> None:
    assert len({safe_name(raw) for raw in ODD}) == len(ODD)


@given(texts)
def test_any_id_is_safe(raw: str) -> None:
    assert NAME.match(safe_name(raw))
    assert NAME.match(safe_prefix(raw))


@given(texts, texts)
def test_different_ids_have_different_names(a: str, b: str) -> None:
    assert (safe_name(a) == safe_name(b)) == (a == b)


@given(texts)
def test_no_id_passes_for_the_name_of_another(raw: str) -> None:
    name = safe_name(raw)
    assert name == raw or safe_name(name) != name


@pytest.mark.parametrize("raw", ODD)
def test_files_stay_in_their_folder(tmp_path: Path, raw: str) -> None:
    path, file = open_take_file(tmp_path / "out", raw, raw, 1_700_000_000, "mkv")
    file.close()
    assert list((tmp_path / "out").iterdir()) == [path]
    assert path.is_file()
    assert len(os.fsencode(path.name)) <= 200
    assert sidecar_path(tmp_path, raw, 0).parent == tmp_path


def test_the_name_has_prefix_stream_and_local_time(tmp_path: Path) -> None:
    path, file = open_take_file(tmp_path, "My room", "alice", 1_700_000_000.9, "ts")
    file.close()
    assert path == tmp_path / f"My_room_alice_{timestamp(1_700_000_000)}.ts"
    assert re.fullmatch(r"\d{8}-\d{6}", timestamp(1_700_000_000))


def test_a_file_that_exists_is_never_opened(tmp_path: Path) -> None:
    first, file = open_take_file(tmp_path, "room", "alice", 0, "ts")
    file.write(b"media")
    file.close()
    victim = tmp_path / "victim"
    base = first.name.removesuffix(".ts")
    (tmp_path / f"{base}-2.ts").symlink_to(victim)
    (tmp_path / f"{base}-3.ts").mkdir()
    path, file = open_take_file(tmp_path, "room", "alice", 0, "ts")
    file.close()
    assert path.name == f"{base}-4.ts"
    assert first.read_bytes() == b"media"
    assert not victim.exists()


def test_takes_that_begin_at_once_never_share_a_file(tmp_path: Path) -> None:
    paths: list[Path] = []
    barrier = threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        for _ in range(20):
            path, file = open_take_file(tmp_path, "room", "alice", 0, "ts")
            file.close()
            paths.append(path)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == len(list(tmp_path.iterdir())) == 160


def test_a_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="check that the folder exists"):
        open_take_file(tmp_path / "file", "room", "alice", 0, "ts")


def test_who_may_not_write_a_file_can_ask_whether_somebody_does() -> None:
    runs = Path(sys.executable).resolve()  # which nobody may write as long as it does
    with pytest.raises(OSError, match="busy"):
        runs.open("rb+")
    assert not is_held(runs)


def test_two_that_look_at_once_do_not_take_each_other_for_its_writer(tmp_path: Path) -> None:
    path, file = open_take_file(tmp_path, "room", "alice", 0.0, "mkv")
    assert is_held(path)
    file.close()
    with path.open("rb+") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)  # as is_held has it while it looks
        assert not is_held(path)

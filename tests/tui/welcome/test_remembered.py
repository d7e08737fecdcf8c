"""Recent rooms are there the next time, or they are not; that costs nothing else."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.atomic import replace_file
from roomdeck.tui.welcome.model.recents import Recent
from roomdeck.tui.welcome.remembered import VERSION, forget, read_recents, remember

LAB = Recent(name="lab", room="lab", server="ws://x", lacks=("password",), last=5.0)


def test_rooms_come_back_and_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "state" / "recent.json"
    other = Recent(name="other", room="other")
    remember(file, LAB)
    remember(file, other)
    assert read_recents(file) == (other, LAB)
    assert file.stat().st_mode & 0o777 == 0o600
    forget(file, other)
    assert read_recents(file) == (LAB,)


def test_two_that_are_forgotten_at_once_do_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "recent.json", Recent(name="other", room="other")
    remember(file, LAB)
    remember(file, other)
    writes, go_on = threading.Event(), threading.Event()

    def slow(path: Path, data: bytes, mode: int) -> None:
        if not writes.is_set():
            writes.set()
            go_on.wait(10)
        replace_file(path, data, mode)

    monkeypatch.setattr("roomdeck.tui.welcome.remembered.replace_file", slow)
    first, second = (threading.Thread(target=forget, args=(file, one)) for one in (LAB, other))
    first.start()
    assert writes.wait(10)
    second.start()
    second.join(0.2)
    go_on.set()
    first.join()
    second.join()
    assert read_recents(file) == ()


def test_what_another_process_remembers_meanwhile_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.tui.welcome.remembered.PATIENCE", 60.0)
    file, other = tmp_path / "recent.json", Recent(name="other", room="other")
    remember(tmp_path / "theirs.json", other)
    with (tmp_path / ".recent.json.lock").open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        ours = threading.Thread(target=remember, args=(file, LAB))
        ours.start()
        ours.join(0.2)
        (tmp_path / "theirs.json").replace(file)
    ours.join()
    assert read_recents(file) == (LAB, other)


def test_who_is_stopped_while_writing_keeps_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomdeck.tui.welcome.remembered.PATIENCE", 0.0)
    with (tmp_path / ".recent.json.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        remember(tmp_path / "recent.json", LAB)
    assert read_recents(tmp_path / "recent.json") == (LAB,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"version": 1, "recent": [{"name": "\xff", "room": "r"}]}',
        b"[]",
        b'{"version": 1, "recent": 3}',
        b"\xff",
        b'{"recent": [{}]}',
        b"[" * 99999,
    ],
)
def test_a_damaged_file_says_nothing_and_is_replaced(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "recent.json"
    file.write_bytes(data)
    assert read_recents(file) == ()
    remember(file, LAB)
    assert read_recents(file) == (LAB,)


def test_the_file_of_a_later_version_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "recent.json"
    later = msgspec.json.encode({"version": VERSION + 1, "recent": {"by": "name"}})
    file.write_bytes(later)
    assert read_recents(file) == ()
    remember(file, LAB)
    assert file.read_bytes() == later


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    remember(tmp_path / "state" / "recent.json", LAB)
    assert read_recents(tmp_path / "state" / "recent.json") == ()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "recent.json")
    assert read_recents(tmp_path / "recent.json") == ()

"""What is told outlives the engine that told it, and is bounded."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from roomdeck.core.ipc import journal_file
from roomdeck.core.ipc.journal_file import JournalFile, Kept, read
from roomdeck.core.model import Event

SESSION = "/rec/stage.json"


def event(seq: int, text: str = "") -> Event:
    return Event(seq=seq, time=1000.0 + seq, elapsed=float(seq), type="marker", text=text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def numbers(path: Path, session: str = SESSION) -> list[int]:
    return [event.seq for event in read(path, session).events]


def test_another_engine_of_the_session_goes_on(path: Path) -> None:
    first = JournalFile(path, SESSION)
    for seq in (1, 2):
        first.append(event(seq), ())
    kept = read(path, SESSION)
    assert kept == Kept(first.id, (event(1), event(2)))
    JournalFile(path, SESSION, kept.id).append(event(3), ())
    assert numbers(path) == [1, 2, 3]
    assert read(path, SESSION).id == first.id
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_session_begins_anew(path: Path) -> None:
    JournalFile(path, SESSION).append(event(1), ())
    assert read(path, "/rec/other.json") == Kept()
    JournalFile(path, "/rec/other.json").append(event(1), ())
    assert numbers(path, "/rec/other.json") == [1]
    assert read(path, SESSION).events == (event(1),)  # that one's file is the older one now


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_a_kill_cut_off_costs_no_other(path: Path, cut: int) -> None:
    first = JournalFile(path, SESSION)
    first.append(event(1), ())
    first.append(event(2, "never told"), ())
    path.write_bytes(path.read_bytes()[:-cut])
    kept = read(path, SESSION)
    assert kept.events == (event(1),)
    JournalFile(path, SESSION, kept.id).append(event(2), ())
    assert read(path, SESSION).events == (event(1), event(2))


def test_it_is_bounded_and_carries_on_what_is_not_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "FULL", 4000)
    file = JournalFile(path, SESSION)
    file.append(event(1), ())
    for seq in range(2, 300):
        file.append(event(seq), [event(1)])
    found = numbers(path)
    assert found[0] == 1
    assert found[1:] == list(range(found[1], 300))
    assert 20 < len(found) < 100
    assert sum(one.stat().st_size for one in path.parent.iterdir()) <= 8000
    # And so does one that takes over.
    JournalFile(path, SESSION, file.id).append(event(300), [event(1)])
    assert numbers(path) == [*found, 300]


def test_a_kill_between_two_files_loses_nothing(path: Path) -> None:
    file = JournalFile(path, SESSION)
    file.append(event(1), ())
    path.rename(path.with_suffix(".older"))
    assert numbers(path) == [1]
    JournalFile(path, SESSION, file.id).append(event(2), ())
    assert numbers(path) == [1, 2]


def test_what_cannot_be_kept_begins_anew_and_is_said_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = JournalFile(path, SESSION)
    file.append(event(1), ())

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(journal_file.os, "write", full)
        for seq in (2, 3):
            file.append(event(seq), ())
    assert len(caplog.records) == 1
    # Its numbers are not given to others.
    assert read(path, SESSION) == Kept()
    file.append(event(4), [event(1)])
    assert read(path, SESSION) == Kept(file.id, (event(1), event(4)))


@pytest.mark.parametrize("damaged", [b"", b"[", b"\xff\n{}", b'{"a":' + b"[" * 10_000])
def test_what_is_damaged_is_nothing(path: Path, damaged: bytes) -> None:
    path.write_bytes(damaged)
    assert read(path, SESSION) == Kept()
    JournalFile(path, SESSION).append(event(1), ())
    assert numbers(path) == [1]

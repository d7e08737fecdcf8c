"""Paths, lock and writer: what an engine has on the disk."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.core.engine.lock import hold_lock
from roomdeck.core.engine.records.session import check_output
from roomdeck.core.engine.records.sidecar_writer import SidecarWriter
from roomdeck.core.errors import ControlError, UsageError
from roomdeck.core.ipc import room_folder
from roomdeck.core.ipc.room_folder import EngineInfo, RoomFolder, room_folders, runtime_directory
from roomdeck.core.model import EndReason, TakeSummary
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.place import Place

from ...sessions import session
from ..room.room_lab import take

ROOM = RoomConfig(room="lab", server="ws://x")


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(room_folder.RUNTIME_VARIABLE, str(tmp_path / "run"))
    return tmp_path / "run"


def test_the_runtime_directory_is_the_chosen_else_the_sessions_else_a_temporary_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(room_folder.RUNTIME_VARIABLE, "/chosen")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert runtime_directory() == Path("/chosen")
    monkeypatch.delenv(room_folder.RUNTIME_VARIABLE)
    assert runtime_directory() == Path("/run/user/7/roomdeck")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_directory().name == f"roomdeck-{os.getuid()}"


def test_a_room_has_a_folder_for_this_user_only(runtime: Path) -> None:
    folder = RoomFolder.of(ROOM)
    folder.create()
    folder.create()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert [one.path for one in room_folders()] == [folder.path]


def test_rooms_that_differ_in_anything_have_folders_of_their_own(runtime: Path) -> None:
    rooms = [
        ROOM,
        RoomConfig(room="lab2", server="ws://x"),
        RoomConfig(room="lab", server="ws://y"),
        RoomConfig(room="lab", server="ws://x", password="secret"),
        RoomConfig(room="lab", server="ws://x", salt="pepper"),
    ]
    assert len({RoomFolder.of(room).path for room in rooms}) == len(rooms)
    assert "secret" not in str(RoomFolder.of(rooms[3]).path)


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_can_write_is_refused(runtime: Path, mode: int) -> None:
    runtime.mkdir()
    runtime.chmod(mode)
    with pytest.raises(UsageError, match="can be written by somebody else"):
        RoomFolder.of(ROOM).create()
    assert room_folders() == []


def test_a_folder_of_somebody_else_is_refused(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: runtime.stat().st_uid + 1)
    with pytest.raises(UsageError, match="somebody else"):
        RoomFolder.of(ROOM).create()
    assert room_folders() == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a link of somebody else")
def test_a_link_that_somebody_else_could_turn_is_refused(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    runtime.symlink_to(tmp_path / "mine")
    os.chown(runtime, 12345, 12345, follow_symlinks=False)
    with pytest.raises(UsageError, match="somebody else"):
        RoomFolder.of(ROOM).create()


def test_a_path_that_is_too_long_for_a_socket_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(room_folder.RUNTIME_VARIABLE, str(tmp_path / ("x" * 100)))
    with pytest.raises(UsageError, match="too long for a socket"):
        RoomFolder.of(ROOM).create()


def test_a_runtime_folder_that_cannot_be_made_is_refused(runtime: Path) -> None:
    runtime.write_text("a file")
    with pytest.raises(UsageError, match=f"set {room_folder.RUNTIME_VARIABLE}"):
        RoomFolder.of(ROOM).create()


def test_the_card_is_read_as_it_was_written_or_not_at_all(runtime: Path) -> None:
    folder = RoomFolder.of(ROOM)
    folder.create()
    assert folder.read_card() is None
    info = EngineInfo("lab", "ws://x", 123, 4.5, "/out")
    folder.write_card(info)
    assert folder.read_card() == info
    for damaged in (b"{", b'{"room":"\xff"}'):
        folder.card.write_bytes(damaged)
        assert folder.read_card() is None


def test_workers_are_known_by_their_sockets(runtime: Path) -> None:
    folder = RoomFolder.of(ROOM)
    folder.create()
    for name in ("worker-2.sock", "worker-10.sock", "worker-1.log", "worker-x.sock", "engine.sock"):
        (folder.path / name).touch()
    assert folder.workers() == [2, 10]


def test_one_engine_at_a_time(runtime: Path) -> None:
    folder = RoomFolder.of(ROOM)
    folder.create()
    with hold_lock(folder), pytest.raises(ControlError, match="already"), hold_lock(folder):
        raise AssertionError("two engines")
    with hold_lock(folder):
        pass


# ── the writer ───────────────────────────────────────────────────────────────────────────


class Book:
    """A writer over a sidecar in a folder, and what it says it wrote."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lab.json"
        self.written: list[str] = []
        self.writer = SidecarWriter(session(folder, self.path), self._note)

    async def _note(self, files: tuple[str, ...]) -> None:
        self.written += files

    async def enter(self, *takes: TakeSummary) -> None:
        task = asyncio.create_task(self.writer.run())
        for one in takes:
            self.writer.enter(one)
        await asyncio.wait_for(self.writer.finish(), 30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def reasons(self) -> list[EndReason | None]:
        found = sidecar.load(self.path)
        return [one.reason for one in found.takes] if found else []


async def test_takes_go_into_the_sidecar_and_only_ended_ones_are_acknowledged(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    await book.enter(take(), take("bob", "/out/b.mkv"), take(reason=EndReason.BYE))
    assert book.reasons() == [EndReason.BYE, None]
    assert book.written == ["/out/a.ts"]


async def test_what_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    book = Book(tmp_path / "folder")
    (tmp_path / "folder").write_text("in the way")
    await book.enter(take(reason=EndReason.BYE))
    assert book.written == []
    (tmp_path / "folder").unlink()
    await book.enter(take("bob", "/out/b.mkv", reason=EndReason.BYE))
    assert book.reasons() == [EndReason.BYE, EndReason.BYE]
    assert sorted(book.written) == ["/out/a.ts", "/out/b.mkv"]


async def test_what_was_entered_is_said_when_it_is_written_or_cannot_be(tmp_path: Path) -> None:
    book = Book(tmp_path / "folder")
    said: list[tuple[str, list[EndReason | None]]] = []
    task = asyncio.create_task(book.writer.run())
    (tmp_path / "folder").write_text("in the way")
    book.writer.enter(take(reason=EndReason.BYE), lambda: said.append(("one", [])))
    await book.writer.finish()
    (tmp_path / "folder").unlink()
    for name in ("two", "three"):
        entry = take(name, f"/out/{name}.ts", reason=EndReason.STOPPED)
        book.writer.enter(entry, lambda name=name: said.append((name, book.reasons())))
    await book.writer.finish()
    task.cancel()
    both = [EndReason.BYE, EndReason.STOPPED, EndReason.STOPPED]
    assert said == [("one", []), ("two", both), ("three", both)]


async def test_no_sidecar_is_made_where_the_disk_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(tmp_path)

    def gone(place: Place, folder: str) -> str:
        return f"the disk of {folder} is gone"

    monkeypatch.setattr(Place, "objection", gone)
    await book.enter(take(reason=EndReason.BYE))
    assert os.listdir(tmp_path) == []
    monkeypatch.undo()
    await book.enter(take("bob", "/out/b.mkv", reason=EndReason.BYE))
    assert book.reasons() == [EndReason.BYE, EndReason.BYE]


def test_a_folder_that_could_not_be_the_output_folder_is_told_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    check_output(str(tmp_path / "new" / "rec"))
    assert not (tmp_path / "new").exists()
    for inside in ("file", "file/rec"):
        with pytest.raises(UsageError, match=r"cannot make the output folder .*: Not a directory"):
            check_output(str(tmp_path / inside))

    def nobody(path: object, mode: int) -> bool:
        return False

    monkeypatch.setattr(os, "access", nobody)
    with pytest.raises(UsageError, match="cannot be written; choose another"):
        check_output(str(tmp_path))
    with pytest.raises(UsageError, match=r"cannot make the output folder .*: Permission denied"):
        check_output(str(tmp_path / "new"))

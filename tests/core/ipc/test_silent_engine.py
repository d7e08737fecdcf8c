"""An engine that hangs: told from none, and its workers let be."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomdeck.core.errors import ControlError, SilentError
from roomdeck.core.ipc import control_client
from roomdeck.core.ipc.control_client import find_engine, look_round
from roomdeck.core.ipc.orphans import orphans
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, EngineInfo, RoomFolder
from roomdeck.core.ipc.silent_engine import end_silent, listener
from roomdeck.tui.commands.running import show_status


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoomFolder]:
    monkeypatch.setattr(control_client, "ANSWERS", 0.1)
    with tempfile.TemporaryDirectory(prefix="rd-") as made:
        monkeypatch.setenv(RUNTIME_VARIABLE, made)
        folder = RoomFolder(Path(made) / "room")
        folder.create()
        folder.write_card(EngineInfo("lab", "ws://x", 0, 1.0, "out"))
        yield folder


def _listen(path: Path) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    one.bind(str(path))
    one.listen()
    one.setblocking(False)
    return one


async def test_it_is_said_to_hang(folder: RoomFolder) -> None:
    with _listen(folder.control_socket):
        assert (await look_round("lab")).silent != []
        with pytest.raises(SilentError, match="the engine of room lab does not answer"):
            await find_engine("lab")
        with pytest.raises(SilentError, match="Its workers record on"):
            await show_status(None, as_json=False)
        with pytest.raises(ControlError, match="room other is not being recorded"):
            await show_status("other", as_json=False)


async def test_nobody_cuts_its_workers_off(folder: RoomFolder) -> None:
    with _listen(folder.control_socket), _listen(folder.worker_socket(1)) as worker:
        assert await orphans(None) == []
        with pytest.raises(BlockingIOError):
            worker.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody knows there who listens")
def test_it_is_known_which_process_it_is(folder: RoomFolder) -> None:
    assert listener(folder.control_socket) is None
    with _listen(folder.control_socket):
        assert listener(folder.control_socket) == os.getpid()
    assert listener(folder.control_socket) is None


async def test_where_nobody_listens_nobody_is_ended(folder: RoomFolder) -> None:
    _listen(folder.control_socket).close()
    assert not await end_silent(folder)

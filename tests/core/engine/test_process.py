"""Of the engines of a room the one that a person starts has it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.lock import hold_lock
from roomdeck.core.engine.process import LOOK, Engine
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import control_client
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder

ROOM = RoomConfig(room="lab", server="ws://127.0.0.1:1", password=None)
CONFIG = RecordConfig(room=ROOM, output="nowhere", prefix="lab")
HUNG = """
import fcntl, socket, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
one = socket.socket(socket.AF_UNIX)
one.bind(sys.argv[2])
one.listen()
print("hangs", flush=True)
time.sleep(600)
"""
"""Has a room, and answers nobody."""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoomFolder]:
    with tempfile.TemporaryDirectory(prefix="rd-") as made:
        monkeypatch.setenv(RUNTIME_VARIABLE, made)
        folder = RoomFolder.of(CONFIG.room)
        folder.create()
        yield folder


async def test_an_heir_that_is_not_up_yet_is_waited_for(folder: RoomFolder) -> None:
    with hold_lock(folder):
        locking = asyncio.create_task(Engine(CONFIG)._lock())  # pyright: ignore[reportPrivateUsage]
        await asyncio.wait({locking}, timeout=3 * LOOK)
        assert not locking.done()
    with await locking, pytest.raises(ControlError), hold_lock(folder):
        pass


async def test_one_that_does_not_give_way_keeps_the_room(folder: RoomFolder) -> None:
    async def refuse(_: Request | News) -> str:
        raise ControlError("a person started this one")

    server = ControlServer(Journal(), refuse)
    await server.open(folder.control_socket)
    with hold_lock(folder), pytest.raises(ControlError, match="recorded already"):
        await Engine(CONFIG)._lock()  # pyright: ignore[reportPrivateUsage]
    await server.close(0)


async def test_an_heir_gives_way_itself(folder: RoomFolder) -> None:
    with hold_lock(folder), pytest.raises(ControlError, match="recorded already"):
        await Engine(CONFIG, heir=True)._lock()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.skipif(sys.platform != "linux", reason="nobody knows there who listens")
@pytest.mark.parametrize("heir", [False, True])
async def test_one_that_hangs_is_ended(
    folder: RoomFolder, monkeypatch: pytest.MonkeyPatch, heir: bool
) -> None:
    monkeypatch.setattr(control_client, "ANSWERS", 0.2)
    words = [sys.executable, "-c", HUNG, str(folder.lock), str(folder.control_socket)]
    hung = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert hung.stdout is not None
    await hung.stdout.readline()
    try:
        with await Engine(CONFIG, heir=heir)._lock():  # pyright: ignore[reportPrivateUsage]
            assert await hung.wait() == -signal.SIGKILL
    finally:
        with contextlib.suppress(ProcessLookupError):
            hung.kill()
        await hung.wait()

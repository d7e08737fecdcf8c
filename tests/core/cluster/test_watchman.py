"""Another engine, where one died together with its bridge."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster import watchman
from roomdeck.core.cluster.watchman import Kept, Watchman, leave_behind
from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.ipc.room_folder import EngineInfo, RoomFolder

CONFIG = RecordConfig(
    room=RoomConfig(room="lab", server="ws://x", password="secret"), output="/out", prefix="lab"
)


@pytest.fixture
def gone() -> int:
    """A process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def card(folder: Path, pid: int) -> None:
    RoomFolder(folder).write_card(EngineInfo("lab", "ws://x", pid, 0.0, "/out"))


async def test_where_an_engine_died_another_one_is_had(tmp_path: Path, gone: int) -> None:
    card(tmp_path, gone)
    kept = Kept(str(tmp_path), gone, CONFIG)
    asked: asyncio.Queue[Kept] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def succeed(known: Kept) -> None:
        loop.call_soon_threadsafe(asked.put_nowait, known)

    one = Watchman(succeed)
    one.inherit(kept)
    assert await asyncio.wait_for(asked.get(), 10) == kept


def test_one_that_lives_or_ended_in_order_is_followed_by_none(tmp_path: Path, gone: int) -> None:
    card(tmp_path, os.getpid())
    assert not watchman.died(Kept(str(tmp_path), os.getpid(), CONFIG))
    assert not watchman.died(Kept(str(tmp_path), gone, CONFIG)), "another one has the room by now"
    assert not watchman.died(Kept(str(tmp_path / "none"), gone, CONFIG)), "it ended in order"
    card(tmp_path, gone)
    assert watchman.died(Kept(str(tmp_path), gone, CONFIG))


def test_what_has_another_one_is_told_in_its_input_and_finds_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    (tmp_path / "heard.py").write_text(
        "import os, sys\n"
        f"open({str(told) + '.new'!r}, 'w').write("
        "'\\n'.join((os.environ['ROOMDECK_RUNTIME_DIR'], sys.argv[1], sys.stdin.read())))\n"
        f"os.rename({str(told) + '.new'!r}, {str(told)!r})\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(watchman, "_SUCCESSOR", "heard")
    room = tmp_path / "run" / "room"
    room.mkdir(parents=True)
    leave_behind(Kept(str(room), 1, CONFIG))
    until = time.monotonic() + 20
    while not told.exists() and time.monotonic() < until:
        time.sleep(0.01)
    base, name, config = told.read_text().split("\n", 2)
    assert (base, name) == (str(room.parent), "room")
    assert msgspec.json.decode(config, type=RecordConfig) == CONFIG

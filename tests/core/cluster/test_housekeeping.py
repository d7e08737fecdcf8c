"""What is known on a node of the engine of a room, and how one is started there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster import housekeeping
from roomdeck.core.cluster.engines import EngineState
from roomdeck.core.config import ClusterConfig, RecordConfig, RoomConfig
from roomdeck.core.ipc.room_folder import EngineInfo, RoomFolder
from roomdeck.core.ipc.runtime_folder import RUNTIME_VARIABLE

ROOM = RoomConfig(room="lab", server="ws://x")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RoomFolder:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    found = RoomFolder.of(ROOM)
    found.create()
    return found


def test_one_that_died_leaves_its_card_and_one_that_ended_does_not(folder: RoomFolder) -> None:
    room = folder.path.name
    assert housekeeping.engine(room).state is EngineState.ENDED
    folder.write_card(EngineInfo("lab", "ws://x", os.getpid(), 1.0, "/out"))
    up = housekeeping.engine(room)
    assert (up.state, up.pid) == (EngineState.UP, os.getpid())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder.write_card(EngineInfo("lab", "ws://x", gone.pid, 1.0, "/out"))
    assert housekeeping.engine(room).state is EngineState.AWAY


async def test_why_none_came_up_is_what_it_said_last(
    folder: RoomFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "none"))
    folder.engine_log.write_text("of a time before\n")
    config = RecordConfig(
        room=ROOM,
        output=str(tmp_path / "out"),
        prefix="lab",
        cluster=ClusterConfig(address="127.0.0.1:1", token_file="/elsewhere"),
    )
    card = await housekeeping.start_engine(config)
    assert card.state is EngineState.AWAY
    assert "none" in card.said, "the token is where this node has its own"
    assert "of a time before" not in card.said
    assert msgspec.json.encode(card)

"""What workers report of their load reaches people: a whole engine around a fake worker."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.engine.process import Engine
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE
from roomdeck.core.model import Event, ReceivePath, RoomSnapshot

FAKE = Path(__file__).with_name("fake_worker.py")
LOAD: dict[str, Any] = {"cpu": 0.5, "late": 0.75, "memory": 80_000_000, "waiting": 9}
STATUS = worker_messages.Status(
    (worker_messages.StreamStatus(peer="p", stream="alice", wanted=True, drops=3),),
    worker_messages.Load(path=ReceivePath.PLAIN, path_reason="asked for", **LOAD),
)


async def test_load_drops_and_path_become_a_snapshot_and_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    monkeypatch.setenv("ROOMDECK_FAKE_STATUS", worker_messages.encode(STATUS))
    real = asyncio.create_subprocess_exec

    async def start(program: str, *words: str, **options: Any) -> asyncio.subprocess.Process:
        return await real(sys.executable, str(FAKE), *words[2:], **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    events: list[Event] = []
    shown: asyncio.Queue[RoomSnapshot] = asyncio.Queue()
    config = RecordConfig(
        room=RoomConfig(room="lab", server="ws://127.0.0.1:1"),
        output=str(tmp_path / "out"),
        prefix="lab",
    )
    engine = Engine(config, events.append, shown.put_nowait)
    running = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(20):
            snapshot = await shown.get()
            while not any(worker.memory for worker in snapshot.workers):
                snapshot = await shown.get()
            while not {"worker.plain", "alarm.begin"} <= {event.type for event in events}:
                await shown.get()
    finally:
        engine.stop()
        await running

    (worker,) = snapshot.workers
    assert worker.path is ReceivePath.PLAIN
    assert {name: getattr(worker, name) for name in LOAD} == LOAD
    warnings = [event for event in events if event.type == "warning" and "drop" in event.text]
    assert [(event.stream, event.data) for event in warnings] == [("alice", {"drops": 3})]
    alarms = [event.data for event in events if event.type == "alarm.begin"]
    assert [(alarm["alarm"], alarm["worker"]) for alarm in alarms] == [("worker-late", 1)]

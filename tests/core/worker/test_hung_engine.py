"""An engine that takes nothing any more has to be followed by another one."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import unix_serve

from roomdeck.core.ipc import worker_messages
from roomdeck.core.worker import process
from roomdeck.core.worker.process import Worker

MORE = 200
"""Messages, each of which is more than a part of what a socket holds."""


async def test_its_link_ends_though_what_it_was_told_before_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "TAKEN", 0.1)
    worker = Worker(1)
    known = vars(worker)
    with tempfile.TemporaryDirectory(prefix="rd-") as folder:
        socket = str(Path(folder) / "w.sock")
        async with (
            unix_serve(vars(Worker)["_serve_engine"].__get__(worker), socket),
            unix_connect(socket, close_timeout=0, compression=None) as engine,
        ):
            await engine.recv()
            engine.transport.pause_reading()
            for _ in range(MORE):
                vars(Worker)["_tell"](worker, worker_messages.Notice("alice", "x" * 10_000))
            async with asyncio.timeout(10):
                await known["_heard"].wait()
            assert known["_engine"] is None
            engine.transport.abort()

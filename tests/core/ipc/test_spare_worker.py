from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect

from roomdeck.core.ipc import spare_worker, worker_messages
from roomdeck.core.ipc.runtime_folder import RUNTIME_VARIABLE

PATIENCE = 60


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))


async def test_a_spare_worker_serves_where_it_is_told_to(tmp_path: Path) -> None:
    spare_worker.start()
    worker = spare_worker.claim()
    assert worker is not None
    assert spare_worker.claim() is None, "it is ours"
    socket, log = tmp_path / "worker-7.sock", tmp_path / "worker-7.log"
    assert await asyncio.wait_for(worker.begin(socket, 7, log), PATIENCE)
    async with unix_connect(str(socket), proxy=None) as engine:
        hello = worker_messages.decode_from_worker(await engine.recv())
        assert isinstance(hello, worker_messages.Hello)
        assert (hello.worker, hello.pid) == (7, worker.pid)
        await engine.send(worker_messages.encode(worker_messages.Shutdown()))
        assert await asyncio.wait_for(worker.wait(), PATIENCE) == 0
    assert not socket.exists()
    assert log.read_bytes() == b""


async def test_a_spare_worker_that_nobody_needs_leaves(tmp_path: Path) -> None:
    spare_worker.start()
    worker = spare_worker.claim()
    assert worker is not None
    await asyncio.wait_for(asyncio.to_thread(worker.dismiss), PATIENCE)
    assert worker.returncode == 0
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_a_spare_worker_that_died_serves_nobody(tmp_path: Path) -> None:
    spare_worker.start()
    worker = spare_worker.claim()
    assert worker is not None
    worker.kill()
    await asyncio.wait_for(worker.wait(), PATIENCE)
    assert not await worker.begin(tmp_path / "s", 1, tmp_path / "l")

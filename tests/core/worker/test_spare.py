from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect

from roomdeck.core.runtime import RUNTIME_VARIABLE
from roomdeck.core.worker import link, spare

PATIENCE = 60


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))


async def test_a_spare_worker_serves_where_it_is_told_to(tmp_path: Path) -> None:
    spare.start()
    worker = spare.take()
    assert worker is not None
    assert spare.take() is None, "it is ours"
    socket, log = tmp_path / "worker-7.sock", tmp_path / "worker-7.log"
    assert await asyncio.wait_for(worker.begin(socket, 7, log), PATIENCE)
    async with unix_connect(str(socket), proxy=None) as engine:
        hello = link.decode_from_worker(await engine.recv())
        assert isinstance(hello, link.Hello)
        assert (hello.worker, hello.pid) == (7, worker.pid)
        await engine.send(link.encode(link.Shutdown()))
        assert await asyncio.wait_for(worker.wait(), PATIENCE) == 0
    assert not socket.exists()
    assert log.read_bytes() == b""


async def test_a_spare_worker_that_nobody_needs_leaves(tmp_path: Path) -> None:
    spare.start()
    worker = spare.take()
    assert worker is not None
    await asyncio.wait_for(asyncio.to_thread(worker.dismiss), PATIENCE)
    assert worker.returncode == 0
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_a_spare_worker_that_died_serves_nobody(tmp_path: Path) -> None:
    spare.start()
    worker = spare.take()
    assert worker is not None
    worker.kill()
    await asyncio.wait_for(worker.wait(), PATIENCE)
    assert not await worker.begin(tmp_path / "s", 1, tmp_path / "l")

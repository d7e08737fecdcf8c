"""Reaching a worker at its socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, unix_serve

from roomdeck.core.engine.workers.socket_link import connect

_PATIENCE = 10.0


async def test_who_gives_up_on_a_worker_that_says_nothing_leaves_no_connection(
    tmp_path: Path,
) -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def silent(connection: ServerConnection) -> None:
        # Who answers has its side of the connection.
        await (await connection.ping())
        reached.set()
        await connection.wait_closed()
        left.set()

    async with asyncio.timeout(_PATIENCE), unix_serve(silent, str(tmp_path / "worker")):
        connecting = asyncio.create_task(connect(tmp_path / "worker"))
        await reached.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        await left.wait()

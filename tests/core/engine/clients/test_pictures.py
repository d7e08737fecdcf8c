"""Pictures through the control socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomdeck.core.engine.clients.control_server import ControlServer
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.control_messages import News, Request
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Picture

PICTURE = Picture(2, 2, bytes(range(12)), 3.0)


async def test_a_picture_comes_whole_and_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    decoded = asyncio.Event()

    async def command(request: Request | News) -> str | Picture:
        assert isinstance(request, Request)
        if request.command != "still":
            return "done"
        if request.streams == ("nobody",):
            raise ControlError("no stream called nobody")
        await decoded.wait()
        return PICTURE if request.streams == ("alice",) else "there is no key frame yet"

    folder = RoomFolder(tmp_path / "room")
    folder.create()
    server = ControlServer(Journal(), command)
    await server.open(folder.control_socket)
    async with asyncio.timeout(10), await ControlClient.connect(folder) as client:
        slow = asyncio.create_task(client.still("alice"))
        empty = asyncio.create_task(client.still("bob"))
        await asyncio.sleep(0)
        assert await client.command("stop", ("alice",)) == "done"
        assert not slow.done()
        decoded.set()
        assert await slow == PICTURE
        assert await empty is None
        with pytest.raises(ControlError, match="nobody"):
            await client.still("nobody")
    await server.close(1.0)

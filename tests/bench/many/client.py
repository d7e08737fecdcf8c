"""``python -m tests.bench.many.client FOLDER``: follows an engine, and shows nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RoomFolder


async def main(folder: Path) -> None:
    async with await ControlClient.connect(RoomFolder(folder)) as client:
        async for _ in client.updates():
            pass


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

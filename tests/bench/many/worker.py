"""``python -m tests.bench.many.worker --node HERE SOCKET NUMBER``: a worker that receives nothing.

As a real one it is started by a supervisor, found by its card, and spoken with by who knows the
token. It ends as soon as an engine leaves it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec
from websockets.asyncio.server import ServerConnection

from roomdeck.core.cluster.cards import Here
from roomdeck.core.cluster.door import door

from .world import Worker


async def main(here: Here, socket: Path, number: int) -> None:
    """Serve an engine until it leaves."""
    worker = Worker(socket.parent, number)
    left = asyncio.Event()

    async def serve(engine: ServerConnection) -> None:
        await worker.serve(engine)
        left.set()

    async with door(here, socket, number, os.getpid(), serve):
        timekeeper = asyncio.create_task(worker.keep_time())
        await left.wait()
        timekeeper.cancel()


if __name__ == "__main__":
    told = msgspec.json.decode(sys.argv[2], type=Here)
    asyncio.run(main(told, Path(sys.argv[3]), int(sys.argv[4])))

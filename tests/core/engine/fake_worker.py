"""A worker that serves nobody: ``python fake_worker.py SOCKET NUMBER``.

An offer whose SDP is a message to the engine makes it say that message; else it is answered.
What ``ROOMDECK_FAKE_STATUS`` holds is said once, after the settings came.
"""

import asyncio
import contextlib
import os
import signal
import sys

from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from roomdeck.core.model import EndReason
from roomdeck.core.worker import link


async def main(path: str, number: int) -> None:
    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)
    settings: link.Settings | None = None

    async def serve(engine: ServerConnection) -> None:
        nonlocal settings
        await engine.send(
            link.encode(link.Hello(worker=number, pid=os.getpid(), settings=settings))
        )
        async for frame in engine:
            match link.decode_to_worker(frame):
                case link.Setup(said):
                    settings = said
                    if status := os.environ.get("ROOMDECK_FAKE_STATUS"):
                        await engine.send(status)
                case link.Offer(sdp=sdp) if sdp.startswith("{"):
                    await engine.send(sdp)
                case link.Offer(peer=peer):
                    await engine.send(link.encode(link.Answer(peer, "answer")))
                case link.Close(peer, reason):
                    await engine.send(link.encode(link.Closed(peer, reason)))
                case link.Split():
                    await engine.send("junk")
                case link.Shutdown():
                    leaving.set()
                    with contextlib.suppress(ConnectionClosed):
                        await engine.send(link.encode(link.Closed("last", EndReason.SHUTDOWN)))
                case _:
                    pass

    async with unix_serve(serve, path):
        print("ready", flush=True)
        await leaving.wait()
    os.unlink(path)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

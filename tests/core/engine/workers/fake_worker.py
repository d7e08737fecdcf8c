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

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason


async def main(path: str, number: int) -> None:
    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)
    settings: worker_messages.Settings | None = None

    async def serve(engine: ServerConnection) -> None:
        nonlocal settings
        await engine.send(
            worker_messages.encode(
                worker_messages.Hello(worker=number, pid=os.getpid(), settings=settings)
            )
        )
        async for frame in engine:
            match worker_messages.decode_to_worker(frame):
                case worker_messages.Setup(said):
                    settings = said
                    if status := os.environ.get("ROOMDECK_FAKE_STATUS"):
                        await engine.send(status)
                case worker_messages.Offer(sdp=sdp) if sdp.startswith("{"):
                    await engine.send(sdp)
                case worker_messages.Offer(peer=peer):
                    await engine.send(
                        worker_messages.encode(worker_messages.Answer(peer, "answer"))
                    )
                case worker_messages.Close(peer, reason):
                    await engine.send(worker_messages.encode(worker_messages.Closed(peer, reason)))
                case worker_messages.Split():
                    await engine.send("junk")
                case worker_messages.Shutdown():
                    leaving.set()
                    with contextlib.suppress(ConnectionClosed):
                        await engine.send(
                            worker_messages.encode(
                                worker_messages.Closed("last", EndReason.SHUTDOWN)
                            )
                        )
                case _:
                    pass

    async with unix_serve(serve, path):
        print("ready", flush=True)
        await leaving.wait()
    os.unlink(path)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

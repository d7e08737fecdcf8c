"""An engine on its own, its configuration on stdin."""

import asyncio
import logging
import os
import sys

import msgspec

from ..config import RecordConfig
from ..descriptors import raise_limit
from ..errors import RoomdeckError
from ..signals import on_stop
from .process import Engine


async def _run(config: RecordConfig, heir: bool) -> None:
    engine = Engine(config, heir=heir)
    on_stop(engine.interrupt)
    running = asyncio.create_task(engine.run())
    ready = asyncio.create_task(engine.ready.wait())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        print("ready", flush=True)
        sys.stdout.close()
    ready.cancel()
    await running
    if engine.yielded:
        # Leaving in order, asyncio would kill the workers that this process started.
        os._exit(0)


def main(heir: bool = False) -> int:
    """Record until told to stop over the control socket."""
    raise_limit()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    config = msgspec.json.decode(sys.stdin.buffer.read(), type=RecordConfig)
    try:
        asyncio.run(_run(config, heir))
    except RoomdeckError as error:
        print(error, file=sys.stderr)
        return 1
    return 0

"""An engine on its own, its configuration on stdin."""

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from ..config import ClusterConfig, RecordConfig
from ..descriptors import raise_limit
from ..errors import RoomdeckError
from ..signals import on_stop
from .process import Engine

_DELIVERY = "roomdeck.core.delivery"
"""It loads FFmpeg: not in this process."""
_ON_NODES = "roomdeck.core.farm"
"""The same where takes are on nodes of a cluster."""


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
    if config.deliver and not engine.superseded:
        deliver(engine.sidecar, config.deliver, config.cluster)


def deliver(sidecar: str, preset: str, cluster: ClusterConfig | None) -> None:
    """Have files made of the session by a process that nobody waits for; it says how in a log."""
    if not Path(sidecar).exists():
        return  # nothing was recorded
    module = _DELIVERY if cluster is None else _ON_NODES
    with Path(sidecar).with_suffix(f".{preset}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, sidecar, preset],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(b"" if cluster is None else msgspec.json.encode(cluster))


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

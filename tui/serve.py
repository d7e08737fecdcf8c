"""``roomdeck serve``: the embedded handshake server, until a signal."""

from __future__ import annotations

import asyncio
import signal

import msgspec

from ..core.errors import UsageError
from ..core.server.app import serve
from ..core.server.limits import Limits
from .exits import Exit
from .printer import narrate


async def run_server(host: str, port: int, members: int, connections: int, as_json: bool) -> Exit:
    """Serve until SIGINT or SIGTERM.

    Raises:
        UsageError: The port cannot be opened.
    """
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, done.set)
    limits = Limits(members=members, connections_per_address=connections)
    try:
        async with serve(host, port, limits) as server:
            _announce(server.url, as_json)
            await done.wait()
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host}:{port}: {error.strerror}; choose another --port"
        ) from None
    return Exit.OK


def _announce(url: str, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({"type": "server", "url": url}).decode(), flush=True)
    else:
        print(url, flush=True)
    host = url.split("://")[1]
    narrate(
        f"recorders and publishers: --server {url}\n"
        f"VDO.Ninja pages: add &wss2={host} (a page that was loaded over https needs wss, so "
        "put a TLS proxy in front)\nctrl-c ends it"
    )

"""All that is looked at, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec

from ..config import FLOOR, TurnServer
from . import clock, disk, ports, runtime, servers, versions
from .finding import Finding


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording would be given."""

    output: str
    """A folder, which need not be there yet."""
    floor: int = FLOOR
    """Bytes that have to stay free."""
    server: str = ""
    """Of the handshake; none is asked where it is empty."""
    tls_ca: str = ""
    turn: TurnServer | None = None


async def examine(asked: Asked) -> AsyncIterator[Finding]:
    """Yield what is found, as it is found; takes some seconds."""
    watch = clock.Watch()
    yield versions.versions()
    yield versions.receive_path()
    yield versions.ffmpeg()
    yield runtime.runtime_folder()
    for finding in await asyncio.to_thread(disk.look, asked.output, asked.floor):
        yield finding
    # Loads aiortc.
    from ..webrtc.guard import host_addresses

    addresses = host_addresses(True, True)
    yield ports.buffers()
    yield await ports.ports(addresses)
    yield ports.descriptors(len(addresses))
    if asked.server:
        yield await servers.server(asked.server, asked.tls_ca, time.time())
    if asked.turn:
        yield await servers.relay(asked.turn)
    yield clock.judge(watch.look())

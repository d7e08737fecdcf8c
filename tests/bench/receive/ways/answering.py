"""What the recorders beside ours have in common: they answer offers on a port of this machine."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from ..load.fronts import LINE, Exchange


def output_folder() -> Path:
    """Read the command line of a recorder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def say(kind: str, **values: Any) -> None:
    """Print a line of JSON."""
    print(msgspec.json.encode({"type": kind, **values}).decode(), flush=True)


@contextlib.asynccontextmanager
async def answering(answer: Callable[[str, str], Awaitable[str]]) -> AsyncGenerator[None]:
    """Answer offers while inside; ``answer`` makes an answer of a name and an offer."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        offer = msgspec.json.decode(await reader.readline(), type=Exchange)
        said = Exchange(offer.name, await answer(offer.name, offer.sdp))
        writer.write(msgspec.json.encode(said) + b"\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", 0, limit=LINE) as server:
        say("ready", port=server.sockets[0].getsockname()[1])
        yield


async def told_to_stop() -> None:
    """Wait for SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()

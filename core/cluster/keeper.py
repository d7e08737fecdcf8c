"""``python -m roomdeck.core.cluster.keeper NODES FOLDER OUTPUT``: has nodes of Ray on this machine.

It starts them, says where they are, and keeps them for as long as its stdin is open. However
whoever asked for them ends, by a signal that nobody can catch as well, so do they, and all that
was started by anybody among them: it is known by what its environment has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..config import ClusterConfig
from ..ipc.runtime_folder import RUNTIME_VARIABLE
from ..signals import on_stop
from . import raylib
from .here import OUTPUT
from .loopback import MARK, names

STARTING = 120.0
"""Seconds that a node may take on a busy machine."""
FAREWELL = 5.0
"""Seconds for what is left to end in order."""
_LOOK = 0.1
_OBJECTS = 80_000_000
"""Bytes of the store that Ray wants to have, and nobody uses here."""


async def _keep(count: int, folder: Path, output: Path) -> None:
    """Have nodes until nobody wants them any more."""
    unwanted = asyncio.create_task(_unwanted())
    starting = asyncio.create_task(_start_all(count, folder, output))
    try:
        await asyncio.wait((unwanted, starting), return_when=asyncio.FIRST_COMPLETED)
        if not unwanted.done():
            print(_told(starting), flush=True)
            await unwanted
    finally:
        await _end(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _told(starting: asyncio.Task[ClusterConfig]) -> str:
    error = starting.exception()
    if error is None:
        return msgspec.json.encode(starting.result()).decode()
    return " ".join(str(error).split())[-500:] or type(error).__name__


async def _unwanted() -> None:
    """Wait until whoever asked for them is gone, or a signal comes."""
    stdin = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    on_stop(stdin.feed_eof)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    await stdin.read()


async def _start_all(count: int, folder: Path, output: Path) -> ClusterConfig:
    token = folder / "token"
    token.touch(0o600)
    token.write_text(secrets.token_hex(32))
    head, *others = ((name, f"127.0.0.{last}") for last, name in enumerate(names(count), 2))
    with socket.create_server((head[1], 0)) as free:
        port = free.getsockname()[1]
    words = ("--head", "--include-dashboard=false", f"--port={port}", f"--temp-dir={folder}/ray")
    await _start(*head, folder, output, *words)
    address = f"{head[1]}:{port}"
    for one in others:
        # Two at the same time would choose the same names for their sockets.
        await _start(*one, folder, output, f"--address={address}")
    return ClusterConfig(address=address, token_file=str(token))


async def _start(name: str, host: str, folder: Path, output: Path, *words: str) -> None:
    """Start a node with one core for workers, so that each has one and streams are spread.

    Raises:
        RuntimeError: With what Ray said.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ray.scripts.scripts", "start", *words),
        *(f"--node-name={name}", f"--node-ip-address={host}", "--num-cpus=1"),
        f"--object-store-memory={_OBJECTS}",
        env=os.environ
        | raylib.environment(str(folder / "token"))
        | {
            "RAY_worker_niceness": "0",
            OUTPUT: str(output / name),
            RUNTIME_VARIABLE: str(folder),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(STARTING):
        said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))


async def _end(folder: Path) -> None:
    """End all that is marked: in order as far as that is soon, then hard, until there is none."""
    loop = asyncio.get_running_loop()
    hard = loop.time() + FAREWELL
    tell(marked(folder), signal.SIGTERM)
    while pids := marked(folder):
        if loop.time() > hard:
            tell(pids, signal.SIGKILL)
        await asyncio.sleep(_LOOK)


def tell(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def marked(folder: Path) -> list[int]:
    """Return all processes but this one that were started beside the nodes of a folder."""
    mark = os.fsencode(f"{MARK}={folder}")
    found: list[int] = []
    for card in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in card.read_bytes().split(b"\0"):
                found.append(int(card.parent.name))
    return [pid for pid in found if pid != os.getpid()]


if __name__ == "__main__":
    asyncio.run(_keep(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))

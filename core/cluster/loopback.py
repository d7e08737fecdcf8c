"""Nodes of Ray on this machine alone, to try a cluster out; no other machine reaches them.

A process of its own has them (`keeper`): they end with whoever asked for them, by whatever.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from ..config import ClusterConfig
from ..errors import UNDECODABLE, UsageError

MARK = "ROOMDECK_LOOPBACK"
"""Environment variable of all that ends with these nodes: their folder."""
_KEEPER = "roomdeck.core.cluster.keeper"


def names(count: int) -> list[str]:
    """Return how so many nodes are called."""
    return [f"box{number}" for number in range(1, count + 1)]


@contextlib.asynccontextmanager
async def nodes(count: int, output: Path) -> AsyncGenerator[ClusterConfig]:
    """Have nodes, and mark this process so that all that it starts ends with them.

    Args:
        count: How many.
        output: Where each has a folder of its files, with its name.

    Raises:
        UsageError: They did not start; says what Ray said.
    """
    folder = tempfile.mkdtemp(prefix="roomdeck-")
    os.environ[MARK] = folder
    keeper = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _KEEPER, str(count), folder, str(output)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        yield _heard(await keeper.stdout.readline())
    finally:
        keeper.stdin.close()
        await keeper.wait()


def _heard(said: bytes) -> ClusterConfig:
    try:
        return msgspec.json.decode(said, type=ClusterConfig)
    except UNDECODABLE:
        why = said.decode(errors="replace").strip() or "who starts them ended"
        raise UsageError(f"the nodes did not start: {why}") from None

"""What has a job done on a node: an actor of Ray, which says and is told strings of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from ..cluster.here import Orders, here_of

_JOB = "roomdeck.core.farm.job"
_LONGEST = 1 << 28
"""Bytes of a line: where the pictures of a take of a day are."""
_COMPLAINT = 300
"""Letters of the last line of a job that broke."""


class Maker:
    """Has one job done.

    Args:
        orders: `Orders` as JSON.
    """

    def __init__(self, orders: str) -> None:
        self._here = here_of(msgspec.json.decode(orders, type=Orders))
        self._process: Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._told = "{}"
        self._cleared = False
        self._held = False

    async def begin(self, order: str) -> None:
        """Begin; an `Order` as JSON is told."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _JOB), stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LONGEST
        )
        self._process = process
        self._hearing = asyncio.create_task(self._hear(process))
        task = {"here": self._here, "order": msgspec.Raw(order.encode())}
        self._say(msgspec.json.encode(task))

    async def look(self, held: int) -> str:
        """Return how far it is, a `State` as JSON; and have it stand still, or not."""
        if bool(held) != self._held:
            self._held = bool(held)
            self._say(b"hold" if held else b"go")
        return self._told

    async def clear(self) -> None:
        """Have what it left removed."""
        self._cleared = True
        self._say(b"clear")
        if self._process is not None:
            await self._process.wait()

    def _say(self, words: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(words + b"\n")

    async def _hear(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        complaint = asyncio.create_task(process.stderr.read())
        async for told in process.stdout:
            self._told = told.decode()
        said = (await complaint).decode(errors="replace").strip()
        words = said.rpartition("\n")[2][:_COMPLAINT]
        await process.wait()
        if not self._cleared:
            why = f"its process on {self._here.node} was ended: {words or 'it says nothing'}"
            self._told = msgspec.json.encode({"error": why, "lost": True}).decode()

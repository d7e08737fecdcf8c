"""A process that decodes, and the socket to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import time
from collections.abc import Sequence

from ...recording.decoding_process import LENGTH, Found, Order, decode_found, encode
from .hanging import Hanging, usage_of

LOOKS = 15
"""How often what it uses is looked at until it hangs."""
LAST = 1.0
"""Seconds that a process has to be gone after it was killed, unless it waits for the system."""


class Link:
    """Speaks with one process."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader, self._writer = reader, writer

    def send(self, orders: Sequence[Order]) -> None:
        """Give it orders."""
        self._writer.write(encode(orders))

    async def answer(self, patience: float) -> Found:
        """Wait for its next answer.

        Args:
            patience: As of `Hanging`.

        Raises:
            TimeoutError: It hangs.
            EOFError: It is gone.
            OSError: The same.
            msgspec.DecodeError: It answers nonsense.
            UnicodeDecodeError: The same.
        """
        pid = self._process.pid
        hanging = Hanging(patience, usage_of(pid), time.monotonic())
        reading = asyncio.ensure_future(self._read())
        try:
            while not (await asyncio.wait([reading], timeout=patience / LOOKS))[0]:
                if hanging.see(usage_of(pid), time.monotonic()):
                    raise TimeoutError
            return reading.result()
        finally:
            reading.cancel()

    async def _read(self) -> Found:
        head = await self._reader.readexactly(LENGTH)
        return decode_found(await self._reader.readexactly(int.from_bytes(head, "big")))

    async def end(self) -> int | None:
        """End it; return its exit status, or what there is of it."""
        self._writer.transport.abort()
        # Nobody but us asks how it ended, so that its number is no other process's until we did.
        self._process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST):
                while self._process.poll() is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        return self._process.returncode


async def open_link(command: Sequence[str]) -> Link:
    """Start a process.

    Raises:
        OSError: It cannot be started.
    """
    process, ours = await asyncio.to_thread(_start, command)
    return Link(process, *await asyncio.open_connection(sock=ours))


def _start(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        try:
            process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
    return process, ours

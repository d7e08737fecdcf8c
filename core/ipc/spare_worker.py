"""A worker that is started before anybody knows for which room.

What a worker imports takes longer than all that an engine does before it needs one. So the
program starts one first and imports its own things meanwhile. From the moment it hears where to
listen it is a worker like any other; where it hears nothing, as the command was wrong or nobody
needs it, it leaves with whoever started it. Little is imported here, for the same reason.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from .runtime_folder import runtime_directory

OPTION = "--spare"

_waiting: list[Spare] = []


class Spare:
    """A worker process that waits to hear where to listen."""

    def __init__(self, named: Path | None = None, number: int = 1) -> None:
        # The name of a socket is for people, and programs, that look for a worker of this user.
        named = named or runtime_directory() / "worker-1.sock"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "roomdeck.core.worker", OPTION, str(named), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; ``None`` while it runs."""
        return self._process.poll()

    async def begin(self, socket: Path, number: int, log: Path) -> bool:
        """Tell it to serve at a socket, and to complain into a log; return whether it does."""
        import asyncio

        line = json.dumps([str(socket), number, str(log)]) + "\n"
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(line.encode())
        with stdout:
            return bool(await asyncio.to_thread(stdout.readline))

    def dismiss(self) -> None:
        """Let it go."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    async def wait(self) -> int:
        """Wait for its end."""
        import asyncio

        return await asyncio.to_thread(self._process.wait)


def start(named: Path | None = None, number: int = 1) -> None:
    """Start one for the engine of this process, named after the socket that it may get."""
    with contextlib.suppress(OSError):
        _waiting.append(Spare(named, number))


def waits() -> bool:
    """Return whether there is one that waits, and lives."""
    return any(one.returncode is None for one in _waiting)


def claim() -> Spare | None:
    """Return the one that waits, if there is one; it is the caller's then."""
    while _waiting:
        one = _waiting.pop()
        if one.returncode is None:
            return one
    return None


def dismiss() -> None:
    """Let the one that waits go, if there is one."""
    unneeded = claim()
    if unneeded is not None:
        unneeded.dismiss()


def orders() -> tuple[Path, int] | None:
    """Wait, as the spare worker, for a socket and a number; ``None`` is to leave."""
    line = sys.stdin.readline()
    if not line:
        return None
    socket, number, log = json.loads(line)
    for path, flags, descriptor in (
        (os.devnull, os.O_RDONLY, 0),
        (log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 2),
    ):
        opened = os.open(path, flags, 0o666)
        os.dup2(opened, descriptor)
        os.close(opened)
    return Path(socket), int(number)

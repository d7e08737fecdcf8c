"""An engine that is there and answers nobody keeps its room from another one."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from pathlib import Path

from ..errors import ControlError, SilentError
from .control_client import ControlClient
from .room_folder import RoomFolder

_CREDENTIALS = struct.Struct("3i")
"""``struct ucred``: process, user, group."""


async def end_silent(folder: RoomFolder) -> bool:
    """Kill the engine of a room where it does not answer; return whether there was such a one.

    What it recorded goes on, as where an engine dies.
    """
    try:
        client = await ControlClient.connect(folder)
    except SilentError:
        return _end(listener(folder.control_socket))
    except ControlError:
        return False
    await client.close()
    return False


def listener(path: Path) -> int | None:
    """Return the process that listens at a socket, also where it hangs; ``None``: nobody knows.

    The system knows it (unix(7), ``SO_PEERCRED``; Linux has that). The number in an engine's card
    may be another process's by now.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    with socket.socket(socket.AF_UNIX) as one:
        one.setblocking(False)  # who hangs takes nobody off a queue that may be full
        try:
            one.connect(str(path))
        except OSError:
            return None
        said = one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return _CREDENTIALS.unpack(said)[0]


def _end(pid: int | None) -> bool:
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return True

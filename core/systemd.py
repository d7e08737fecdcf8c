"""Whether systemd runs here, and how this process is, told to it (sd_notify(3))."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

_RUNS = Path("/run/systemd/system")
"""Is there where systemd runs (sd_booted(3))."""


def runs() -> bool:
    """Whether systemd is the service manager of this machine."""
    return _RUNS.exists()


def notify(state: str) -> None:
    """Send a state such as ``READY=1`` or ``STATUS=…`` to the service manager, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address)

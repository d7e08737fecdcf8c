"""Which way packets take from the network: the fast path, or the plain one.

The plain path is asyncio's sockets, aioice's queue and aiortc's task for every packet. The fast
path (`sockets`, `srtp`) needs Linux and a few names more inside the libraries.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..model import ReceivePath
from . import compat

if TYPE_CHECKING:
    from .sockets import Sockets

VARIABLE = "ROOMDECK_RECEIVE"
"""Environment variable: ``plain`` keeps to the plain path."""


def receive_path() -> tuple[ReceivePath, str]:
    """The path of this process, and why it is not the fast one."""
    reason = _obstacle()
    return (ReceivePath.PLAIN, reason) if reason else (ReceivePath.FAST, "")


def _obstacle() -> str:
    if os.environ.get(VARIABLE, "").lower() == ReceivePath.PLAIN:
        return f"{VARIABLE}=plain"
    if sys.platform != "linux":
        return f"not available on {sys.platform}"
    from . import batch

    if not batch.available():
        return "this system has no recvmmsg, or forbids it"
    return "; ".join(compat.fast_path_differences())


def fast_sockets() -> Sockets | None:
    """The sockets of the running event loop, where it is one of the fast path."""
    if receive_path()[0] is ReceivePath.PLAIN:
        return None
    from .sockets import MediaLoop

    loop = asyncio.get_running_loop()
    return loop.sockets if isinstance(loop, MediaLoop) else None


def event_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of a process that receives."""
    if receive_path()[0] is ReceivePath.PLAIN:
        return asyncio.new_event_loop
    from .sockets import MediaLoop

    return MediaLoop

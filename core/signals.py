"""Ctrl-c and SIGTERM, where a program ends in its own way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def on_stop(call: Callable[[], object]) -> None:
    """Have this called at either, on the running event loop, in the place of what was before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, call)

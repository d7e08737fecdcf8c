"""``python -m tests.core.attendant.uploads.killed STEP``: an attendant that is killed at a step."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from roomdeck.core.attendant.orders import decode
from roomdeck.core.attendant.process import main
from roomdeck.core.attendant.retention import part as retention
from roomdeck.core.attendant.uploads.digest import PART
from roomdeck.core.attendant.uploads.part import UploadPart
from roomdeck.core.attendant.uploads.send import Sender
from roomdeck.core.attendant.uploads.session import Session
from roomdeck.core.attendant.uploads.store import Store, Writer

STEPS: dict[str, tuple[Any, str]] = {
    "before it is written": (Sender, "_write"),
    "in the middle of parts": (Writer, "write"),
    "before it is complete": (Writer, "close"),
    "before it is compared": (Store, "settle"),
    "before it is noted": (Session, "note"),
    "before the JSON file says it": (Session, "_say_where"),
    "before it is told": (UploadPart, "done"),
    "before that is noted": (Session, "told"),
    "before the local file goes": (retention.Path, "unlink"),
}
"""What it is about to do when it is killed, from the first time on that it sent anything."""


def kill_at(step: str) -> None:
    """Have this process die when it is about to do something."""
    owner, name = STEPS[step]
    was: Callable[..., Any] = getattr(owner, name)
    written = 0

    def die(*args: Any) -> Any:
        nonlocal written
        if name == "write":
            written += len(args[1])
        # What is empty says nothing, and what is small is not in parts.
        if (name != "write" or written > PART + 1_000_000) and (name != "_say_where" or args[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        return was(*args)

    setattr(owner, name, die)


if __name__ == "__main__":
    retention.LOOK = 0.05
    kill_at(sys.argv[1])
    asyncio.run(main(decode(sys.stdin.buffer.read())))

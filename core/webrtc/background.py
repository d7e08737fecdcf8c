"""Failures inside aiortc's and aioice's own tasks, which nobody awaits (media_path.md §5.3)."""

from __future__ import annotations

import asyncio
import inspect
import logging
from pathlib import Path
from traceback import walk_tb
from typing import Any
from weakref import WeakSet

import aioice
import aiortc

log = logging.getLogger(__name__)

_FOLDERS = tuple(str(Path(inspect.getfile(package)).parent) for package in (aioice, aiortc))
_watched: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Log such failures instead of printing them; others go where they went before."""
    if loop in _watched:
        return
    _watched.add(loop)
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and _is_foreign(error):
            log.debug("a background task of aiortc failed: %s", context["message"], exc_info=error)
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)


def _is_foreign(error: Exception) -> bool:
    """Raised in those packages, or in something that they called."""
    frames = (frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__))
    return any(name.startswith(_FOLDERS) for name in frames)

"""The attendant of a node: as long as workers of its room live there, and until all is done."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from pathlib import Path

from ... import locks
from ...cluster.cards import cards_in
from ...cluster.door import door
from ...errors import UsageError
from ...tasks import Tasks
from ..part import Audience
from ..retention.part import RetentionPart
from ..uploads.part import UploadPart
from .orders import NodeOrders
from .outlet import Outlet

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at what is there."""
OVER = 3.0
"""Seconds without a worker of the room on this node after which nobody records here: a new one has
another attendant started."""
LINGER = 120.0
"""Seconds after the last file for somebody to hear of it; else they do beside the next session."""


async def main(orders: NodeOrders) -> None:
    """Attend a session on this node, unless another process does."""
    with locks.alone(orders.lock) as mine:
        if not mine:
            return
        outlet = Outlet()
        async with contextlib.AsyncExitStack() as open_:
            way_in = door(orders.here, orders.socket, 0, os.getpid(), outlet.serve)
            try:
                await open_.enter_async_context(way_in)
            except UsageError as error:
                logger.error("nobody hears of it: %s", error)
            await _attend(orders, outlet)
            await outlet.farewell()


async def _attend(orders: NodeOrders, outlet: Outlet) -> None:
    takes, node, beside = Path(orders.takes), orders.here.node, orders.beside
    tasks = Tasks("a part on a node")
    uploads = retention = None
    if beside.uploads is not None:
        uploads = UploadPart(beside.uploads, takes, node=node, look=LOOK)
    if beside.retention is not None:
        uploading = uploads is not None
        retention = RetentionPart(beside.retention, takes, uploading=uploading, node=node)
    try:
        for part in (uploads, retention):
            if part is not None:
                tasks.spawn(_run(part, outlet))
        await _until_over(Path(orders.folder))
        if uploads is not None:
            uploads.end()
            await uploads.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await uploads.heard()
    finally:
        tasks.cancel()
        await tasks.join()


async def _run(part: UploadPart | RetentionPart, audience: Audience) -> None:
    await part.run(audience)


async def _until_over(folder: Path) -> None:
    """Wait until no worker of the room is left on this node."""
    seen = time.monotonic()
    while time.monotonic() - seen < OVER:
        await asyncio.sleep(LOOK)
        if await asyncio.to_thread(cards_in, folder):
            seen = time.monotonic()

"""Whether a peer is still there, asked at a moment when its silence may mean something."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from typing import Any

INTERVAL = 0.25
"""Seconds between two checks: some get lost."""
LEAST = 0.5
"""Seconds that an answer may take at least, however long it has been silent before."""
SILENCE = 1.25
"""Seconds without a sign of life, `LEAST` of them asked for one, after which nobody is there."""


async def gives_sign(
    heard_at: Callable[[], float], check: Callable[[], Coroutine[Any, Any, None]]
) -> bool:
    """Check until there is a sign of life, or has been none for too long.

    Args:
        heard_at: When the last sign of life arrived, monotonic seconds.
        check: Asks for one; may wait for ever.
    """
    began = time.monotonic()
    patience = max(LEAST, heard_at() + SILENCE - began)
    checks: list[asyncio.Task[None]] = []
    try:
        # Steps are counted, not seconds: what came while we hung has not been read yet.
        for _ in range(math.ceil(patience / INTERVAL)):
            checks.append(asyncio.create_task(check()))
            await asyncio.sleep(INTERVAL)
            if heard_at() > began:
                return True
        return False
    finally:
        for task in checks:
            task.cancel()

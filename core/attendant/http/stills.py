"""Still pictures, for any number of clients at the price of few."""

from __future__ import annotations

import asyncio

from ...budget import Budget
from ...errors import RefusedError
from ...ipc.control_client import ControlClient
from ...model import Picture

FRESH = 1.0
"""Seconds for which a picture is shown to whoever asks for it."""
RATE, AT_ONCE = 4.0, 16.0
"""Pictures in a second that workers are asked to decode."""
_KEPT = 64


class Stills:
    """Asks for each picture once."""

    def __init__(self) -> None:
        self._budget = Budget(RATE, AT_ONCE)
        self._kept: dict[str, tuple[float, asyncio.Future[Picture | None]]] = {}

    async def get(self, engine: ControlClient, stream: str, now: float) -> Picture | None:
        """Return a small picture of a stream's last key frame, if there is one.

        Args:
            engine: Has it.
            stream: Of which.
            now: Monotonic seconds.

        Raises:
            RefusedError: Too many are asked for.
            ControlError: There is no such stream, or the engine does not answer.
        """
        asked, picture = self._kept.get(stream, (0.0, None))
        if picture is None or (picture.done() and now - asked > FRESH):
            if not self._budget.spend(now):
                raise RefusedError(429, "too many pictures", {"Retry-After": "1"})
            picture = asyncio.ensure_future(engine.still(stream))
            picture.add_done_callback(_seen)
            self._keep(stream, now, picture)
        return await asyncio.shield(picture)

    def _keep(self, stream: str, now: float, picture: asyncio.Future[Picture | None]) -> None:
        self._kept.pop(stream, None)
        if len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[stream] = (now, picture)


def _seen(picture: asyncio.Future[Picture | None]) -> None:
    """Have nobody complain that nobody waits for an error any more."""
    if not picture.cancelled():
        picture.exception()

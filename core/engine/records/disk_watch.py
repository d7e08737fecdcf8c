"""Looks at the disk while a session writes to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from ...ipc.worker_messages import Session
from ...recording import disk
from ..room.actions import Action
from ..room.storage import Storage
from .disk_budget import DiskBudget

INTERVAL = 1.0


class DiskWatch:
    """Looks at the disk of a session once a second, and has recording stop and go on by it.

    Args:
        session: Where it writes.
        budget: Knows how long the disk lasts.
        storage: Knows what follows for streams.
        written: Returns the bytes per second that we write.
        do: Carries out what follows.
        elsewhere: Returns why no disk of another machine can be written, where files are on such;
            then this one may be full: it has the JSON file only. ``None``: they are here.
    """

    def __init__(
        self,
        session: Session,
        budget: DiskBudget,
        storage: Storage,
        written: Callable[[], float],
        do: Callable[[Iterable[Action]], None],
        elsewhere: Callable[[], str] | None = None,
    ) -> None:
        self._place, self._output = session.place, session.output
        self._budget = budget
        self._storage = storage
        self._written = written
        self._do = do
        self._elsewhere = elsewhere
        self.was_full = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            now = time.monotonic()
            gone = await asyncio.to_thread(self._place.objection, self._output)
            if not gone:
                space = await asyncio.to_thread(disk.space, self._output)
                self._do(self._budget.update(space, self._written(), now))
            if self._elsewhere is None:
                why, full = gone or self._budget.why, not gone
            else:
                why, full = self._elsewhere(), True
            self._do(self._storage.check(why, full, now))
            self.was_full |= bool(why) and full
            await asyncio.sleep(INTERVAL)

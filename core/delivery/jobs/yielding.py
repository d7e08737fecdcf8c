"""Whether a recording on this machine needs the cores that a delivery uses."""

from __future__ import annotations

import asyncio
import threading

from ...ipc.control_client import running_engines

LATE = 0.2
"""Seconds by which a worker's loop may be late; its recording is in danger beyond."""
CALM = 10.0
"""Seconds for which none has to be later, before work goes on."""
_ASK_EVERY = 2.0


class Recordings:
    """Looks at the workers of running recordings, in a thread of its own."""

    def __init__(self) -> None:
        self.late = False
        """Whether work should stand still."""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="recordings", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        calm = CALM
        while not self._end.is_set():
            engines = asyncio.run(running_engines())
            late = max((worker.late for _, room in engines for worker in room.workers), default=0)
            calm = 0.0 if late > LATE else calm + _ASK_EVERY
            self.late = calm < CALM
            self._end.wait(_ASK_EVERY)

"""Whether a recording on this machine needs the cores that a delivery uses."""

from __future__ import annotations

import threading

from ...ipc.room_folder import room_folders

LATE = 0.2
"""Seconds by which a worker's loop may be late; its recording is in danger beyond."""
CALM = 10.0
"""Seconds for which none has to be later, before work goes on."""
_ASK_EVERY = 2.0


class Recordings:
    """Looks at the workers of running recordings, in a thread of its own.

    It begins when it is asked for the first time, which is when the processes of a pool are there:
    they are copied from a process that has one thread.
    """

    def __init__(self) -> None:
        self._late: frozenset[str] = frozenset()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="recordings", daemon=True)

    @property
    def late(self) -> bool:
        """Whether work should stand still."""
        return bool(self.nodes)

    @property
    def nodes(self) -> frozenset[str]:
        """On which machines work should stand still; an empty name is this one."""
        if self._thread.ident is None:
            self._thread.start()
        return self._late

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _look(self) -> None:
        calm: dict[str, float] = {}
        while not self._end.is_set():
            late = _late_nodes()
            calm = dict.fromkeys(late, 0.0) | {
                node: seconds + _ASK_EVERY
                for node, seconds in calm.items()
                if node not in late and seconds + _ASK_EVERY < CALM
            }
            self._late = frozenset(calm)
            self._end.wait(_ASK_EVERY)


def _late_nodes() -> set[str]:
    """Return the machines of all workers that are late."""
    if not any(folder.control_socket.exists() for folder in room_folders()):
        return set()
    # Loads asyncio and websockets, where there is somebody to ask.
    import asyncio

    from ...ipc.control_client import running_engines

    engines = asyncio.run(running_engines())
    return {worker.node for _, room in engines for worker in room.workers if worker.late > LATE}

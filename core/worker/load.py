"""What a worker uses, measured from status to status."""

from __future__ import annotations

import asyncio
import time

from ..descriptors import used_share
from ..ipc.worker_messages import Load
from ..memory import resident
from ..webrtc.path import receive_path
from ..webrtc.ticker import Ticker
from .files.writer import Writer
from .machine import MachineWatch


class LoadMeter:
    """Says what the process used since it was asked the last time.

    Args:
        writer: Knows what waits for the disk.
        machine: Knows the node, where it is on one.
    """

    def __init__(self, writer: Writer, machine: MachineWatch | None = None) -> None:
        self._writer = writer
        self._machine = machine
        self._path, self._path_reason = receive_path()
        self._wall, self._used = time.monotonic(), time.process_time()

    def read(self) -> Load:
        """Return the load since the last reading; on the event loop whose lateness counts."""
        wall, used = time.monotonic(), time.process_time()
        cpu = (used - self._used) / max(wall - self._wall, 1e-3)
        self._wall, self._used = wall, used
        return Load(
            cpu=cpu,
            late=Ticker.of(asyncio.get_running_loop()).worst_delay(),
            memory=resident(),
            waiting=self._writer.waiting,
            unsafe=self._writer.syncer.unsafe,
            descriptors=used_share(),
            path=self._path,
            path_reason=self._path_reason,
            machine=self._machine and self._machine.now(),
        )

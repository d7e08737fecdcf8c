"""What a worker on a node says of its machine."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from roomdeck.core.recording import disk
from roomdeck.core.worker import machine as machine_module
from roomdeck.core.worker.files.writer import Writer
from roomdeck.core.worker.load import LoadMeter
from roomdeck.core.worker.machine import MachineWatch


async def test_it_tells_the_disk_of_its_files_and_both_of_its_clocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ""
    looked = asyncio.Event()

    def where() -> str:
        looked.set()
        return folder

    watch = MachineWatch(where)
    meter = LoadMeter(Writer(), watch)
    machine = meter.read().machine
    assert machine is not None
    assert machine.disk == disk.Space(0, 0), "it is not known yet where files are"
    folder = str(tmp_path)
    looked.clear()
    monkeypatch.setattr(machine_module, "LOOK", 0.0)
    looking = asyncio.create_task(watch.run())
    async with asyncio.timeout(10):
        for _ in range(2):
            await looked.wait()
            looked.clear()
    looking.cancel()
    now = watch.now()
    assert now.disk.total == disk.space(tmp_path).total
    apart = (time.time() - now.unix) - (time.monotonic() - now.monotonic)
    assert abs(apart) < 0.5


async def test_one_on_the_machine_of_its_engine_tells_nothing_of_it() -> None:
    assert LoadMeter(Writer()).read().machine is None

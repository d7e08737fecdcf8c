"""A worker whose clocks are others than the engine's records beside one that has the same.

It runs in a time namespace (time_namespaces(7)), whose monotonic clock is ten hours ahead, and is
told another time of day.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

import pytest

from roomdeck.core.config import RecordConfig
from roomdeck.core.engine.process import Engine
from roomdeck.core.engine.workers.local import LocalFabric
from roomdeck.core.engine.workers.placement import Gauge
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE
from roomdeck.core.model import Codec, Event, Kind, RoomSnapshot, TakeSummary
from roomdeck.core.recording.sidecar import Sidecar, load

from .lab import PATIENCE, Lab

AHEAD = 36000
"""Seconds by which the other monotonic clock is ahead."""
PROMISED = 0.02
"""Seconds that may lie between what two workers say of the same moment."""
_NAMESPACE = ("unshare", "--time", "--monotonic", str(AHEAD), "--fork")
_WORKER = (
    "import runpy, time; real = time.time; time.time = lambda: real() + {}; "
    "runpy.run_module('roomdeck.core.worker', run_name='__main__', alter_sys=True)"
)


def _can_be_apart() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_NAMESPACE, "true"], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not _can_be_apart(), reason="needs root and time namespaces")


class Deck:
    """An engine in this process; each of its workers serves one stream, the second by its clock."""

    def __init__(self, lab: Lab) -> None:
        self.wall = 0.0
        """Seconds by which the time of day of the second worker is ahead."""
        config = RecordConfig(
            room=lab.room(), output=str(lab.output), prefix="lab", workers=2, report=False
        )
        self.started = 0
        self.events: list[Event] = []
        self.snapshot: RoomSnapshot | None = None
        self._news = asyncio.Event()
        self.engine = Engine(config, self._hear, self._see)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def _see(self, snapshot: RoomSnapshot) -> None:
        self.snapshot = snapshot
        self._news.set()

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._news.clear()
                await self._news.wait()

    async def told(self, type_: str, count: int) -> None:
        await self.until(lambda: sum(event.type == type_ for event in self.events) >= count)

    async def recorded(self, seconds: float) -> None:
        """Wait until both have recorded for so long."""
        await self.until(
            lambda: (
                self.snapshot is not None
                and min(row.seconds for row in self.snapshot.streams) >= seconds
            )
        )

    def sidecar(self) -> Sidecar:
        found = load(Path(self.engine.sidecar))
        assert found is not None
        return found


@pytest.fixture
def deck(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Deck:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(lab.runtime))
    deck = Deck(lab)
    real = asyncio.create_subprocess_exec

    async def start(program: str, *words: str, **options: Any) -> asyncio.subprocess.Process:
        if words[:2] == ("-m", "roomdeck.core.worker"):
            deck.started += 1
            if deck.started == 2:
                worker = (sys.executable, "-c", _WORKER.format(deck.wall), *words[2:])
                return await real(*_NAMESPACE, *worker, **options)
        return await real(program, *words, **options)

    def choose(gauges: Mapping[int, Gauge], limit: int, now: float, busy: Set[int]) -> int | None:
        return next((number for number, gauge in gauges.items() if not gauge.peers), None)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    monkeypatch.setattr("roomdeck.core.engine.workers.pool.choose", choose)
    monkeypatch.setattr(LocalFabric, "stand_by", lambda self: None)  # pyright: ignore
    return deck


def lateness(take: TakeSummary, sidecar: Sidecar) -> float:
    """Return by how much a take says later when its frames came than the publisher, who is here."""
    base = sidecar.session.started + take.offset
    points = [one for one in take.clocks[Kind.VIDEO] if one.ntp is not None]
    assert points
    return min(base + one.pts - one.ntp for one in points if one.ntp is not None)


@pytest.mark.parametrize(
    ("wall", "apart"),
    [
        (0.0, PROMISED),
        # The system stamps datagrams with a time of day that this worker knows nothing of: they
        # came when it looked.
        (7.5, 0.05),
    ],
)
async def test_takes_of_workers_whose_clocks_differ_are_at_the_right_time(
    lab: Lab, deck: Deck, wall: float, apart: float
) -> None:
    deck.wall = wall
    running = asyncio.create_task(deck.engine.run())
    await deck.engine.ready.wait()
    publishers = [lab.publish("alice", Codec.VP8, seconds=None, number=1)]
    await deck.told("take.start", 1)
    publishers.append(lab.publish("bob", Codec.VP8, seconds=None, number=2))
    await deck.told("take.start", 2)
    await deck.recorded(3.0)
    for publisher in publishers:
        publisher.stop()
    await deck.told("take.end", 2)
    deck.engine.stop()
    await running

    sidecar = deck.sidecar()
    alice, bob = sorted(sidecar.takes, key=lambda take: take.stream)
    assert not alice.clock, "it is of this machine, and nothing was translated"
    assert bob.clock
    assert bob.clock.by == "exchanges"
    assert 0 < bob.clock.error < PROMISED
    assert bob.clock.round_trip < 2 * PROMISED
    assert 0 < alice.offset < bob.offset < PATIENCE
    assert abs(lateness(bob, sidecar) - lateness(alice, sidecar)) < apart
    # Its own time of day is in its name, and in what it says of itself.
    assert abs(bob.started - sidecar.session.started - bob.offset - wall) < 2.5
    # Points of the clocks can be compared as well.
    for take in (alice, bob):
        first = take.clocks[Kind.VIDEO][0]
        assert abs(first.time - sidecar.session.started - take.offset - first.pts) < 1.0
    for take in (alice, bob):
        report = await lab.check({"file": str(lab.output / take.file), "stream": take.stream})
        assert not report.bad, report.problems

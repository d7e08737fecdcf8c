"""The clock of the machine is set while it records, as a Raspberry Pi's at its first NTP answer.

All parts run in this process, so that the test can set their clock: the engine adopts a worker
that runs in a thread here, as it would after the death of an engine before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import unix_connect

from roomdeck.core.config import RecordConfig
from roomdeck.core.engine.process import Engine
from roomdeck.core.engine.records.session import new_session, with_sidecar, worker_settings
from roomdeck.core.ipc import worker_messages
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Codec, Event, RoomSnapshot, StreamState
from roomdeck.core.recording.sidecar import load
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.core.webrtc.path import event_loop
from roomdeck.core.worker.process import Worker

from .lab import PATIENCE, Lab

AGE = 100.0
"""Seconds that the session is old when the engine adopts it."""


class Clock:
    """The clock on the wall, as the test sets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = time.time
        self.step = 0.0
        monkeypatch.setattr(time, "time", lambda: self._real() + self.step)


class Deck:
    """An engine, its worker, and what they said."""

    def __init__(self, lab: Lab) -> None:
        # One worker: another would be a process, whose clock nobody sets.
        self.config = RecordConfig(
            room=lab.room(), output=str(lab.output), prefix="lab", workers=1, report=False
        )
        self.folder = RoomFolder.of(self.config.room)
        self.folder.create()
        lab.output.mkdir()
        session = with_sidecar(new_session(self.config))
        self.session = msgspec.structs.replace(
            session, began=session.began - AGE, started=session.started - AGE
        )
        self.events: list[Event] = []
        self.snapshot: RoomSnapshot | None = None
        self._news = asyncio.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.engine = Engine(self.config, self._hear, self._see)

    def _work(self) -> None:
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            runner.run(Worker(1).run(self.folder.worker_socket(1)))

    def _see(self, snapshot: RoomSnapshot) -> None:
        self.snapshot = snapshot
        self._news.set()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def begin(self) -> None:
        """Start the worker, and tell it what an engine before ours told it."""
        self._thread.start()
        secrets = Secrets(self.config.room.password, self.config.room.salt)
        setup = worker_messages.Setup(worker_settings(self.config, self.session, secrets))
        async with asyncio.timeout(PATIENCE):
            while True:
                # Its socket is there before it listens.
                with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                    return await self._tell(setup)
                await asyncio.sleep(0.02)

    async def _tell(self, message: worker_messages.ToWorker) -> None:
        async with unix_connect(str(self.folder.worker_socket(1))) as socket:
            await socket.recv()
            await socket.send(worker_messages.encode(message))

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not seen():
                self._news.clear()
                await self._news.wait()

    async def recorded(self, takes: int, *streams: str) -> None:
        """Wait for so many takes, and until these streams are seen to be recorded."""
        await self.until(lambda: self.types("take.start") >= takes)
        version = self.snapshot.version if self.snapshot else 0

        def seen() -> bool:
            rows = self.snapshot.streams if self.snapshot else ()
            states = {row.stream: row.state for row in rows if row.seconds > 1}
            fresh = self.snapshot is not None and self.snapshot.version > version
            return fresh and all(states.get(name) is StreamState.REC for name in streams)

        await self.until(seen)

    def types(self, type_: str) -> int:
        return sum(event.type == type_ for event in self.events)

    async def close(self) -> None:
        """Have the worker leave, if no engine did."""
        with contextlib.suppress(OSError):
            await self._tell(worker_messages.Shutdown())
        await asyncio.to_thread(self._thread.join, PATIENCE)


@pytest.fixture
async def deck(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Deck, None]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(lab.runtime))
    monkeypatch.setattr(Worker, "_install_signals", lambda self: None)  # pyright: ignore
    deck = Deck(lab)
    await deck.begin()
    try:
        yield deck
    finally:
        await deck.close()


async def test_a_clock_that_is_set_moves_nothing(
    lab: Lab, deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    running = asyncio.create_task(deck.engine.run())
    await deck.engine.ready.wait()
    marked: list[tuple[float, float]] = []
    snapshots: list[float] = []

    def since() -> float:
        return time.monotonic() - deck.session.began

    async def mark(client: ControlClient) -> None:
        begun = since()
        await client.command("mark", (), "here")
        marked.append((begun, since()))
        assert deck.snapshot is not None
        snapshots.append(deck.snapshot.elapsed)

    first = lab.publish("alice", Codec.VP8, seconds=None, number=1)
    async with await ControlClient.connect(deck.folder) as client:
        await deck.recorded(1, "alice")
        await mark(client)
        for takes, step in ((2, 3618.0), (3, -7172.0)):
            clock.step = step
            await client.command("split", ("alice",))
            await deck.recorded(takes, "alice")
            await mark(client)
        second = lab.publish("bob", Codec.H264, seconds=None, number=2)
        await deck.recorded(4, "alice", "bob")
        first.stop()
        second.stop()
        await deck.until(lambda: deck.types("take.end") == 4)
    deck.engine.stop()
    await running
    # A busy machine has alarms of its own.
    told = [event for event in deck.events if event.level != "info"]
    troubles = [event for event in told if not event.type.startswith("alarm.")]

    sidecar = load(Path(deck.session.sidecar))
    assert sidecar is not None
    assert len(sidecar.markers) == len(marked)
    for marker, (begun, done) in zip(sidecar.markers, marked, strict=True):
        assert begun - 0.1 < marker.offset < done + 0.1
    assert snapshots == sorted(snapshots)
    takes = sorted(sidecar.takes, key=lambda take: take.offset)
    assert [take.stream for take in takes] == ["alice", "alice", "alice", "bob"]
    first_mark, second_mark, third_mark = (begun for begun, _ in marked)
    assert AGE < takes[0].offset < first_mark < takes[1].offset < second_mark < takes[2].offset
    assert takes[2].offset < third_mark < takes[3].offset < third_mark + PATIENCE
    # One goes on where the other ended.
    for before, after in pairwise(takes[:3]):
        assert after.offset - before.offset == pytest.approx(before.seconds, abs=2.0)
    # What a person reads is the time of the clock.
    skews = [take.started - deck.session.started - take.offset for take in takes]
    # A busy machine may take its first key frame late; the offset counts from when that was due.
    for skew, step in zip(skews, (0.0, 3618.0, -7172.0, -7172.0), strict=True):
        assert -0.5 < skew - step < 2.5
    assert len({take.file for take in takes}) == 4
    for take in takes:
        report = await lab.check({"file": str(lab.output / take.file), "stream": take.stream})
        assert not report.bad, report.problems
    assert troubles == []

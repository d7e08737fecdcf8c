"""What stands still is told within seconds, and so is that it goes on."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from roomdeck.core.model import Kind
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.recording import sidecar

from .lab import Lab, Line
from .large import send_large_packets

SOON = 10.0
"""Seconds within which it is told: five of them, where nothing else runs."""

STOPPING = {"sight": {Kind.VIDEO}, "sound": {Kind.AUDIO}, "both": set(Kind)}
"""What stops, by stream."""
WORDS = {Kind.VIDEO: "picture", Kind.AUDIO: "sound"}


def hold(publishers: dict[str, Publisher], held: bool) -> None:
    """Keep publishers from sending what stops of them, without a word, or let it go on."""
    for name, publisher in publishers.items():
        for viewer in publisher.viewers.values():
            for sender in viewer._connection.senders():
                if sender.kind in STOPPING[name]:
                    sender.pause(held)


def state(stream: str, name: str, word: str = "") -> Callable[[Line], bool]:
    def found(line: Line) -> bool:
        return any(
            one["stream"] == stream and one["state"] == name and word in one["reason"]
            for one in line["streams"]
        )

    return found


def recorded(seconds: float) -> Callable[[Line], bool]:
    def found(line: Line) -> bool:
        streams = line["streams"]
        return bool(streams) and all(one["seconds"] > seconds for one in streams)

    return found


async def test_a_track_that_stops_is_told_and_that_it_goes_on(lab: Lab) -> None:
    recorder = await lab.record()
    publishers = {
        name: lab.publish(name, number=number, seconds=None)
        for number, name in enumerate(STOPPING, 1)
    }
    for name in STOPPING:
        await recorder.line("take.start", name)
    await recorder.status(recorded(4))
    for held, event, shown in ((True, "stream.stall", "STALL"), (False, "stream.resume", "REC")):
        hold(publishers, held)
        begun = time.time()
        for name, kinds in STOPPING.items():
            lines = [await recorder.line(event, name, count + 1) for count in range(len(kinds))]
            assert all(line["time"] - begun < SOON for line in lines), lines
            assert {line["what"] for line in lines} == {WORDS[kind] for kind in kinds}
            assert all(held or 0 < line["seconds"] < 40 for line in lines)
        for name in STOPPING:
            await recorder.status(state(name, shown))
    for publisher in publishers.values():
        publisher.stop()
    for name in STOPPING:
        await recorder.line("take.end", name)
    assert await recorder.stop() == 0
    told = sum(map(len, STOPPING.values()))
    assert len(recorder.all("stream.stall")) == len(recorder.all("stream.resume")) == told
    known = sidecar.load(next(lab.output.glob("*.json")))
    assert known is not None
    # A busy machine has alarms among them.
    told_of = ("stream.stall", "stream.resume")
    kept = [(one.type, one.stream, one.what) for one in known.happenings if one.type in told_of]
    assert kept == [
        (line["type"], line["stream"], line["what"])
        for line in recorder.lines
        if line["type"] in told_of
    ]


async def test_a_dead_guest_is_the_network(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.status(recorded(4))
    begun = time.time()
    publisher.vanish()
    stall = await recorder.line("stream.stall", "alice")
    assert (stall["what"], stall["time"] - begun < SOON) == ("network", True)
    await recorder.line("take.end", "alice")
    assert [line["what"] for line in recorder.all("stream.stall")] == ["network"]
    await recorder.stop()


async def test_a_worker_that_hangs_is_told(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", seconds=None)
    await recorder.status(recorded(2))
    pid = lab.worker_pid(1)
    os.kill(pid, signal.SIGSTOP)
    stall = await recorder.line("stream.stall", "alice")
    assert stall["what"] == "worker"
    os.kill(pid, signal.SIGCONT)
    await recorder.line("stream.resume", "alice")
    await recorder.status(state("alice", "REC"))
    await recorder.stop()


async def test_pictures_that_cannot_be_written_are_not_recorded(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_large_packets(monkeypatch, 1100, stuffing=20_000)
    recorder = await lab.record()
    lab.publish("alice", seconds=None)
    stall = await recorder.line("stream.stall", "alice")
    assert (stall["what"], "longer than 16384 bytes" in stall["text"]) == ("picture", True)
    await recorder.line("take.start", "alice")
    await recorder.status(state("alice", "STALL", "longer than 16384 bytes"))
    await recorder.stop()

"""What stands still is told within seconds, and so is that it goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from roomdeck.core.model import EncodedFrame, Kind
from roomdeck.core.publishing.sender import FrameSender

from .lab import Lab, Line
from .large import send_large_packets

SOON = 5.5
"""Seconds within which it is told, and the half of one in which a test notices."""


class Hold:
    """Keeps publishers of this process from sending some kinds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kinds: set[Kind] = set()
        usual: Any = vars(FrameSender)["send_frame"]

        def send_frame(sender: Any, frame: EncodedFrame) -> Any:
            return None if frame.codec.kind in self.kinds else usual(sender, frame)

        monkeypatch.setattr(FrameSender, "send_frame", send_frame)


def state(stream: str, name: str, word: str = "") -> Callable[[Line], bool]:
    def found(line: Line) -> bool:
        return any(
            one["stream"] == stream and one["state"] == name and word in one["reason"]
            for one in line["streams"]
        )

    return found


def recorded(seconds: float) -> Callable[[Line], bool]:
    return lambda line: any(one["seconds"] > seconds for one in line["streams"])


@pytest.mark.parametrize(
    ("kinds", "what"),
    [({Kind.VIDEO}, {"picture"}), ({Kind.AUDIO}, {"sound"}), (set(Kind), {"picture", "sound"})],
)
async def test_a_track_that_stops_is_told_and_that_it_goes_on(
    lab: Lab, kinds: set[Kind], what: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(monkeypatch)
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.status(recorded(4))
    hold.kinds, begun = kinds, time.time()
    for count in range(1, len(what) + 1):
        stall = await recorder.line("stream.stall", "alice", count)
        assert stall["time"] - begun < SOON
    assert {line["what"] for line in recorder.all("stream.stall")} == what
    await recorder.status(state("alice", "STALL"))
    hold.kinds, back = set(), time.time()
    for count in range(1, len(what) + 1):
        resume = await recorder.line("stream.resume", "alice", count)
        assert resume["time"] - back < SOON
        assert 0 < resume["seconds"] < 40
    await recorder.status(state("alice", "REC"))
    publisher.stop()
    await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert len(recorder.all("stream.stall")) == len(recorder.all("stream.resume")) == len(what)


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

"""Nothing but the stream itself ends a recording: processes die, people press keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.core.model import Codec
from roomdeck.core.recording.sidecar import load

from .lab import PATIENCE, SOON, Lab, Line

# A publisher that is told goodbye while it looks for its addresses leaves sockets to the collector.
LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def _recorded(stream: str, seconds: float):
    def enough(line: Line) -> bool:
        return any(s["stream"] == stream and s["seconds"] > seconds for s in line["streams"])

    return enough


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_killed_worker_costs_only_its_streams_for_seconds(
    lab: Lab, number: signal.Signals
) -> None:
    recorder = await lab.record("--workers", "2")
    one = lab.publish("alice", number=1, seconds=None)
    state = await recorder.status(_recorded("alice", 0.5))
    (row,) = state["streams"]
    worker = lab.worker_pid(row["worker"])
    os.kill(worker, signal.SIGSTOP)
    # A worker that is silent gets no more streams, so bob's goes to another.
    await recorder.line("stream.stall", "alice", where=lambda line: line["what"] == "worker")
    two = lab.publish("bob", Codec.VP8, number=2, seconds=None)
    state = await recorder.status(lambda line: _worker(line, "bob") > 0)
    os.kill(worker, signal.SIGCONT)
    assert _worker(state, "bob") not in (0, row["worker"])
    await recorder.line("take.start", "bob")
    await recorder.status(_recorded("alice", 1.5))

    os.kill(worker, number)
    lost = await recorder.line("take.end", "alice")
    again = await recorder.line("take.start", "alice", 2)
    assert again["time"] - lost["time"] < SOON
    await recorder.status(_recorded("alice", 1))
    one.stop()
    two.stop()
    await recorder.line("take.end", "alice", 2)
    whole = await recorder.line("take.end", "bob")
    # A worker that was told to leave closed its files; one that died could not.
    assert await recorder.stop() == (3 if number is signal.SIGKILL else 0)

    assert lost["reason"] == ("worker-lost" if number is signal.SIGKILL else "shutdown")
    assert len(recorder.all("take.end", "bob")) == 1
    assert not (await lab.check(whole)).bad
    report = await lab.check(lost)
    assert report.video is not None
    assert report.video.frames > 1
    assert report.video.error_count == 0


@LEAVES_SOCKETS
async def test_streams_are_back_at_once_however_often_their_worker_is_killed(lab: Lab) -> None:
    recorder = await lab.record()
    publishers = [lab.publish(name, number=n, seconds=None) for n, name in enumerate("ab", 1)]
    killed: list[int] = []

    def alive(line: Line) -> bool:
        pids = [worker["pid"] for worker in line["workers"]]
        return _recorded("b", 0.2)(line) and pids != [] and pids[0] not in killed

    for take in range(1, 5):
        started = [await recorder.line("take.start", name, take) for name in "ab"]
        if take > 1:
            lost = [await recorder.line("take.end", name, take - 1) for name in "ab"]
            assert max(a["time"] - b["time"] for a, b in zip(started, lost, strict=True)) < SOON
        state = await recorder.status(alive)
        killed.append(state["workers"][0]["pid"])
        os.kill(killed[-1], signal.SIGKILL)
    for publisher in publishers:
        publisher.stop()
    await recorder.stop()


async def test_a_killed_worker_leaves_an_mp4_that_plays(lab: Lab) -> None:
    recorder = await lab.record("--container", "mp4")
    one = lab.publish("alice", number=1, seconds=None)
    two = lab.publish("bob", Codec.VP8, number=2, seconds=None)
    await recorder.status(_recorded("alice", 2))
    os.kill(lab.worker_pid(1), signal.SIGKILL)
    killed = await recorder.line("take.end", "alice")
    for stream in ("alice", "bob"):
        await recorder.line("take.start", stream, 2)
        await recorder.status(_recorded(stream, 1))
    repaired = await recorder.line("take.repaired", "alice")
    assert repaired["reason"] == "worker-lost"
    one.stop()
    two.stop()
    whole = await recorder.line("take.end", "alice", 2)
    other = await recorder.line("take.end", "bob", 2)
    assert await recorder.stop() == 3

    assert [Path(take["file"]).suffix for take in (killed, whole, other)] == [
        ".mp4",
        ".mp4",
        ".mkv",
    ]
    assert [line["stream"] for line in recorder.all("warning")].count("bob") >= 1
    for take in (killed, whole, other):
        report = await lab.check(take)
        assert not report.bad, report.problems
    assert killed["seconds"] > 1.5
    video = (await lab.check(killed)).video
    assert video is not None
    assert video.frames == repaired["video"]["frames"]


async def test_after_a_hard_end_the_next_start_completes_what_was_left(lab: Lab) -> None:
    first = await lab.record()
    for stream, codec in (("alice", Codec.H264), ("bob", Codec.VP8)):
        lab.publish(stream, codec, seconds=None)
        await first.status(_recorded(stream, 1))
    worker = lab.worker_pid(1)
    # In this order: an engine that hears of its worker's end completes the files itself.
    first.process.kill()
    await first.wait()
    os.kill(worker, signal.SIGKILL)
    left = {line["stream"]: line for line in first.all("take.start")}

    second = await lab.record()
    for stream in ("alice", "bob"):
        done = await second.line("take.repaired", stream)
        assert (done["file"], done["reason"]) == (left[stream]["file"], "interrupted")
        assert done["seconds"] > 1
        report = await lab.check(left[stream] | {"stream": stream})
        assert not report.bad, report.problems
        assert [track.frames for track in report.tracks] == [
            done["video"]["frames"],
            done["audio"]["packets"],
        ]
        await second.status(_recorded(stream, 0.5))
    assert await lab.tell("repair", str(lab.output)) == ""
    assert len(second.all("take.repaired")) == 2
    assert await second.stop() == 0


async def test_a_killed_engine_loses_nothing_and_its_successor_adopts(lab: Lab) -> None:
    first = await lab.record()
    publisher = lab.publish("alice", Codec.VP8, seconds=None)
    started = await first.line("take.start", "alice")
    await first.status(_recorded("alice", 1))
    first.process.kill()
    await first.wait()

    second = await lab.record()
    await second.line("stream.adopt", "alice")
    before = started["time"]
    await second.status(_recorded("alice", 2.5))
    publisher.stop()
    take = await second.line("take.end", "alice")
    state = await second.status(lambda line: line["takes_done"] == 1)
    assert await second.stop() == 0

    assert take["file"] == started["file"]
    assert take["time"] - before > 2
    assert second.all("take.start", "alice") == second.all("warning") == []
    assert not (await lab.check(take)).bad
    sidecar = load(Path(state["sidecar"]))
    assert sidecar is not None
    assert [entry.reason for entry in sidecar.takes] == ["bye"]


async def test_hooks_hear_once_of_all_that_happens_while_engine_and_attendant_are_gone(
    lab: Lab,
) -> None:
    heard = lab.folder / "heard"
    hook = f"""
workers = 1
[record]
no_report = true
[[hooks]]
on = ["*"]
at_once = 1
command = ["sh", "-c", "cat >> {heard}; echo >> {heard}"]
"""
    settings = {"ROOMDECK_CONFIG": lab.settings(hook), "XDG_STATE_HOME": str(lab.folder)}
    first = await lab.record(**settings)
    publisher = lab.publish("alice", Codec.VP8, seconds=None)
    await first.line("take.start", "alice")
    attendant = await lab.attendant_pid()
    # What this one does not come to tell, nobody hears before its engine is gone as well.
    os.kill(attendant, signal.SIGSTOP)
    await lab.tell("mark", "hm")
    await first.line("marker")
    os.kill(attendant, signal.SIGKILL)
    first.process.kill()
    await first.wait()
    publisher.stop()
    await lab.published()

    second = await lab.record(**settings)
    end = await second.line("take.end", "alice")
    left = await second.line("stream.leave", "alice")
    assert end["seq"] > max(line["seq"] for line in first.all("marker"))
    assert max(end["elapsed"], left["elapsed"]) < second.all("engine.start")[0]["elapsed"]
    assert await second.stop() == 0

    lines: list[Line] = []
    async with asyncio.timeout(PATIENCE):
        while not any(line["type"] == "engine.end" for line in lines):
            await asyncio.sleep(0.05)
            said = await asyncio.to_thread(heard.read_text)
            lines = [json.loads(line) for line in said.splitlines() if line.endswith("}")]
    # Of the one that was on its way when it was killed, nobody knows whether that had begun.
    heard_by_number = {line["seq"]: line["type"] for line in lines}
    assert len(lines) - len(heard_by_number) <= 1
    assert list(heard_by_number) == list(range(1, len(heard_by_number) + 1))
    told = {line["seq"]: line["type"] for line in (*first.lines, *second.lines) if line.get("seq")}
    assert heard_by_number | told == told
    types = list(heard_by_number.values())
    once = ("take.start", "marker", "take.end", "stream.leave", "engine.end")
    assert [types.count(one) for one in once] == [1] * len(once)


async def test_a_worker_that_hangs_is_ended_and_its_streams_are_recorded_by_another(
    lab: Lab,
) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.status(_recorded("alice", 1))
    hung = time.time()
    os.kill(lab.worker_pid(1), signal.SIGSTOP)
    kept = await recorder.line("take.end", "alice")
    assert kept["time"] - hung < 8 + SOON
    await recorder.line("error", where=lambda line: "hung" in line["text"])
    await recorder.line("take.start", "alice", 2)
    publisher.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 3
    assert not (await lab.check(kept)).bad
    assert kept["seconds"] > 0.5


@LEAVES_SOCKETS
async def test_an_engine_that_dies_is_replaced_until_somebody_ends_it(lab: Lab) -> None:
    first = await lab.record()
    lab.publish("alice", Codec.VP8, number=1, seconds=None)
    await first.status(_recorded("alice", 1))
    first.process.kill()
    died = time.time()
    await first.wait()
    lab.publish("bob", number=2, seconds=None)
    folder = RoomFolder(next(path for path in lab.runtime.iterdir() if path.is_dir()))
    async with asyncio.timeout(10 + SOON), contextlib.AsyncExitStack() as stack:
        while True:
            with contextlib.suppress(ControlError):
                await stack.enter_async_context(await ControlClient.connect(folder))
                break
            await asyncio.sleep(0.1)
    follower = await lab.run("attach", "lab", "--headless", "--json")
    newcomer = await follower.line("take.start", "bob")
    assert newcomer["time"] - died < 10 + SOON
    # A person's own command takes over from it, and its quitting ends all of it for good.
    second = await lab.record()
    await second.line("stream.adopt", "bob")
    workers = [worker["pid"] for worker in (await second.line("status"))["workers"]]
    assert await second.stop() == 0
    assert await follower.wait() == 0
    assert workers
    for pid in workers:
        await lab.gone(pid)
    assert {take["stream"]: take["reason"] for take in second.all("take.end")} == {
        "alice": "shutdown",
        "bob": "shutdown",
    }


async def test_a_hang_up_does_not_end_a_recording(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    recorder.process.send_signal(signal.SIGHUP)
    await recorder.status(_recorded("alice", 1))
    publisher.stop()
    await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0


async def test_without_an_engine_the_publishers_farewell_still_closes_the_file(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", Codec.VP8, seconds=None)
    started = await recorder.line("take.start", "alice")
    state = await recorder.status(_recorded("alice", 1))
    pid = lab.worker_pid(1)
    recorder.process.kill()
    await recorder.wait()
    publisher.stop()
    await lab.published()
    # The worker has nothing left to do; `stop` finds it without an engine.
    said = await lab.tell("stop")
    assert "without an engine" in said or "finishing every file" in said
    await lab.gone(pid)

    assert not (await lab.check(started)).bad
    sidecar = load(Path(state["sidecar"]))
    assert sidecar is not None
    assert [entry.reason for entry in sidecar.takes] == ["bye"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_closes_every_file(lab: Lab, number: signal.Signals) -> None:
    recorder = await lab.record()
    lab.publish("alice", number=1, seconds=None)
    lab.publish("bob", Codec.VP8, number=2, seconds=None)
    await recorder.line("take.start", "alice")
    await recorder.line("take.start", "bob")
    await recorder.status(_recorded("bob", 1))
    assert await recorder.stop(number) == 0

    takes = recorder.all("take.end")
    assert {(take["stream"], take["reason"]) for take in takes} == {
        ("alice", "shutdown"),
        ("bob", "shutdown"),
    }
    for take in takes:
        report = await lab.check(take)
        assert not report.bad, report.problems


async def test_a_second_signal_hurries(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    os.kill(lab.worker_pid(1), signal.SIGSTOP)
    recorder.process.send_signal(signal.SIGINT)
    await recorder.line("engine.stop")
    assert await recorder.stop(signal.SIGINT) == 130


async def test_a_publisher_that_vanishes_ends_its_take_and_is_asked_for_again(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    await recorder.status(_recorded("alice", 1))
    publisher.vanish()
    await recorder.status(lambda line: line["streams"][0]["state"] == "STALL")
    take = await recorder.line("take.end", "alice")
    assert take["reason"] == "vanished"
    assert not (await lab.check(take)).bad
    lab.publish("alice", number=2, seconds=1.5)
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0


async def test_streams_are_stopped_started_split_and_excluded_by_command(lab: Lab) -> None:
    recorder = await lab.record()
    one = lab.publish("alice", number=1, seconds=None)
    two = lab.publish("bob", Codec.VP8, number=2, seconds=None)
    await recorder.line("take.start", "alice")
    await recorder.line("take.start", "bob")
    await lab.tell("stop", "alice")
    await recorder.line("take.end", "alice")
    await recorder.status(lambda line: _state(line, "alice") == "OFF")
    await lab.tell("split", "bob")
    await recorder.line("take.start", "bob", 2)
    await lab.tell("start", "alice")
    await recorder.line("take.start", "alice", 2)
    await lab.tell("exclude", "alice")
    await recorder.line("take.end", "alice", 2)
    await recorder.status(lambda line: _state(line, "alice") == "SKIP")
    unknown = await lab.run("stop", "nobody")
    assert await unknown.wait() == 1
    assert b"alice, bob" in unknown.errors
    await lab.tell("stop")
    assert await recorder.wait() == 0

    reasons = [(take["stream"], take["reason"]) for take in recorder.all("take.end")]
    assert sorted(reasons) == [
        ("alice", "excluded"),
        ("alice", "stopped"),
        ("bob", "shutdown"),
        ("bob", "split"),
    ]
    one.stop()
    two.stop()


async def test_one_room_is_recorded_once(lab: Lab) -> None:
    first = await lab.record()
    second = await lab.run("record", "lab", "--headless", "--json")
    assert await second.wait() == 1
    assert b"already" in second.errors
    assert await first.stop() == 5


async def test_seconds_end_a_recording_and_an_unjoined_room_is_an_error(lab: Lab) -> None:
    recorder = await lab.record("--seconds", "2")
    assert await recorder.wait() == 5
    (end,) = recorder.all("engine.end")
    assert (end["joined"], end["takes"]) == (True, 0)
    nobody = await lab.run(
        "record", "lab", "--headless", "--json", "--seconds", "1", "--server", "ws://127.0.0.1:9"
    )
    assert await nobody.wait() == 2


async def test_sockets_are_for_this_user_only(lab: Lab) -> None:
    recorder = await lab.record()
    await recorder.status(lambda line: len(line["workers"]) == 1)
    folder = RoomFolder(next(path for path in lab.runtime.iterdir() if path.is_dir()))
    assert folder.path.stat().st_mode & 0o077 == 0
    assert folder.control_socket.stat().st_mode & 0o177 == 0
    assert folder.worker_socket(1).stat().st_mode & 0o177 == 0
    await recorder.stop()


def _worker(line: Line, stream: str) -> int:
    return next((s["worker"] for s in line["streams"] if s["stream"] == stream), 0)


def _state(line: Line, stream: str) -> str:
    return next((s["state"] for s in line["streams"] if s["stream"] == stream), "")

"""Looking before recording."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable

from roomdeck.core.errors import ControlError
from roomdeck.core.model import Codec, EventType, StreamState
from roomdeck.core.recording import sidecar

from ..core.recording.media import Demuxed
from .lab import SOON, Command, Lab, Line
from .watch import Watch, watch


def _is(stream: str, state: str, **more: object) -> Callable[[Line], bool]:
    def fits(line: Line) -> bool:
        rows = [one for one in line["streams"] if one["stream"] == stream]
        return any({**row, **more, "state": state} == row for row in rows)

    return fits


async def test_nothing_is_written_of_who_is_only_looked_at(lab: Lab) -> None:
    recorder = await lab.record("--monitor")
    lab.publish("alice", Codec.VP8, seconds=None)
    seen = await recorder.status(
        lambda line: _is("alice", "LIVE")(line) and line["streams"][0]["fps"] > 10
    )
    (row,) = seen["streams"]
    assert (row["video"]["height"], row["wanted"], row["file"]) == (180, False, "")
    assert row["sound"] is not None
    assert [path.name for path in lab.output.iterdir() if not path.name.startswith(".")] == []
    assert await recorder.stop() == 0, "nothing was to be recorded"
    assert list(lab.output.iterdir()) == []
    assert recorder.all("take.start") == recorder.all("warning") == []


async def test_an_engine_that_dies_while_it_only_looks_leaves_everything_as_it_is(
    lab: Lab,
) -> None:
    first = await lab.record("--monitor")
    lab.publish("alice", Codec.VP8, number=1, seconds=None)
    lab.publish("bob", Codec.VP8, number=2, seconds=None)
    for stream in ("alice", "bob"):
        await first.status(_is(stream, "LIVE"))
    await lab.tell("start", "bob")
    started = await first.line("take.start", "bob")
    first.process.kill()
    await first.wait()

    # A worker starts the next engine, which nobody tells what was asked of the last one.
    async with heir(lab) as engine:
        alice = await engine.stream("alice", StreamState.LIVE)
        bob = await engine.stream("bob")
        assert (alice.file, bob.file) == ("", started["file"])
        lab.publish("carol", Codec.VP8, number=3, seconds=None)
        await engine.stream("carol", StreamState.LIVE)
        await engine.client.command("start", ("alice",))
        await engine.client.command("stop", ("bob",))
        await engine.stream("alice")
        await engine.stream("bob", StreamState.LIVE)
        await engine.client.command("shutdown")
        await engine.ended()
    takes = {one.stream: one for one in engine.events if one.type == EventType.TAKE_END}
    begun = sorted(one.stream for one in engine.events if one.type == EventType.TAKE_START)
    # That of bob is told by the journal of the engine that died.
    assert begun == ["alice", "bob"]
    assert takes.keys() == {"alice", "bob"}
    assert takes["bob"].data["file"] == started["file"]
    for stream, take in takes.items():
        assert not (await lab.check({"stream": stream, **take.data})).bad


async def test_a_take_begins_before_somebody_asked_for_it(lab: Lab) -> None:
    recorder = await lab.record("--monitor", "--pre-roll", "3s", "--key-frames", "2")
    lab.publish("alice", Codec.H264, seconds=None)
    ends: list[Line] = []
    for number, least in ((1, 3.0), (2, 0.5)):
        await _from_now_on(recorder, "held", least)
        await lab.tell("start", "alice")
        asked = time.time()
        started = await recorder.line("take.start", "alice", count=number)
        assert started["pre_roll"] > least
        await _from_now_on(recorder, "seconds", 4.0)
        await lab.tell("stop", "alice")
        ends.append(await recorder.line("take.end", "alice", count=number))
        kept = sidecar.load(next(lab.output.glob("*.json")))
        assert kept is not None
        assert kept.takes[-1].started < asked - started["pre_roll"]
        into = kept.takes[-1].started - kept.session.started
        # A busy machine may take its first key frame late; it counts from when that was due.
        assert -0.1 < into - kept.takes[-1].offset < 2.5
    await recorder.status(_is("alice", "LIVE"))
    assert await recorder.stop() == 0
    for end in ends:
        # Frame by frame with what was sent: that none is missing from the first to the last.
        report = await lab.check(end)
        assert not report.bad, report.problems
    both = [{*Demuxed(end["file"]).data["video"]} for end in ends]
    assert not both[0] & both[1]


async def _from_now_on(recorder: Command, what: str, least: float) -> None:
    """Wait for a status that has more than so much of it; those of before do not count."""

    def fits(line: Line) -> bool:
        return any((stream[what] or 0.0) > least for stream in line["streams"])

    before = sum(map(fits, recorder.all("status")))
    await recorder.line("status", where=fits, count=before + 1)


@contextlib.asynccontextmanager
async def heir(lab: Lab) -> AsyncGenerator[Watch]:
    """Follow the engine that takes over; it is not there yet."""
    async with asyncio.timeout(10 + SOON), contextlib.AsyncExitStack() as stack:
        while True:
            with contextlib.suppress(ControlError):
                engine = await stack.enter_async_context(watch(lab))
                break
            await asyncio.sleep(0.1)
        kept = stack.pop_all()
    async with kept:
        yield engine

"""Looking before recording."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from roomdeck.core.errors import ControlError
from roomdeck.core.model import Codec, EventType, StreamState

from .lab import SOON, Lab, Line
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
    assert {one.stream for one in engine.events if one.type == EventType.TAKE_START} == {"alice"}
    assert takes.keys() == {"alice", "bob"}
    assert takes["bob"].data["file"] == started["file"]
    for stream, take in takes.items():
        assert not (await lab.check({"stream": stream, **take.data})).bad


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

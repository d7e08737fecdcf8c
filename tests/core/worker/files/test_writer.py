"""The thread that writes, and who may keep how much waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from roomdeck.core.worker.files.writer import Batch, Writer

from ..fakes import Stuck


class Source:
    """Holds so many bytes, and says when they are written."""

    def __init__(self, name: str, written: list[str], waiting: int = 0) -> None:
        self.name = name
        self.waiting = waiting
        self.counted = 0
        self.gave_up = False
        self.eager = False
        self._written = written

    def count(self) -> None:
        self.counted += 1

    def collect(self) -> Batch | None:
        if self.waiting == 0:
            return None
        size, self.waiting = self.waiting, 0
        return Batch(lambda: self._written.append(f"{self.name} {size}"), size)

    @property
    def held(self) -> int:
        return 0

    def let_go(self) -> None:
        raise AssertionError

    def give_up(self) -> None:
        self.gave_up, self.waiting = True, 0


@pytest.fixture
async def writer() -> AsyncGenerator[Writer, None]:
    writer = Writer(limit=1000)
    yield writer
    writer.close()


async def settled(writer: Writer) -> None:
    await writer.run(lambda: None)


def added(writer: Writer, *sources: Source) -> None:
    for source in sources:
        writer.add(source)


async def test_all_sources_are_written_together_and_in_order(writer: Writer) -> None:
    written: list[str] = []
    added(writer, *(Source(name, written, 10) for name in "abc"))
    async with Stuck(writer):
        writer.flush()
        assert (written, writer.waiting) == ([], 30)
    await settled(writer)
    assert (written, writer.waiting) == (["a 10", "b 10", "c 10"], 0)


async def test_it_flushes_by_itself_while_there_are_sources(writer: Writer) -> None:
    asked = asyncio.Event()
    source = Source("a", [])
    source.count = asked.set
    writer.add(source)
    async with asyncio.timeout(30):
        await asked.wait()
    del source.count
    writer.remove(source)
    counted = source.counted
    writer.flush()
    assert source.counted == counted


async def test_what_may_begin_a_file_does_not_wait_for_the_others(writer: Writer) -> None:
    written: list[str] = []
    calm, beginning = Source("calm", written, 10), Source("beginning", written, 20)
    added(writer, calm, beginning)
    writer.flush_eager()
    await settled(writer)
    assert written == []
    beginning.eager = True
    writer.flush_eager()
    await settled(writer)
    assert written == ["calm 10", "beginning 20"]


async def test_one_that_breaks_does_not_cost_the_others_anything(writer: Writer) -> None:
    written: list[str] = []
    broken, fine = Source("broken", written), Source("fine", written, 10)
    batches = iter([Batch(_raise, 10)])
    broken.collect = lambda: next(batches, None)
    added(writer, broken, fine)
    writer.flush()
    await settled(writer)
    assert (written, writer.waiting) == (["fine 10"], 0)


def _raise() -> None:
    raise RuntimeError("a bug")


async def test_while_the_disk_is_stuck_sources_keep_what_they_hold(writer: Writer) -> None:
    written: list[str] = []
    source = Source("a", written, 10)
    writer.add(source)
    async with Stuck(writer):
        writer.flush()
        assert source.waiting == 0
        source.waiting = 20
        writer.flush()
        assert source.waiting == 20
        assert writer.waiting == 30
    await settled(writer)
    writer.flush()
    await settled(writer)
    assert written == ["a 10", "a 20"]


async def test_past_the_limit_whoever_holds_most_is_given_up(writer: Writer) -> None:
    written: list[str] = []
    calm, flooding, other = (Source(name, written) for name in ("calm", "flooding", "other"))
    added(writer, calm, flooding, other)
    async with Stuck(writer):
        calm.waiting, flooding.waiting = 100, 50
        writer.flush()
        calm.waiting, flooding.waiting, other.waiting = 100, 700, 60
        writer.flush()
        assert [source.gave_up for source in (calm, flooding, other)] == [False, True, False]
        assert writer.waiting == 310
    await settled(writer)
    writer.flush()
    await settled(writer)
    assert written == ["calm 100", "flooding 50", "calm 100", "other 60"]
    assert writer.waiting == 0


async def test_what_waits_is_bounded_even_if_nobody_can_be_given_up(writer: Writer) -> None:
    written: list[str] = []
    source = Source("a", written, 900)
    writer.add(source)
    async with Stuck(writer):
        writer.flush()
        source.waiting = 101
        writer.flush()
        assert source.gave_up
        assert writer.waiting == 900


async def test_a_caller_that_is_cancelled_does_not_stop_its_call(writer: Writer) -> None:
    written: list[str] = []
    async with Stuck(writer):
        task = asyncio.create_task(writer.run(lambda: written.append("done"), 10))
        await asyncio.sleep(0)
        assert writer.waiting == 10
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert writer.waiting == 10
    await settled(writer)
    assert written == ["done"]
    assert writer.waiting == 0

"""Tasks that run beside their owner."""

from __future__ import annotations

import asyncio

import pytest

from roomdeck.core.tasks import Tasks, unless


async def test_the_one_that_cancels_the_others_goes_on() -> None:
    tasks, done = Tasks("work"), list[str]()

    async def wait() -> None:
        await asyncio.Event().wait()

    async def end() -> None:
        tasks.cancel()
        await tasks.join()
        done.append("ended the others")

    tasks.spawn(wait())
    tasks.spawn(wait())
    tasks.spawn(end())
    assert len(tasks) == 3
    await tasks.join()
    assert done == ["ended the others"]
    assert len(tasks) == 0


async def test_what_fails_is_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks("serving alice")

    async def fail() -> None:
        raise ValueError("broken")

    tasks.spawn(fail())
    await tasks.wait_for_one()
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == ["serving alice failed"]


async def test_what_is_done_makes_place_for_others() -> None:
    tasks, first = Tasks("work"), asyncio.Event()

    async def wait(event: asyncio.Event) -> None:
        await event.wait()

    tasks.spawn(wait(first))
    tasks.spawn(wait(asyncio.Event()))
    first.set()
    await tasks.wait_for_one()
    await asyncio.sleep(0)
    assert len(tasks) == 1
    tasks.cancel()
    await tasks.join()


async def test_work_ends_when_something_happens() -> None:
    event, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 1

    async def done() -> int:
        return 2

    assert await unless(event, done()) == 2
    event.set()
    assert await unless(event, work()) is None
    assert ended.is_set()


async def test_what_goes_wrong_in_it_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await unless(asyncio.Event(), fail())

"""Commands in processes of their own: what they say, why they fail, that they leave."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roomdeck.tui.dashboard.past.helper import Helper, HelperError


async def said(helper: Helper) -> list[dict[str, Any]]:
    return [line async for line in helper.lines()]


async def test_objects_are_told_and_other_lines_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text('{"type": "a"}\n[1]\n"b"\n{"type": "c"}\n')
    helper = Helper("json.tool", ("--json-lines", "--compact", str(file)))
    assert await said(helper) == [{"type": "a"}, {"type": "c"}]


async def test_a_failure_says_why_in_the_words_of_the_command() -> None:
    with pytest.raises(HelperError, match="is not there"):
        await said(Helper("roomdeck.tui", ("deliver", "/nowhere/at/all", "--json")))


@pytest.mark.parametrize("patience", [0.0, 10.0])
async def test_who_is_interrupted_leaves_and_that_is_no_failure(patience: float) -> None:
    helper = Helper("tests.tui.dashboard.past.endless", (), patience)
    lines = helper.lines()
    assert await anext(lines) == {"type": "begun"}
    await helper.interrupt()
    assert [line async for line in lines] == []


async def test_who_is_interrupted_while_it_begins_leaves_as_well() -> None:
    helper = Helper("tests.tui.dashboard.past.endless", ())
    task = asyncio.create_task(said(helper))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await helper.interrupt()
    assert await asyncio.wait_for(task, 10) == []


async def test_one_that_nobody_reads_any_more_leaves_as_well() -> None:
    helper = Helper("tests.tui.dashboard.past.endless", ())
    lines = helper.lines()
    assert await anext(lines) == {"type": "begun"}
    await lines.aclose()
    await asyncio.wait_for(helper.left(), 10)


async def test_one_that_is_given_up_while_it_begins_leaves_as_well() -> None:
    helper = Helper("tests.tui.dashboard.past.endless", ())
    task = asyncio.create_task(said(helper))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(helper.left(), 10)

"""A cluster on one machine in one command: it shows what it promises, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
from pathlib import Path

import pytest

from .lab import Command, Lab

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(300),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]

STARTING = 120.0
"""Seconds that nodes of Ray may take on a busy machine."""


async def _demo(lab: Lab, seconds: str) -> Command:
    demo = await lab.run(
        *("demo", "--nodes", "2", "--headless", "--json", "--seconds", seconds),
        *("--output", str(lab.output)),
    )
    async with asyncio.timeout(STARTING):
        # It prints nothing before there are nodes.
        while not demo.all("engine.start") and demo.process.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return demo


def _left(lab: Lab) -> list[str]:
    """Return the commands of all processes that were started from this lab, but zombies."""
    found: list[str] = []
    for card in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if os.fsencode(str(lab.output)) in card.read_bytes():
                found.append(card.with_name("cmdline").read_text().replace("\0", " "))
    return found


async def _nothing_left(lab: Lab) -> None:
    """Wait until all are gone, also such as only notice that nobody needs them."""
    async with asyncio.timeout(STARTING):
        # Processes set no event.
        while _left(lab):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_streams_are_on_nodes_and_nothing_is_missing(lab: Lab) -> None:
    demo = await _demo(lab, "3")
    for name in ("alice", "bob", "charlie"):
        take = await demo.line("take.end", name)
        assert Path(take["file"]).parent == lab.output / take["node"]
    assert await demo.wait() == 0, demo.errors
    assert {take["node"] for take in demo.all("take.end")} == {"box1", "box2"}
    await _nothing_left(lab)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_however_it_ends_nothing_is_left(lab: Lab, number: signal.Signals) -> None:
    demo = await _demo(lab, "600")
    for name in ("alice", "bob", "charlie"):
        await demo.line("take.start", name)
    demo.process.send_signal(number)
    await demo.wait()
    await _nothing_left(lab)
    assert [*lab.output.glob("box*/demo_alice_*")]

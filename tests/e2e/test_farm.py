"""A delivery on the nodes of a Ray cluster, both on this machine: the same as one without."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from roomdeck.core.model import Codec

from ..core.cluster.test_tls import files
from ..core.delivery.stage import Act, perform
from ..core.farm.sessions import scatter
from ..core.server.authority import Authority
from .lab import Command, Lab, Line
from .nodes import HEAD, OTHER, Nodes

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(400),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]

PEOPLE = {
    "alice": [Act(0.0, 4.0)],
    "bob": [Act(0.0, 2.0, Codec.VP8, 15), Act(2.5, 4.0, Codec.VP8, 15, seed=1)],
    "cleo": [Act(1.0, 4.0, fps=25)],
    "dave": [Act(0.0, 4.0, pictures=False)],
}
WHERE = {"alice": [HEAD], "bob": [OTHER, HEAD], "cleo": [OTHER], "dave": [HEAD]}
"""Nodes of their takes, in order."""
PATIENCE = 240.0
"""Seconds that a delivery may take on a busy machine."""


async def deliver(lab: Lab, *words: str, **environment: str) -> Command:
    """Begin to deliver."""
    session = str(lab.output)
    return await lab.run("deliver", session, "--from", "0:59", "--json", *words, **environment)


async def test_files_are_the_same_as_without_nodes(lab: Lab) -> None:
    # All that is said is encrypted here, between nodes as well.
    known = files(lab.folder, Authority(), hosts=("127.0.0.1", "127.0.0.2", "127.0.0.3"))
    nodes = Nodes(lab, known)
    lab.output.mkdir()
    session = perform(lab.output, PEOPLE)
    here = await deliver(lab, "--output", str(lab.folder / "here"))
    await nodes.open()
    assert await here.wait(PATIENCE) == 0, here.errors
    scatter(session, WHERE, lab.folder)
    on = ("--cluster", nodes.address, "--cluster-token", str(nodes.token))
    begun = await deliver(lab, *on, "--output", str(lab.folder / "there"), **known)
    await _has_begun(begun)
    await begun.stop(signal.SIGKILL)
    there = await deliver(lab, *on, "--output", str(lab.folder / "there"), **known)
    assert await there.wait(PATIENCE) == 0, there.errors
    made = there.all("deliver.file")
    assert {line["error"] for line in made} == {""}
    assert len(made) == len(PEOPLE)
    assert _contents(made) == _contents(here.all("deliver.file"))
    # Nothing is made twice.
    again = await deliver(lab, *on, "--output", str(lab.folder / "there"), **known)
    assert await again.wait(PATIENCE) == 0, again.errors
    assert all(line["was_there"] for line in again.all("deliver.file"))


async def _has_begun(command: Command) -> None:
    """Wait until files are being made: nodes have told what is in takes then."""
    async with asyncio.timeout(PATIENCE):
        while not command.all("deliver.progress"):
            assert command.process.returncode is None, command.errors
            await asyncio.sleep(0.1)


def _contents(lines: Sequence[Line]) -> dict[str, bytes]:
    return {line["stream"]: Path(line["file"]).read_bytes() for line in lines}


async def test_a_recording_on_nodes_is_delivered_when_it_is_over(lab: Lab) -> None:
    nodes = Nodes(lab)
    await nodes.open()
    on = ("--cluster", nodes.address, "--cluster-token", str(nodes.token))
    recorder = await lab.record(*on, "--deliver", "edit")
    lab.publish("alice", seconds=3.0)
    take = await recorder.line("take.end", "alice")
    assert Path(take["file"]).parent == nodes.folder(take["node"])
    assert await recorder.stop(patience=PATIENCE) == 0, recorder.errors
    (made,) = recorder.all("deliver.file")
    assert made["error"] == ""
    assert Path(made["file"]).is_relative_to(lab.output)


async def test_a_node_that_fails_has_its_files_made_elsewhere_or_that_is_told(lab: Lab) -> None:
    nodes = Nodes(lab)
    await nodes.open()
    lab.output.mkdir()
    scatter(perform(lab.output, PEOPLE), WHERE, lab.folder)
    (lost,) = nodes.folder(OTHER).glob("*cleo*")
    lost.unlink()
    on = ("--cluster", nodes.address, "--cluster-token", str(nodes.token))
    made = await deliver(lab, *on)
    # Files are begun then; both nodes are on one machine, so that takes stay within reach.
    await _has_begun(made)
    (raylet,) = {*nodes.processes("/raylet/raylet")} & {*nodes.processes("127.0.0.3")}
    os.kill(raylet, signal.SIGKILL)
    assert await made.wait(PATIENCE) == 3, made.errors
    errors = {line["stream"]: line["error"] for line in made.all("deliver.file")}
    assert {stream for stream, error in errors.items() if error} == {"cleo"}, errors
    assert "the same command" in errors["cleo"]

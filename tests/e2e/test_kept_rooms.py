"""Rooms that a Ray cluster keeps: their engines are placed and started again by it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from roomdeck.core.model import Codec
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.recording.check import check
from roomdeck.core.recording.sidecar import load

from .lab import PATIENCE, Lab, Line
from .nodes import HEAD, OTHER, Nodes

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(400),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]


class Kept:
    """A room that a cluster keeps, asked for by commands from elsewhere."""

    def __init__(self, lab: Lab, nodes: Nodes) -> None:
        self._lab, self._nodes = lab, nodes
        self._cluster = ("--cluster", nodes.address, "--cluster-token", str(nodes.token))
        self._file = lab.folder / "rooms.toml"
        self._file.write_text(
            f'[record]\nno_report = true\ncluster = "{nodes.address}"\n'
            f'cluster_token = "{nodes.token}"\nworkers = 4\n'
            f'[[rooms]]\nroom = "lab"\nplace = ["*={HEAD}"]\n'
        )

    async def start(self, node: str) -> Line:
        return await self._line("start", "--node", node)

    async def now(self) -> Line:
        return await self._line("rooms", *self._cluster)

    async def stop(self) -> Line:
        return await self._line("stop", "lab", *self._cluster)

    async def until(self, where: Callable[[Line], bool]) -> Line:
        line: Line = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3 * PATIENCE):
                while not where(line := await self.now()):  # noqa: ASYNC110 - as told
                    await asyncio.sleep(0.5)
        assert where(line), line
        return line

    async def has_one_take(self, guest: Publisher, file: Path) -> None:
        """Have a guest leave whose take goes on, and all of it be in that one file."""
        await _grows(file)
        guest.stop()
        await _ended(self._lab, file)
        assert (await self.stop())["state"] == "ended"
        assert _files(file.parent) == [file], "no second take"
        sent = self._lab.sent("alice")
        assert not (await asyncio.to_thread(check, file, sent)).bad

    async def _line(self, *words: str) -> Line:
        command = await self._lab.run("cluster", *words, "--json", ROOMDECK_CONFIG=str(self._file))
        assert await command.wait(3 * PATIENCE) == 0, command.errors.decode()
        (line,) = command.lines
        return line


async def test_an_engine_is_kept_where_it_is_and_goes_on_elsewhere_when_its_node_is_gone(
    lab: Lab,
) -> None:
    nodes = Nodes(lab, apart=True)
    await nodes.open()
    kept = Kept(lab, nodes)
    first = await kept.start(OTHER)
    assert (first["room"], first["state"], first["node"]) == ("lab", "up", OTHER)
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    file = await _begun(nodes.folder(HEAD))

    # Ray starts the actor anew, which finds the engine where it is.
    await nodes.kill("ray::Steward")
    again = await kept.until(lambda line: line["state"] == "up")
    assert (again["pid"], again["starts"]) == (first["pid"], 0)
    # One that dies is started again there.
    os.kill(first["pid"], signal.SIGKILL)
    second = await kept.until(lambda line: line["state"] == "up" and line["pid"] != first["pid"])
    assert second["node"] == OTHER
    # With all of its node it goes on on another one, with what workers record elsewhere.
    await nodes.end(OTHER)
    await kept.until(lambda line: line["state"] == "up" and line["node"] == HEAD)
    await kept.has_one_take(guest, file)


async def test_an_engine_whose_node_left_the_cluster_gives_way_to_the_one_in_its_place(
    lab: Lab,
) -> None:
    nodes = Nodes(lab, apart=True)
    await nodes.open()
    kept = Kept(lab, nodes)
    first = await kept.start(OTHER)
    guest = lab.publish("alice", Codec.VP8, seconds=None)
    file = await _begun(nodes.folder(HEAD))
    # Ray alone ends there: its engine lives, and nobody in the cluster can tell.
    await nodes.end_ray(OTHER)
    second = await kept.until(lambda line: line["state"] == "up" and line["node"] == HEAD)
    assert second["pid"] != first["pid"]
    await lab.gone(first["pid"])
    await kept.has_one_take(guest, file)


async def _begun(folder: Path) -> Path:
    """Wait for the file of a take, and return it."""
    async with asyncio.timeout(PATIENCE):
        while not (found := _files(folder)):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    return found[0]


async def _grows(file: Path) -> None:
    """Wait until more is in a file than at this moment."""
    before = _size(file)
    async with asyncio.timeout(PATIENCE):
        while _size(file) <= before:  # noqa: ASYNC110 - files set no event
            await asyncio.sleep(0.1)


def _size(file: Path) -> int:
    return file.stat().st_size


def _files(folder: Path) -> list[Path]:
    return [*folder.glob("lab_alice_*.mkv")]


async def _ended(lab: Lab, file: Path) -> None:
    """Wait until the session's JSON file says how a take ended."""
    async with asyncio.timeout(PATIENCE):
        while str(file) not in _closed(lab):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.2)


def _closed(lab: Lab) -> list[str]:
    known = [load(path) for path in lab.output.glob("lab_*.json")]
    takes = [take for one in known if one is not None for take in one.takes]
    return [take.file for take in takes if take.reason is not None]

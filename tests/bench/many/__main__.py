"""How many streams on other machines one engine takes, and what it uses; no media is sent.

::

    python -m tests.bench.many --streams 1000 --nodes 20 [--ray]

The engine is the real one, in a process of its own, with its websocket, its control socket and its
JSON file. All else is made up in another process: a handshake server at which publishers join fifty
times a second, and the workers of all nodes, which speak the real protocol (and tell the time of
another clock) but receive nothing. A client follows the engine as a dashboard does.

With ``--ray`` there are as many nodes of Ray on loopback, with the real bridge and supervisors, and
each worker is a process on its node that lets in who knows the token; 150 MB for each.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from roomdeck.core.cluster.loopback import nodes
from roomdeck.core.config import ClusterConfig, RecordConfig, RoomConfig
from roomdeck.core.engine import room_session
from roomdeck.core.engine.process import Engine
from roomdeck.core.engine.workers import bridge_link
from roomdeck.core.engine.workers.fabric import Fabric
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE, RoomFolder
from roomdeck.core.model import Event, RoomSnapshot, StreamState

from .fabric import FakeFabric
from .world import World, serve_world

PATIENCE = 20.0
END = 0.05
"""Seconds for the end of each stream."""
NODE = 20.0
"""Seconds that a node may take to have a worker, where all of them are on one busy machine."""
STEADY = 20.0
"""Seconds that are measured once all are recorded."""


class Seen:
    """What an engine says of itself, and when."""

    def __init__(self) -> None:
        self.connected: dict[str, float] = {}
        self.loads: dict[int, int] = {}
        """How many streams each worker holds."""
        self.nodes: set[str] = set()
        """Those with workers."""
        self.recording = 0
        self.warnings: list[str] = []

    def hear(self, event: Event) -> None:
        if event.type == "stream.connect":
            self.connected.setdefault(event.stream, time.monotonic())
        elif event.level != "info" and not event.type.startswith("alarm."):
            self.warnings.append(event.text)

    def see(self, snapshot: RoomSnapshot) -> None:
        self.recording = sum(row.state is StreamState.REC for row in snapshot.streams)
        self.loads = {one.number: one.streams for one in snapshot.workers}
        self.nodes = {one.node for one in snapshot.workers}


class OnNodes(Engine):
    """An engine whose workers are made up."""

    def __init__(self, fabric: FakeFabric | None, config: RecordConfig, seen: Seen) -> None:
        super().__init__(config, seen.hear, seen.see)
        self._made_up = fabric

    def _fabric(self) -> Fabric:
        return self._made_up or super()._fabric()


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(world: World, folder: Path, cluster: ClusterConfig | None) -> None:
    """Print the figures in words.

    Args:
        world: What is around the engine.
        folder: For all files.
        cluster: Of Ray; ``None``: nodes are made up as well.
    """
    room = RoomConfig(room="many", server=world.url, password=None)
    config = RecordConfig(
        room=room,
        output=str(folder / "out"),
        prefix="many",
        report=False,
        cluster=cluster or ClusterConfig(address="nobody is asked", token_file="/"),
    )
    # To see what more than are admitted would take.
    room_session.MAX_IN_CLUSTER = max(room_session.MAX_IN_CLUSTER, world.streams)  # pyright: ignore
    seen = Seen()
    fabric = None if cluster else FakeFabric(folder, world.nodes, world.workers)
    engine = OnNodes(fabric, config, seen)
    running = asyncio.create_task(engine.run())
    await engine.ready.wait()
    async with asyncio.timeout(PATIENCE + world.nodes * NODE):
        while len(seen.nodes) < world.nodes:
            await asyncio.sleep(0.1)
            if running.done():
                # It says why.
                running.result()
    world.open.touch()
    following = asyncio.create_task(_follow(room)) if world.watched else None
    before, began = _processor(), time.monotonic()
    joining, worst = await _until(
        seen, world.streams, began + world.streams / world.rate + PATIENCE
    )
    used = _processor() - before
    steady, begun = _processor(), time.monotonic()
    worst = max(worst, await _pause(STEADY))
    steady = (_processor() - steady) / (time.monotonic() - begun)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    loads, recorded, there = list(seen.loads.values()), seen.recording, len(seen.nodes)
    lines = [
        f"{recorded} of {world.streams} recorded {joining:.1f} s after the first could join"
        f" ({world.streams / world.rate:.1f} s are their joins)",
        f"{used:.1f} s of a core until all are, {used / joining:.0%} of one; then {steady:.0%}",
        f"{memory:.0f} MB of memory at most",
        f"the engine's loop was late by {worst * 1000:.0f} ms at worst",
        f"{len(loads)} workers on {there} nodes, with {min(loads)} to {max(loads)} streams",
        *sorted(set(seen.warnings))[:5],
    ]
    print("\n".join(lines), flush=True)
    stopped = time.monotonic()
    engine.stop()
    if following is not None:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    async with asyncio.timeout(PATIENCE + world.streams * END):
        await running
    print(f"all of it was over {time.monotonic() - stopped:.1f} s after it was to end")


async def _follow(room: RoomConfig) -> None:
    """Take snapshots, as a dashboard does, in another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.many.client", str(RoomFolder.of(room).path))
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def _until(seen: Seen, streams: int, until: float) -> tuple[float, float]:
    """Wait until all are recorded; return how long that took, and how late the loop was."""
    began, worst = time.monotonic(), 0.0
    while seen.recording < streams and time.monotonic() < until:
        worst = max(worst, await _pause(0.05))
    return time.monotonic() - began, worst


async def _pause(seconds: float) -> float:
    """Let time pass; return how late this process woke up at worst."""
    worst, until = 0.0, time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        await asyncio.sleep(0.05)
        worst = max(worst, time.monotonic() - now - 0.05)
    return worst


def main() -> None:
    """Measure once, and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--cores", type=int, default=4, help="of each node")
    parser.add_argument("--rate", type=float, default=50.0, help="joins in a second")
    parser.add_argument("--alone", action="store_true", help="nobody follows the engine")
    parser.add_argument("--ray", action="store_true", help="have real nodes of Ray")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rd-many-") as name:
        folder = Path(name)
        os.environ[RUNTIME_VARIABLE] = str(folder / "run")
        ready: multiprocessing.Queue[str] = multiprocessing.Queue()
        world = World(
            folder=folder,
            streams=said.streams,
            nodes=said.nodes,
            workers=0 if said.ray else said.nodes * said.cores,
            rate=said.rate,
            watched=not said.alone,
        )
        others = multiprocessing.Process(target=serve_world, args=(world, ready), daemon=True)
        others.start()
        world = world._replace(url=ready.get(timeout=PATIENCE))
        try:
            asyncio.run(_measure(world, folder, ray=said.ray))
        finally:
            others.kill()
            others.join()


async def _measure(world: World, folder: Path, *, ray: bool) -> None:
    if not ray:
        await measure(world, folder, None)
        return
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[3])
    bridge_link.MODULE = "tests.bench.many.bridge"
    async with nodes(world.nodes, folder) as cluster:
        await measure(world, folder, cluster)


if __name__ == "__main__":
    main()

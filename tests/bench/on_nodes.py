"""Compares what a stream costs on a node of a cluster with one of this machine's own workers.

::

    python -m tests.bench.on_nodes --streams 16

Both record at the same time, one worker each, from a sender each, so that what slows one slows the
other; who begins changes with each round. Beside that: what all else of the cluster uses, and how
much goes between the engine and the worker on its node. There are two nodes of Ray, on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from roomdeck.core.cluster.cards import WorkerCard
from roomdeck.core.cluster.loopback import nodes
from roomdeck.core.config import ClusterConfig

from ..e2e.lab import Lab, laboratory
from .receive.measure import sending
from .receive.processes import MARK, Moment, Process, look
from .receive.recorders import ROOM, Session

STARTING = 120.0
WARM_UP = 8.0
_ROLES = {
    "roomdeck.core.worker": "worker",
    "decoding_process": "decoder",
    "roomdeck.core.cluster.bridge": "bridge",
    "roomdeck.core.cluster.keeper": "keeper",
    "roomdeck.tui": "engine",
    "ray::Supervisor": "supervisor",
    "gcs_server": "Ray's head",
    "/raylet/raylet": "Ray's daemons",
    "ray": "the rest of Ray",
    "roomdeck": "engine",
}
"""What a process is, by the first of these that is in its command."""


class Window(NamedTuple):
    """What was used within some seconds."""

    seconds: float
    cpu: dict[str, float]
    """Per cent of a core, by role."""
    memory: dict[str, int]
    """Bytes resident, by role."""
    counts: dict[str, int]
    """Processes, by role."""


def _role(process: Process) -> str:
    if "tests.bench" in process.command:
        return "the bench"
    return next((role for word, role in _ROLES.items() if word in process.command), "other")


def _window(before: Moment, after: Moment) -> Window:
    seconds = after.time - before.time
    cpu: defaultdict[str, float] = defaultdict(float)
    memory: defaultdict[str, int] = defaultdict(int)
    counts: defaultdict[str, int] = defaultdict(int)
    for pid, process in after.processes.items():
        role = _role(process)
        then = before.processes[pid].cpu if pid in before.processes else 0.0
        cpu[role] += 100 * (process.cpu - then) / seconds
        memory[role] += _own(pid)
        counts[role] += 1
    return Window(seconds, dict(cpu), dict(memory), dict(counts))


def _own(pid: int) -> int:
    """Return what a process has for itself alone (Pss: what is shared counts in part), bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0


def _control(lab: Lab) -> Callable[[], int]:
    """Return what counts the bytes that went to the workers of a lab and came from them."""
    (path,) = lab.runtime.glob("*/nodes.json")
    cards = msgspec.json.decode(path.read_bytes(), type=list[WorkerCard])

    def count() -> int:
        total = 0
        for card in cards:
            where = ("dst", card.host, "dport", "=", f":{card.port}")
            said = subprocess.run(
                ("ss", "-tinH", *where), check=True, capture_output=True, text=True
            ).stdout
            words = (word.partition(":") for word in said.split())
            total += sum(int(n) for key, _, n in words if key in ("bytes_sent", "bytes_received"))
        return total

    return count


@contextlib.asynccontextmanager
async def _recording(
    folder: Path, streams: int, cluster: ClusterConfig | None, mark: str
) -> AsyncGenerator[Lab]:
    folder.mkdir()  # noqa: ASYNC240 - once
    words = ("--workers", "1", "--status", "1")
    if cluster is not None:
        words += ("--cluster", cluster.address, "--cluster-token", cluster.token_file)
    async with laboratory(folder) as lab:
        command = await lab.record(*words, room=ROOM, **{MARK: mark})
        async with asyncio.timeout(STARTING):
            # On a busy machine Ray takes its time.
            while not (seen := command.all("status")) or not seen[-1]["workers"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        session = Session(("--room", ROOM, "--server", lab.server.url), command.stop, [])
        told = ("--streams", str(streams), "--sent", str(folder))
        async with sending(lab, session, *told):
            yield lab
        await command.stop()


async def _round(
    words: argparse.Namespace, cluster: ClusterConfig, number: int, mark: str
) -> list[tuple[Window, Window, float]]:
    """Return what was used without a cluster and with one, and bytes of control a second."""
    found: list[tuple[Window, Window, float]] = []
    with tempfile.TemporaryDirectory(prefix="roomdeck-bench-") as scratch:
        async with contextlib.AsyncExitStack() as stack:
            order = (None, cluster) if number % 2 else (cluster, None)
            labs: dict[bool, Lab] = {}
            for where in order:
                name = "nodes" if where else "here"
                opened = _recording(
                    Path(scratch) / name, words.streams, where, mark if where else "here"
                )
                labs[where is not None] = await stack.enter_async_context(opened)
            await asyncio.sleep(WARM_UP)
            count = _control(labs[True])
            for _ in range(words.windows):
                here, there, bytes_ = look("here"), look(mark), count()
                await asyncio.sleep(words.seconds)
                alone, within = _window(here, look("here")), _window(there, look(mark))
                found.append((alone, within, (count() - bytes_) / within.seconds))
                print(_progress(words.streams, *found[-1]), flush=True)
    return found


def _progress(streams: int, alone: Window, within: Window, control: float) -> str:
    return (
        f"a worker: {_recorders(alone) / streams:.3f} % of a core for each stream, "
        f"on a node {_recorders(within) / streams:.3f} %; "
        f"with the engine {_all(alone, streams):.3f} and {_all(within, streams):.3f} %; "
        f"{control / streams:.0f} bytes of control a second"
    )


def _recorders(window: Window) -> float:
    return window.cpu["worker"] + window.cpu.get("decoder", 0.0)


def _all(window: Window, streams: int) -> float:
    return (_recorders(window) + window.cpu["engine"]) / streams


def _table(windows: Iterable[Window]) -> str:
    known = list(windows)
    roles = sorted({role for one in known for role in one.cpu})
    lines = ["| | processes | % of a core | MB |", "| --- | ---: | ---: | ---: |"]
    for role in roles:
        cpu = median(one.cpu.get(role, 0.0) for one in known)
        memory = median(one.memory.get(role, 0) for one in known)
        count = median(one.counts.get(role, 0) for one in known)
        lines.append(f"| {role} | {count:.0f} | {cpu:.1f} | {memory / 1e6:.0f} |")
    return "\n".join(lines)


async def _run(words: argparse.Namespace) -> None:
    found: list[tuple[Window, Window, float]] = []
    with tempfile.TemporaryDirectory(prefix="roomdeck-bench-") as scratch:
        mark = os.environ[MARK] = Path(scratch).name
        async with nodes(2, Path(scratch)) as cluster:
            del os.environ[MARK]
            for number in range(words.rounds):
                found += await _round(words, cluster, number, mark)
    streams = words.streams
    workers = median(_recorders(within) / _recorders(alone) for alone, within, _ in found)
    both = median(_all(within, streams) / _all(alone, streams) for alone, within, _ in found)
    control = median(one for _, _, one in found) / streams
    print(f"\na worker on a node: {100 * (workers - 1):+.1f} %, with its engine: ", end="")
    print(f"{100 * (both - 1):+.1f} % (median of {len(found)}); ", end="")
    print(f"{control:.0f} bytes of control a second for each stream, both ways\n")
    print(_table(within for _, within, _ in found))
    print("\nwithout a cluster:\n")
    print(_table(alone for alone, _, _ in found))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--windows", type=int, default=3, help="of each round")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each window")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()

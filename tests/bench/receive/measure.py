"""One measurement: a recorder and the sender, a warm-up, a window, the files."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncGenerator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ...e2e.lab import Command, Lab, Line, laboratory
from .complete import frames_in
from .figures import Figures
from .processes import Moment, look
from .recorders import Session, Way

_SENDER = f"{__package__}.load"


@dataclass(frozen=True)
class Options:
    """How to measure."""

    seconds: float
    warm_up: float


@dataclass(frozen=True)
class Window:
    """What was seen at both ends of the time that counts."""

    before: Moment
    after: Moment
    reports: list[Line]
    """Of the sender, within."""


async def measure(way: Way, streams: int, round_: int, options: Options) -> Figures:
    """Record so many streams once."""
    with tempfile.TemporaryDirectory(prefix="roomdeck-bench-") as scratch:
        folder = Path(scratch)
        mark = folder.name
        async with laboratory(folder) as lab, way.open(lab, mark) as session:
            words = ("--streams", str(streams), "--sent", str(folder))
            async with sending(lab, session, *words) as sender:
                window = await _watch(sender, mark, options)
            ended = await sender.line("ended")
            await session.stop()
        return _figures(way, streams, round_, window, ended, session, folder)


@contextlib.asynccontextmanager
async def sending(lab: Lab, session: Session, *words: str) -> AsyncGenerator[Command]:
    """Send to a recorder while inside; the last that the sender says is what it has sent."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _SENDER, *words, *session.words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=lab.environment,
        limit=1 << 22,
    )
    sender = Command(process)
    lab.commands.append(sender)
    await sender.line("sending")
    yield sender
    assert process.stdin is not None
    process.stdin.close()
    await sender.wait()


async def _watch(sender: Command, mark: str, options: Options) -> Window:
    await asyncio.sleep(options.warm_up)
    before, begin = look(mark), len(sender.all("report"))
    await asyncio.sleep(options.seconds)
    return Window(before, look(mark), sender.all("report")[begin - 1 :])


def _figures(
    way: Way,
    streams: int,
    round_: int,
    window: Window,
    ended: Line,
    session: Session,
    folder: Path,
) -> Figures:
    before, after = window.before, window.after
    sent = sum(sum(kinds.values()) for kinds in ended["sent"].values())
    return Figures(
        way=way.name,
        streams=streams,
        round=round_,
        seconds=after.time - before.time,
        cpu=_cpu(way, before, after),
        memory=_memory(way, after),
        threads=sum(process.threads for process in after.processes.values()),
        packets_sent=ended["packets"],
        packets_received=_packets(session.lines),
        frames_sent=sent,
        frames_written=_written(way, folder) if way.suffix else None,
        exact=way.exact,
        dropped=after.dropped,
        late=_late(session.lines, window),
        nacks=ended["nacks"],
        plis=ended["plis"],
        sender_cpu=_sender_cpu(window.reports),
        sender_refused=ended["refused"],
        sender_late=max(report["late"] for report in window.reports),
        details=_details(session.lines),
    )


def _cpu(way: Way, before: Moment, after: Moment) -> dict[str, float]:
    used: dict[str, float] = {}
    for pid, process in after.processes.items():
        role = way.role(process)
        then = before.processes[pid].cpu if pid in before.processes else 0.0
        used[role] = used.get(role, 0.0) + process.cpu - then
    wall = after.time - before.time
    return {role: 100 * seconds / wall for role, seconds in sorted(used.items())}


def _memory(way: Way, moment: Moment) -> dict[str, int]:
    largest: dict[str, int] = {}
    for process in moment.processes.values():
        role = way.role(process)
        largest[role] = max(largest.get(role, 0), process.memory)
    return largest


def _written(way: Way, folder: Path) -> int:
    files = sorted((folder / "out").rglob(f"*{way.suffix}"))
    logs = sorted(folder.glob("*.jsonl"))
    pairs = [(path, log) for path in files for log in logs if log.stem in path.stem]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        counts = [pool.submit(frames_in, path, log if way.exact else None) for path, log in pairs]
        return sum(count.result() for count in counts)


def _packets(lines: list[dict[str, Any]]) -> int | None:
    """By what the recorder said at its end."""
    takes = [line["packets"] for line in lines if line["type"] == "take.end"]
    own = [line["packets"] for line in lines if line["type"] == "ended" and "packets" in line]
    counts = [kind["received"] + kind["recovered"] for take in takes for kind in take.values()]
    return sum(own or counts) if own or counts else None


def _late(lines: list[dict[str, Any]], window: Window) -> float | None:
    within = (
        line
        for line in lines
        if line["type"] == "status" and window.before.wall < line["time"] < window.after.wall
    )
    return max((worker["late"] for line in within for worker in line["workers"]), default=None)


def _details(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What roomdeck said last about its workers, and GStreamer at first about itself."""
    statuses = [line["workers"] for line in lines if line["type"] == "status" and line["workers"]]
    workers = {"workers": statuses[-1]} if statuses else {}
    versions = [line for line in lines if line["type"] == "ready" and "version" in line]
    return workers | ({"version": versions[0]["version"]} if versions else {})


def _sender_cpu(reports: list[Line]) -> float:
    first, last = reports[0], reports[-1]
    return 100 * (last["cpu"] - first["cpu"]) / (last["time"] - first["time"])

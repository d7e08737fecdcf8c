"""Records for long, looks at what that takes, and checks every file: see the package."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from roomdeck.core.model import Kind

from ...e2e.lab import laboratory
from ...uses import probed, uses
from ..receive.machine import machine
from ..receive.measure import sending
from ..receive.processes import look
from ..receive.recorders import headless, of_roomdeck
from .figures import Found, Sample, by_process, thinned, words
from .plot import plot
from .whole import SUFFIX, frames_written

PLOTTED = 30.0
"""Seconds from one point of the plot to the next."""


async def run(asked: argparse.Namespace) -> Found:
    """Record, look, end, and compare."""
    with tempfile.TemporaryDirectory(prefix="roomdeck-long-", dir=asked.folder) as scratch:
        folder = Path(scratch)
        probe = folder / "probe"
        probe.mkdir()
        record = headless(**probed(probe))
        async with laboratory(folder) as lab, record(lab, folder.name) as session:
            load = ("--streams", str(asked.streams), "--small")
            async with sending(lab, session, *load) as sender:
                samples = await _watch(folder, asked.seconds, asked.every)
                dropped = look(folder.name).dropped
            ended = await sender.line("ended")
            begun = time.monotonic()
            await session.stop()
            took = time.monotonic() - begun
        sent = {name: _counts(kinds) for name, kinds in ended["sent"].items()}
        written = frames_written(lab.output, folder, sent)
        return Found(
            date=time.strftime("%Y-%m-%d %H:%M"),
            seconds=asked.seconds,
            streams=asked.streams,
            machine=machine(),
            frames_sent=sum(sum(kinds.values()) for kinds in sent.values()),
            frames_written=sum(written.values()),
            incomplete={
                name: sum(kinds.values()) - written[name]
                for name, kinds in sent.items()
                if written[name] != sum(kinds.values())
            },
            files=len(list(lab.output.rglob(f"*{SUFFIX}"))),
            dropped=dropped,
            nacks=ended["nacks"],
            refused=ended["refused"],
            said=[line for line in session.lines if line["type"] in ("error", "warning")],
            closing=round(took, 1),
            samples=samples,
        )


async def _watch(folder: Path, seconds: float, every: float) -> list[Sample]:
    samples: list[Sample] = []
    begun = time.monotonic()
    while (age := time.monotonic() - begun) < seconds:
        for pid, process in look(folder.name).processes.items():
            with contextlib.suppress(OSError):  # it ended meanwhile
                seen = await uses(pid, folder / "probe")
                one = Sample(seconds=round(age, 1), role=of_roomdeck(process), pid=pid, uses=seen)
                samples.append(one)
        await asyncio.sleep(max(begun + age + every - time.monotonic(), 0.0))
    return samples


def _counts(kinds: dict[str, int]) -> dict[Kind, int]:
    return {Kind(kind): count for kind, count in kinds.items()}


def main() -> None:
    """Run from the command line; exits with 1 where frames are missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two looks")
    parser.add_argument("--folder", type=Path, help="where to record, instead of where files go")
    parser.add_argument("--json", type=Path, help="write the figures, of every minute")
    parser.add_argument("--svg", type=Path, help="write the plot")
    asked = parser.parse_args()
    found = asyncio.run(run(asked))
    print(words(found))
    if asked.svg:
        asked.svg.write_text(plot(by_process(thinned(found.samples, PLOTTED))))
    if asked.json:
        few = msgspec.structs.replace(found, samples=thinned(found.samples))
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(few), indent=1) + b"\n")
    sys.exit(1 if found.frames_written != found.frames_sent else 0)


if __name__ == "__main__":
    main()

"""Run cases and print the table: see the package."""

from __future__ import annotations

import argparse
import asyncio
import platform
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

import msgspec

from .case import Case, Result, Scene, Unavailable, all_cases
from .machines import sweep

ENOUGH = {False: 60.0, True: 2400.0}
"""Seconds after which a case makes its fault no more, in the short and in the full form: on a busy
machine it is tried less often."""
PATIENCE = {False: 120.0, True: 3600.0}
"""Seconds after which a case counts as hanging."""
CLUSTER = 900.0
"""The same in the short form where nodes of a cluster record: Ray has to start on all of them, and
some faults last more than a minute."""
LATE = 60.0
"""Seconds after both of its tries for a case to have taken away what it made."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it is in the table."""

    case: str
    text: str
    tried: int = 0
    lost: str = ""
    verdict: str
    """``holds``, ``fails``, ``breaks`` (it could not be measured) or ``skipped``."""
    seconds: float = 0.0
    figures: dict[str, object] = {}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is written as JSON."""

    date: str
    form: str
    seed: int
    at_once: int
    system: str
    python: str
    cases: list[Line]


async def run(one: Case, full: bool, seed: int, patience: float) -> Line:
    """Run a case to its line; it hangs after so many seconds."""
    begun = time.monotonic()
    scene = Scene(full, Random(f"{seed}/{one.name}"), begun + ENOUGH[full])
    try:
        async with asyncio.timeout(patience):
            result = await one.run(scene)
    except Unavailable as error:
        return Line(case=one.name, text=one.text, lost=str(error), verdict="skipped")
    except Exception as error:
        # The table goes on; a fault that cannot be measured does not hold.
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        where = "".join(traceback.format_tb(error.__traceback__))
        figures: dict[str, object] = {"said": str(error), "where": where}
        return Line(case=one.name, text=one.text, lost=said, verdict="breaks", figures=figures)
    return _line(one, result, time.monotonic() - begun)


def _line(one: Case, result: Result, seconds: float) -> Line:
    return Line(
        case=one.name,
        text=one.text,
        tried=result.tried,
        lost=result.lost,
        verdict="holds" if result.holds else "fails",
        seconds=round(seconds, 1),
        figures=result.figures,
    )


def _tell(line: Line) -> None:
    print(f"{line.verdict:8} {line.case:24} {line.seconds:6.1f} s  {line.lost}", file=sys.stderr)


def table(lines: list[Line]) -> str:
    """Return the table as Markdown."""
    rows = [f"| {one.text} | {one.tried} | {_cell(one.lost)} | {one.verdict} |" for one in lines]
    return "\n".join(["| what breaks | tried | lost | |", "| --- | ---: | --- | --- |", *rows])


def _cell(text: str) -> str:
    first = text.partition("\n")[0]
    return first.replace("|", "/")[:200]


async def run_all(cases: list[Case], asked: argparse.Namespace) -> list[Line]:
    """Run cases, each in a process of its own: what one leaves behind is no other's.

    Several at the same time, if so asked, and then the longest first.
    """
    ordered = sorted(cases, key=lambda one: -one.minutes) if asked.at_once > 1 else cases
    waiting = ordered[::-1]
    lines: dict[str, Line] = {}

    async def work() -> None:
        while waiting:
            one = waiting.pop()
            lines[one.name] = await _run_apart(one, asked)

    await asyncio.gather(*(work() for _ in range(asked.at_once)))
    return [lines[one.name] for one in cases]


async def _run_apart(one: Case, asked: argparse.Namespace) -> Line:
    with tempfile.NamedTemporaryFile(prefix="roomdeck-", suffix=".json") as told:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __package__ or "", one.name, "--json", told.name),
            *("--seed", str(asked.seed)),
            *(f"--{word}" for word in ("short", "cluster") if getattr(asked, word)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        status = await _ended(process, 2 * _patience(asked) + LATE)
        if asked.cluster:
            sweep(process.pid)
        try:
            return msgspec.json.decode(told.read(), type=Told).cases[0]
        except msgspec.DecodeError:
            said = f"its process ended with status {status}"
            line = Line(case=one.name, text=one.text, lost=said, verdict="breaks")
            _tell(line)
            return line


async def _ended(process: asyncio.subprocess.Process, patience: float) -> int:
    """Return the status of a case's process, which is ended where it hangs."""
    try:
        return await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        process.kill()
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


def _patience(asked: argparse.Namespace) -> float:
    return CLUSTER if asked.cluster and asked.short else PATIENCE[not asked.short]


def _arguments() -> tuple[argparse.Namespace, dict[str, Case]]:
    words = argparse.ArgumentParser(prog="python -m tests.faults")
    words.add_argument("cases", nargs="*", metavar="CASE")
    words.add_argument(
        "--short",
        action="store_true",
        help="all cases within eight minutes; one that fails is tried once more",
    )
    words.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="run N cases at the same time"
    )
    words.add_argument(
        "--cluster",
        action="store_true",
        help="other cases: nodes of a Ray cluster record, namespaces of this machine",
    )
    words.add_argument("--json", type=Path, metavar="FILE")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--list", action="store_true", help="name the cases and leave")
    asked = words.parse_args()
    known = all_cases("cluster_cases" if asked.cluster else "cases")
    if unknown := set(asked.cases) - known.keys():
        words.error(f"no case called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return asked, known


async def main() -> int:
    """Run what the command line says; SIGTERM ends all of it, and takes away what was made."""
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    asked, known = _arguments()
    if asked.list:
        print("\n".join(f"{one.name:24} {one.text}" for one in known.values()))
        return 0
    cases = [known[name] for name in asked.cases] or list(known.values())
    if len(cases) > 1:
        lines = await run_all(cases, asked)
    else:
        patience = _patience(asked)
        lines = [await run_twice(one, not asked.short, asked.seed, patience) for one in cases]
    print(table(lines))
    if asked.json:
        told = Told(
            date=time.strftime("%Y-%m-%d"),
            form="short" if asked.short else "full",
            seed=asked.seed,
            at_once=asked.at_once,
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            cases=lines,
        )
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")
    return 0 if all(line.verdict in ("holds", "skipped") for line in lines) else 1


async def run_twice(one: Case, full: bool, seed: int, patience: float) -> Line:
    """Run a case, in the short form once more if it does not hold.

    Machines are shared, and few tries say little: both are told, the second counts.
    """
    line = await run(one, full, seed, patience)
    _tell(line)
    if not full and line.verdict in ("fails", "breaks"):
        first, line = line, await run(one, full, seed + 1, patience)
        _tell(line)
        figures = {**line.figures, "before": msgspec.to_builtins(first)}
        line = msgspec.structs.replace(line, figures=figures)
    return line


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)

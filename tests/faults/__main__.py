"""Run cases and print the table: see the package."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import time
from pathlib import Path
from random import Random

import msgspec

from .case import Case, Result, Scene, Unavailable, all_cases

PATIENCE = {False: 120.0, True: 7200.0}
"""Seconds after which a case counts as hanging, in the short and in the full form."""


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


async def run(one: Case, full: bool, seed: int) -> Line:
    """Run a case to its line."""
    begun = time.monotonic()
    scene = Scene(full, Random(f"{seed}/{one.name}"))
    try:
        async with asyncio.timeout(PATIENCE[full]):
            result = await one.run(scene)
    except Unavailable as error:
        return Line(case=one.name, text=one.text, lost=str(error), verdict="skipped")
    except Exception as error:
        # The table goes on; a fault that cannot be measured does not hold.
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        return Line(case=one.name, text=one.text, lost=said, verdict="breaks")
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


async def main() -> int:
    """Run what the command line says."""
    words = argparse.ArgumentParser(prog="python -m tests.faults")
    words.add_argument("cases", nargs="*", metavar="CASE")
    words.add_argument(
        "--short",
        action="store_true",
        help="all cases within eight minutes; one that fails is tried once more",
    )
    words.add_argument("--json", type=Path, metavar="FILE")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--list", action="store_true", help="name the cases and leave")
    asked = words.parse_args()
    known = all_cases()
    if asked.list:
        print("\n".join(f"{one.name:24} {one.text}" for one in known.values()))
        return 0
    if unknown := set(asked.cases) - known.keys():
        words.error(f"no case called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    lines: list[Line] = []
    for one in [known[name] for name in asked.cases] or list(known.values()):
        line = await run(one, not asked.short, asked.seed)
        _tell(line)
        if asked.short and line.verdict in ("fails", "breaks"):
            # Machines are shared, and few tries say little: both are told, the second counts.
            line = await run(one, False, asked.seed + 1)
            _tell(line)
        lines.append(line)
    print(table(lines))
    if asked.json:
        told = {
            "date": time.strftime("%Y-%m-%d"),
            "form": "short" if asked.short else "full",
            "seed": asked.seed,
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "cases": lines,
        }
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")
    return 0 if all(line.verdict in ("holds", "skipped") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

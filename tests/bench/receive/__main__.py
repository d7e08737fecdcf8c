"""Measures what recording costs and prints the tables; see the package for what is measured."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from .figures import BASE_STREAMS, Figures, Row, summarize
from .machine import machine
from .measure import Options, measure
from .plot import plot
from .recorders import WAYS, Way
from .table import markdown

TITLES = {way.name: way.title for way in WAYS}


def _plan(words: argparse.Namespace) -> Iterator[tuple[int, Way, int]]:
    """Every way in every round, those to be compared one after the other.

    What else disturbs the machine then disturbs all of them.
    """
    ways = [way for way in WAYS if (not words.only or way.name in words.only) and way.available()]
    counts = sorted({count for way in ways for count in way.streams})
    for round_ in range(words.rounds):
        for count in counts:
            if not words.streams or count in words.streams:
                yield from ((round_, way, count) for way in ways if count in way.streams)


async def run(words: argparse.Namespace) -> list[Figures]:
    """Measure all that was asked for; what fails is said and left out."""
    options = Options(words.seconds, words.warm_up)
    found: list[Figures] = []
    for round_, way, streams in _plan(words):
        try:
            figures = await measure(way, streams, round_, options)
        except (AssertionError, TimeoutError) as error:
            print(f"{way.name}, {streams} streams, failed: {error}", file=sys.stderr, flush=True)
            continue
        found.append(figures)
        print(_progress(figures), file=sys.stderr, flush=True)
    return found


def _progress(one: Figures) -> str:
    used = ", ".join(f"{role} {per_cent:.1f} %" for role, per_cent in one.cpu.items())
    workers = f"; {one.workers} workers" if one.workers else ""
    complete = "?" if one.complete is None else f"{100 * one.complete:.3f} %"
    return (
        f"round {one.round}: {one.way}, {one.streams} streams: {one.cpu_per_stream:.2f} % each "
        f"({used}{workers}); complete {complete}, dropped {one.dropped}, "
        f"sender {one.sender_cpu:.0f} %"
    )


def _base(found: list[Figures]) -> str:
    """GStreamer, or the floor where it is missing."""
    measured = {one.way for one in found if one.streams == BASE_STREAMS}
    return "gstreamer" if "gstreamer" in measured else "floor"


def _versions(found: list[Figures]) -> dict[str, Any]:
    """Of the recorders that told theirs."""
    return {one.way: one.details["version"] for one in found if "version" in one.details}


def _report(words: argparse.Namespace, found: list[Figures]) -> None:
    base = _base(found)
    rows = summarize(found, base)
    facts = machine() | _versions(found)
    text = markdown(rows, TITLES, base, facts)
    print(text, end="")
    if words.output:
        words.output.write_text(text)
    if words.svg:
        words.svg.write_text(plot([row for row in rows if row.way != "dashboard"], TITLES))
    if words.json:
        words.json.write_bytes(_json(words, facts, rows, found))


def _json(
    words: argparse.Namespace, facts: dict[str, Any], rows: list[Row], found: list[Figures]
) -> bytes:
    everything = {
        "machine": facts,
        "options": {"seconds": words.seconds, "warm_up": words.warm_up},
        "rows": rows,
        "runs": found,
    }
    return msgspec.json.format(msgspec.json.encode(everything), indent=1) + b"\n"


def main() -> None:
    """Run from the command line; exits with 1 where nothing could be measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--warm-up", type=float, default=5.0, help="seconds that do not count")
    parser.add_argument("--streams", type=int, nargs="+", help="only these numbers of streams")
    parser.add_argument("--only", nargs="+", choices=TITLES, help="only these ways")
    parser.add_argument("--svg", type=Path, help="write the plot")
    parser.add_argument("--json", type=Path, help="write every figure")
    parser.add_argument("--output", type=Path, help="write the tables, which are printed too")
    words = parser.parse_args()
    found = asyncio.run(run(words))
    if not found:
        sys.exit("nothing was measured")
    _report(words, found)


if __name__ == "__main__":
    main()

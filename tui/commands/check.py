"""``roomdeck check``: what is in a file, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ...core.errors import UsageError
from ...core.recording.check import CheckReport, Sidecars, Verdict, check, describe, summarise
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line, printable


def check_files(paths: Sequence[Path], against: Path | None, as_json: bool) -> Exit:
    """Print a report per file; of a folder, a line per take and a total.

    Raises:
        UsageError: Several files are to be compared with one log, or a folder has no takes.
    """
    folders = any(path.is_dir() for path in paths)
    if against is not None and (len(paths) > 1 or folders):
        raise UsageError("--against compares one file with what one publisher sent")
    sidecars = Sidecars()
    verdicts: Counter[Verdict] = Counter()
    for path in paths:
        for file in _takes(path, sidecars) if path.is_dir() else [path]:
            report = check(file, against, sidecars)
            verdicts[report.verdict] += 1
            print_report(report, as_json, short=path.is_dir())
    if folders:
        _print_total(verdicts, as_json)
    return Exit.USAGE if verdicts[Verdict.BAD] else Exit.OK


def print_report(report: CheckReport, as_json: bool, short: bool = False) -> None:
    """Print one report: lines for people, or one JSON object of type ``check``."""
    if as_json:
        _print_json({"type": "check"} | msgspec.to_builtins(report, str_keys=True))
    else:
        text = summarise(report) if short else "\n".join(describe(report))
        print(printable(text), flush=True)


def _takes(folder: Path, sidecars: Sidecars) -> list[Path]:
    files, gone = sidecars.files(folder), sidecars.removed(folder)
    for one in gone:
        narrate(f"not here: {printable(str(one))}")
    for take in (others := sidecars.elsewhere(folder)):
        text = f"{take.file} is on {take.node}: `roomdeck collect` brings it"
        narrate(f"not here: {printable(text)}")
    if not (files or gone or others):
        raise UsageError(f"no takes in {folder}: name the folder that `record --output` wrote to")
    return files


def _print_total(verdicts: Counter[Verdict], as_json: bool) -> None:
    counts = {verdict.value: verdicts[verdict] for verdict in Verdict}
    if as_json:
        _print_json({"type": "check.total"} | counts)
    else:
        words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        print(f"{verdicts.total()} files: {words}", flush=True)


def _print_json(line: Mapping[str, object]) -> None:
    print(json_line(line), flush=True)

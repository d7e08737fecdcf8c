"""``roomdeck check``: what is in a file, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..core.errors import UsageError
from ..core.recording.check import CheckReport, check, describe
from .exits import Exit


def check_files(files: Sequence[Path], against: Path | None, as_json: bool) -> Exit:
    """Print a report per file.

    Raises:
        UsageError: Several files are to be compared with one log.
    """
    if against is not None and len(files) > 1:
        raise UsageError("--against compares one file with what one publisher sent")
    bad = False
    for path in files:
        report = check(path, against)
        bad |= report.bad
        print_report(report, as_json)
    return Exit.USAGE if bad else Exit.OK


def print_report(report: CheckReport, as_json: bool) -> None:
    """Print one report: lines for people, or one JSON object of type ``check``."""
    if as_json:
        line = {"type": "check", "bad": report.bad} | msgspec.to_builtins(report, str_keys=True)
        print(msgspec.json.encode(line).decode(), flush=True)
    else:
        print("\n".join(describe(report)), flush=True)

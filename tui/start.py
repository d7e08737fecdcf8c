"""The program's way in: what takes longest is begun first."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..core.memory import importing


def main() -> None:
    """Run the program; where it is going to record by itself, start a worker meanwhile."""
    if records_here(sys.argv[1:], sys.stdout.isatty()):
        # Loads what starts processes, for this case alone.
        from ..core.ipc import spare_worker

        spare_worker.start()
    # Loads typer and rich, while the worker starts.
    with importing():
        from .cli.program import main

    main()


def records_here(words: Sequence[str], terminal: bool) -> bool:
    """Tell from a command line, unread as yet, whether this very process will be the engine.

    A wrong guess costs time or a process that leaves again, nothing else.
    """
    command = next((word for word in words if not word.startswith("-")), "")
    helped = any(word in ("-h", "--help") for word in words)
    return command == "record" and not helped and ("--headless" in words or not terminal)

"""``python -m roomdeck.core.cluster.detach LOG COMMAND…``: starts what is nobody's child.

When this ends, init is its parent: what becomes of Ray is no business of its. Ray also has its own
processes wait for all others, and be the first ones that a system without memory ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from . import tls
from .token import VARIABLE

PATIENCE = 30.0
"""Seconds that starting one may take."""
_MODULE = "roomdeck.core.cluster.detach"
_ORDINARY = 0
"""Of `nice` and `oom_score_adj`, what processes have of which nothing is said."""


def start(
    log: Path,
    module: str,
    *words: str,
    said: bytes = b"",
    within: Mapping[str, str] | None = None,
) -> int:
    """Start a module of ours as nobody's child, and return its process.

    Args:
        log: Gets what it complains about.
        module: What is run.
        words: It is given.
        said: What it hears: what is secret in that shows in no process list.
        within: Its environment before `environment`; ours, where none is given.

    Raises:
        OSError: It cannot be started.
        subprocess.SubprocessError: The same, or not in time.
    """
    python = (sys.executable, "-m")
    started = subprocess.run(
        [*python, _MODULE, str(log), *python, module, *words],
        input=said,
        stdout=subprocess.PIPE,
        env=within,
        check=True,
        timeout=PATIENCE,
    )
    return int(started.stdout)


def environment(known: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: what Ray tells its own processes is none of its."""
    return {
        name: value
        for name, value in known.items()
        if name in (VARIABLE, *tls.VARIABLES) or not name.startswith("RAY_")
    }


def be_ordinary() -> None:
    """Have as much of the processor as others, and be ended for its memory no sooner.

    The former takes rights that many have not: docs/cluster.md says what Ray is told instead.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_ORDINARY))
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _ORDINARY)


def main(log: str, command: list[str]) -> None:
    """Start a command in a session of its own, and print its process; it hears what we would."""
    be_ordinary()
    with open(log, "ab") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment(os.environ),
            start_new_session=True,
        )
    print(process.pid, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""Imported by a Python that finds this folder on its path: at SIGUSR2 it tells what it holds.

Into the folder that `ROOMDECK_PROBE` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

FOLDER = "ROOMDECK_PROBE"


def _tell(*_: object) -> None:
    path = Path(os.environ[FOLDER]) / f"{os.getpid()}.json"
    half_done = path.with_suffix(".part")
    half_done.write_text(json.dumps({"tasks": _tasks()}))
    half_done.replace(path)


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no loop runs
        return 0


if FOLDER in os.environ:
    signal.signal(signal.SIGUSR2, _tell)

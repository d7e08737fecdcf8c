"""Imported by a Python that finds this folder on its path: at SIGUSR2 it tells what it holds.

Into the folder that `ROOMDECK_PROBE` names; a name that ends in ``+`` asks for objects by type.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from collections import Counter
from pathlib import Path

FOLDER = "ROOMDECK_PROBE"
OBJECTS = "ROOMDECK_PROBE_OBJECTS"


def _tell(*_: object) -> None:
    told: dict[str, object] = {"tasks": _tasks()}
    if os.environ.get(OBJECTS):
        gc.collect()
        kinds = (type(one) for one in gc.get_objects())
        told["objects"] = Counter(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    path = Path(os.environ[FOLDER]) / f"{os.getpid()}.json"
    half_done = path.with_suffix(".part")
    half_done.write_text(json.dumps(told))
    half_done.replace(path)


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no loop runs
        return 0


if FOLDER in os.environ:
    signal.signal(signal.SIGUSR2, _tell)

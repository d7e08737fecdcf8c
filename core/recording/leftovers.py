"""Whether a folder has something that a hard end left, at a glance."""

from __future__ import annotations

import re
from pathlib import Path

_TAKE = re.compile(r".+_\d{8}-\d{6}(-\d+)?\.(ts|mkv|mp4)")
_OPEN = b'"reason": null'
"""What a sidecar says of a take that has not ended."""


def has_leftovers(folder: Path) -> bool:
    """Whether `repair` may find something to do; what is being recorded looks like that, too."""
    try:
        names = list(folder.iterdir())
        told = b"".join(path.read_bytes() for path in names if path.suffix == ".json")
    except OSError:
        return False
    if _OPEN in told:
        return True
    takes = [path.name for path in names if _TAKE.fullmatch(path.name)]
    untold = any(name.encode() not in told for name in takes)
    return untold or any(path.suffix == ".mending" for path in names)

"""Whether a folder has something that a hard end left, at a glance."""

from __future__ import annotations

from pathlib import Path

from .naming import MEDIA, original_path, parse_stem

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
    takes = [path.name for path in names if path.suffix in MEDIA and parse_stem(path.stem)]
    untold = any(name.encode() not in told for name in takes)
    return untold or any(original_path(path) for path in names)

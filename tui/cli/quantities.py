"""Durations and sizes as people write them. Pure."""

from __future__ import annotations

import re

from ...core.errors import UsageError

SHORTEST_PART = 1.0
SMALLEST_PART = 1_000_000
"""Of what `--split-every` and `--split-size` take: less than that would hold no more than a key
frame or two."""

_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_SECONDS = {"h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "": 1.0}
_DURATION = re.compile(rf"{_NUMBER}\s*(h|min|m|s|)\s*", re.IGNORECASE)
_BYTES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(rf"{_NUMBER}\s*([kmgt]?)(i?)(b?)", re.IGNORECASE)


def split_every(text: str) -> float:
    """Read a duration like ``30m``, ``1h30m`` or ``90s``: seconds; 0 where it is empty or 0.

    Raises:
        UsageError: It is none, or too short.
    """
    seconds = _duration(text) if text.strip() else 0.0
    if seconds is None:
        raise UsageError(f"--split-every: no duration: {text!r}; write it like 30m, 1h30m or 90s")
    if 0 < seconds < SHORTEST_PART:
        raise UsageError(f"--split-every: {text} is too short; {SHORTEST_PART:.0f}s is the least")
    return seconds


def split_size(text: str) -> int:
    """Read a size like ``4GB``: bytes; 0 where it is empty or 0.

    Raises:
        UsageError: It is none, or too small.
    """
    size = byte_count("--split-size", text.strip() or "0")
    if 0 < size < SMALLEST_PART:
        raise UsageError(f"--split-size: {text} is too small; 1MB is the least")
    return size


def byte_count(option: str, text: str) -> int:
    """Read a size like ``4GB``, ``700 MB`` or ``3.5GiB``: bytes.

    Raises:
        UsageError: It is none; names the option.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match[3] and not match[2]):
        raise UsageError(
            f"{option}: no size: {text!r}; write it like 4GB, 700MB or 3.5GiB "
            "(1 GB is 1000 MB, 1 GiB is 1024 MiB)"
        )
    return round(float(match[1]) * (1024 if match[3] else 1000) ** _BYTES[match[2].lower()])


def _duration(text: str) -> float | None:
    seconds, position, largest = 0.0, 0, float("inf")
    text = text.strip()
    while position < len(text):
        match = _DURATION.match(text, position)
        if match is None:
            return None
        unit = _SECONDS[match[2].lower()]
        if unit >= largest or (not match[2] and match.span() != (0, len(text))):
            return None
        seconds, position, largest = seconds + float(match[1]) * unit, match.end(), unit
    return seconds

"""Durations and sizes as people write them. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

from ...core.errors import UsageError
from ..text.durations import duration

SHORTEST_PART = 1.0
SMALLEST_PART = 1_000_000
"""Of what `--split-every` and `--split-size` take: less than that would hold no more than a key
frame or two."""
SMALLEST_COUNT = 1_000_000
"""Of a size without a unit: ``300`` was meant to be something else than bytes."""
SLOWEST = 8_000
"""Bytes per second of `--upload-rate`: what is slower is not meant."""

_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_BYTES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_NTSC = {round(Fraction(n * 1000, 1001), 2): Fraction(n * 1000, 1001) for n in (24, 30, 60)}
"""What 23.98, 29.97 and 59.94 mean."""
_RATE = re.compile(rf"{_NUMBER}\s*(?:([kmg])(?:bit|bps)(?:/s)?)?", re.IGNORECASE)
_SIZE = re.compile(rf"{_NUMBER}\s*([kmgt]?)(i?)(b?)", re.IGNORECASE)


def split_every(text: str) -> float:
    """Read a duration like ``30m``, ``1h30m`` or ``90s``: seconds; 0 where it is empty or 0.

    Raises:
        UsageError: It is none, or too short.
    """
    seconds = duration(text) if text.strip() else 0.0
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
    """Read a size like ``4GB``, ``700 MB`` or ``3.5GiB``, or a count of bytes: bytes.

    Raises:
        UsageError: It is none; names the option.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match[3] and not match[2]):
        raise UsageError(
            f"{option}: no size: {text!r}; write it like 4GB, 700MB or 3.5GiB "
            "(1 GB is 1000 MB, 1 GiB is 1024 MiB)"
        )
    if not match[2] and not match[4] and 0 < float(match[1]) < SMALLEST_COUNT:
        raise UsageError(f"{option}: {text.strip()} of what? write it like 4GB or 700MB")
    return round(float(match[1]) * (1024 if match[3] else 1000) ** _BYTES[match[2].lower()])


def bit_rate(option: str, text: str) -> float:
    """Read a rate like ``20Mbit`` or ``800kbit``: bytes per second; 0 where it is empty or 0.

    Raises:
        UsageError: It is none; names the option.
    """
    match = _RATE.fullmatch(text.strip() or "0")
    if match is None or (float(match[1]) and not match[2]):
        raise UsageError(f"{option}: no rate: {text!r}; write it like 20Mbit or 800kbit")
    rate = float(match[1]) * 1000 ** _BYTES[(match[2] or "").lower()] / 8
    if 0 < rate < SLOWEST:
        raise UsageError(f"{option}: {text} is too slow; 64kbit is the least")
    return rate


def keep(text: str) -> float | None:
    """Read how long takes are kept, like ``7d`` or ``12h``: seconds; ``None`` where it is empty.

    Raises:
        UsageError: It is no duration.
    """
    seconds = duration(text) if text.strip() else None
    if text.strip() and seconds is None:
        raise UsageError(f"--keep: no duration: {text!r}; write it like 7d, 12h or 90m")
    if seconds and text.strip()[-1].isdecimal():
        # Takes would go after seconds where somebody meant days.
        raise UsageError(f"--keep: {text.strip()} of what? write it like 7d, 12h or 90m")
    return seconds


def rate(text: str) -> Fraction | None:
    """Read pictures per second: ``25``, ``29.97``, ``30000/1001``; ``None`` where it is empty.

    Raises:
        UsageError: It is none, or none between 1 and 240.
    """
    if not text.strip():
        return None
    try:
        found = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if not 1 <= found <= 240:
        raise UsageError(f"--fps: no rate: {text!r}; write it like 25, 29.97 or 30000/1001")
    return _NTSC.get(round(found, 2), found)


def picture_size(text: str) -> tuple[int, int]:
    """Read a size like ``1280x720``: width and height.

    Raises:
        UsageError: It is none, or none that can be encoded.
    """
    match = re.fullmatch(r"([0-9]{1,5})[xX]([0-9]{1,5})", text.strip())
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (16 <= width <= 8192 and 16 <= height <= 8192) or width % 2 or height % 2:
        raise UsageError(f"--size: no size: {text!r}; write it like 1280x720, in even numbers")
    return width, height

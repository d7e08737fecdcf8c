"""Lengths of time as people write them. Pure."""

from __future__ import annotations

import re

_NUMBER = r"(\d{1,15}(?:\.\d{1,15})?)"
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "": 1.0}
_DURATION = re.compile(rf"{_NUMBER}\s*(d|h|min|m|s|)\s*", re.IGNORECASE)


def duration(text: str) -> float | None:
    """Read a length of time like ``7d``, ``1h30m`` or ``90``: seconds; ``None``: it is none."""
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

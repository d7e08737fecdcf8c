"""Moments of a session as people write them: times, and markers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...core.errors import UsageError
from ...core.recording.sidecar import Marker
from .durations import duration
from .format import clock

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")


def moment(option: str, text: str, markers: Sequence[Marker]) -> float | None:
    """Read a moment: ``12:30``, ``1:12:30``, ``12m30s``, ``750``, or the text of a marker.

    Args:
        option: By which it is given.
        text: What was written; empty: nothing was.
        markers: Those that there are.

    Returns:
        Seconds of the session; ``None`` where nothing was written.

    Raises:
        UsageError: It is neither a time nor a marker, or several markers; says which there are.
    """
    text = text.strip()
    if not text:
        return None
    if match := _CLOCK.fullmatch(text):
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])
    if (seconds := duration(text)) is not None:
        return seconds
    found = [one for one in markers if one.text.casefold() == text.casefold()]
    found = found or [one for one in markers if text.casefold() in one.text.casefold()]
    if len(found) == 1:
        return found[0].offset
    names = ", ".join(_named(marker) for marker in found or markers) or "none"
    several = "several markers are like" if found else "neither a time, as 12:30, nor a marker:"
    raise UsageError(f"{option}: {several} {text!r}; there are {names}")


def _named(marker: Marker) -> str:
    """What it says, and when: of several that say the same, that is how one is chosen."""
    return f"{marker.text!r} at {clock(marker.offset)}"

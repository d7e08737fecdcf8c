"""An event as programs outside get it, in lines and from hooks. Pure."""

from __future__ import annotations

from typing import Any

from ..model import Event, EventLevel


def as_object(event: Event, room: str = "") -> dict[str, Any]:
    """Return its type, times, number, stream, level, text and data, side by side.

    Args:
        event: What happened.
        room: Where, if that is to be said.
    """
    made: dict[str, Any] = {
        "type": event.type,
        "time": event.time,
        "elapsed": round(event.elapsed, 3),
        "seq": event.seq,
    }
    if room:
        made["room"] = room
    if event.stream:
        made["stream"] = event.stream
    if event.level is not EventLevel.INFO:
        made["level"] = event.level
    return made | {"text": event.text} | event.data

"""The numbered events of an engine. Pure."""

from __future__ import annotations

from collections import deque
from typing import Any

from ...model import Event, EventLevel

KEPT = 500
"""Events that a client may ask for when it comes (back)."""


class Journal:
    """A bounded ring of events with numbers that never repeat."""

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self._ring: deque[Event] = deque(maxlen=KEPT)

    def add(
        self,
        time: float,
        type: str,
        text: str = "",
        *,
        elapsed: float = 0.0,
        stream: str = "",
        level: EventLevel = EventLevel.INFO,
        data: dict[str, Any] | None = None,
    ) -> Event:
        """Number an event and keep it."""
        event = Event(
            seq=self._next,
            time=time,
            elapsed=elapsed,
            type=type,
            stream=stream,
            level=level,
            text=text,
            data=data or {},
        )
        self._next += 1
        self._ring.append(event)
        return event

    def since(self, seq: int) -> list[Event]:
        """Return the kept events with greater numbers."""
        return [event for event in self._ring if event.seq > seq]

"""The numbered events of a session. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from ...model import Event, EventLevel
from .standing import Standing

KEPT = 500
"""Events that a client is told when it comes (back)."""


class Journal:
    """A bounded ring of events with numbers that never repeat, and what has begun and is not over.

    Args:
        kept: What engines before this one told, by number.
    """

    def __init__(self, kept: Sequence[Event] = ()) -> None:
        self._next = kept[-1].seq + 1 if kept else 1
        self._ring: deque[Event] = deque(kept, maxlen=KEPT)
        self.standing = Standing(kept)

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
        self.standing.see(event)
        return event

    def since(self, seq: int) -> list[Event]:
        """Return the kept events with greater numbers."""
        return [event for event in self._ring if event.seq > seq]

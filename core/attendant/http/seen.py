"""What has been seen and heard of a recording. Pure."""

from __future__ import annotations

import math
from collections import deque

from ...model import Event, EventType, RoomSnapshot
from .health import HEARD, Health, health
from .labels import StreamLabels
from .tallies import Tallies

KEPT = 500
"""Events that whoever comes (back) may still hear; as many as an engine keeps."""


class Seen:
    """The room as it was last seen, the last events, and what was counted."""

    def __init__(self) -> None:
        self.snapshot: RoomSnapshot | None = None
        self.tallies = Tallies()
        self.labels = StreamLabels()
        self.ending = False
        """The engine was told to end."""
        self._at = -math.inf
        self._events: deque[Event] = deque(maxlen=KEPT)

    def see(self, snapshot: RoomSnapshot, now: float) -> None:
        """Take the room as it is at a monotonic time."""
        self.snapshot = snapshot
        self._at = now
        self.labels.update(snapshot.streams, now)
        self.tallies.see(snapshot)

    def hear(self, event: Event) -> None:
        """Take an event."""
        self._events.append(event)
        self.tallies.hear(event)
        if event.type in (EventType.ENGINE_STOP, EventType.ENGINE_END):
            self.ending = True

    def age(self, now: float) -> float:
        """Return the seconds since the engine last said how the room is."""
        return now - self._at

    def current(self, now: float) -> RoomSnapshot | None:
        """Return the last snapshot, unless it is too old to say how the room is."""
        return self.snapshot if self.age(now) <= HEARD else None

    def health(self, now: float) -> Health:
        """Return whether the recording is well."""
        return health(self.snapshot, self.age(now), self.ending)

    def since(self, seq: int) -> list[Event]:
        """Return the kept events with greater numbers.

        All of them, where nothing was numbered so high yet: whoever asks heard another engine.
        """
        if not self._events or seq > self._events[-1].seq:
            seq = 0
        return [event for event in self._events if event.seq > seq]

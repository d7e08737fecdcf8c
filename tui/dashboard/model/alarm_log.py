"""Alarms that are over, as events tell of them. Pure."""

from __future__ import annotations

from collections import deque

import msgspec

from ....core.model import Event, EventType

KEPT = 500


class PastAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was wrong."""

    kind: str
    """An `AlarmKind`; those of an engine of another version may be others."""
    stream: str
    """Empty: of the room, or a guest who was not here."""
    text: str
    begin: float
    """Unix time."""
    seconds: float
    """How long it was so."""


class AlarmLog:
    """What was wrong, fed with events."""

    def __init__(self) -> None:
        self.past: deque[PastAlarm] = deque(maxlen=KEPT)
        """In order of their ends."""
        self._standing: dict[tuple[str, str, str], Event] = {}

    def note(self, event: Event) -> None:
        """Take an event; those of an engine that was lost lasted until another one came."""
        kind, guest = str(event.data.get("alarm", "")), str(event.data.get("guest", ""))
        key = kind, event.stream, guest
        match event.type:
            case EventType.ALARM_BEGIN:
                self._standing[key] = event
            case EventType.ALARM_END:
                lasted = float(event.data.get("seconds") or 0.0)
                self._end(kind, self._standing.pop(key, event), event.time - lasted, lasted)
            case EventType.ENGINE_START:
                for (lost, _, _), begun in self._standing.items():
                    begin = begun.time - float(begun.data.get("seconds") or 0.0)
                    self._end(lost, begun, begin, event.time - begin)
                self._standing.clear()
            case _:
                pass

    def _end(self, kind: str, told: Event, begin: float, seconds: float) -> None:
        past = PastAlarm(
            kind=kind, stream=told.stream, text=told.text, begin=begin, seconds=max(0.0, seconds)
        )
        self.past.append(past)

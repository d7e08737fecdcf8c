"""What is known of the room: its last snapshot, the latest events, figures of minutes. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import msgspec

from ....core.model import Event, EventType, RoomSnapshot, SoundMeter, StreamSnapshot
from ...text.words import recordings
from .alarm_log import AlarmLog
from .history import History

KEPT_EVENTS = 500
STALE = 5.0
"""Seconds without a snapshot after which the screen says that it is old."""


class KnownRoom:
    """The room as far as its engine has told.

    Args:
        name: Shown until the first snapshot comes.
        now: Monotonic seconds, as everywhere here.
        log: Path of the engine's log, where it has one.
    """

    def __init__(self, name: str, now: float, log: str = "") -> None:
        self._name = name
        self.log = log
        self.snapshot: RoomSnapshot | None = None
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.history = History()
        self.alarms = AlarmLog()
        self.gone = False
        """The engine does not answer any more."""
        self.ended = False
        """It has said that all files are closed."""
        self._heard = now

    @property
    def name(self) -> str:
        """What the engine calls it, else what whoever opened the dashboard does."""
        return self.snapshot.room if self.snapshot else self._name

    @property
    def streams(self) -> tuple[StreamSnapshot, ...]:
        """Those of the last snapshot."""
        return self.snapshot.streams if self.snapshot else ()

    def stream(self, name: str) -> StreamSnapshot | None:
        """Return a stream of the last snapshot."""
        return next((stream for stream in self.streams if stream.stream == name), None)

    def recording(self) -> tuple[StreamSnapshot, ...]:
        """Return the streams whose files are open."""
        return recordings(self.streams)

    @property
    def has_takes(self) -> bool:
        """Whether anything was recorded, well or badly, that is closed by now."""
        counted = self.snapshot and self.snapshot.takes_done + self.snapshot.takes_failed
        return bool(counted or self.history.takes)

    def age(self, now: float) -> float:
        """Return the seconds since the last snapshot came, or since the start."""
        return now - self._heard

    def stale(self, now: float) -> float:
        """Return the age of a snapshot that is too old to be believed; else 0."""
        old = self.snapshot is not None and not self.gone and self.age(now) > STALE
        return self.age(now) if old else 0.0

    def note(self, event: Event) -> None:
        """Take an event."""
        self.events.append(event)
        self.history.note(event)
        self.alarms.note(event)
        self.ended |= event.type == EventType.ENGINE_END

    def hear(self, sound: Mapping[str, SoundMeter]) -> None:
        """Take how loud streams are, between two snapshots."""
        if self.snapshot is not None:
            streams = tuple(
                msgspec.structs.replace(stream, sound=sound[stream.stream])
                if stream.stream in sound
                else stream
                for stream in self.snapshot.streams
            )
            self.snapshot = msgspec.structs.replace(self.snapshot, streams=streams)

    def show(self, snapshot: RoomSnapshot, now: float) -> bool:
        """Take a snapshot; return whether it is worth an early repaint."""
        news = self.snapshot is None or _outline(self.snapshot) != _outline(snapshot)
        self.snapshot, self._heard = snapshot, now
        self.history.add(snapshot)
        return news


def _outline(snapshot: RoomSnapshot) -> tuple[object, ...]:
    """Return what is worth an early repaint when it changes."""
    return (
        snapshot.link,
        tuple((stream.stream, stream.state, stream.label) for stream in snapshot.streams),
    )

"""When the screen should draw attention to itself. Pure."""

from __future__ import annotations

from ....core.model import AlarmKind, EventLevel, RoomSnapshot
from .view import alarmed, disk_level


class Bell:
    """Rings once for each alarm that begins while somebody looks."""

    def __init__(self) -> None:
        self._alarms: frozenset[tuple[AlarmKind, str]] | None = None
        self._disk: EventLevel | None = None

    def rings(self, snapshot: RoomSnapshot) -> bool:
        """Take a snapshot; return whether something in it is new and wrong.

        What was wrong before the first one is on the screen, and no news.
        """
        alarms, disk = alarmed(snapshot), disk_level(snapshot.disk)
        new = self._alarms is not None and not alarms <= self._alarms
        full = disk is EventLevel.ERROR and self._disk is not EventLevel.ERROR
        self._alarms, self._disk = alarms, disk
        return new or full

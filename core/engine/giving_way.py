"""Whose the room is: an engine leaves it to one that a person starts, and to a later one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..errors import ControlError
from .room.actions import Note

GIVE_WAY = 10.0
"""Seconds from when it is seen that a later engine has the room until this one ends: it has
asked for all streams by then, also for those that workers of this one still record."""
_SUPERSEDED = "another engine has this room, on a machine that was cut off from this one; this ends"


class GivingWay:
    """Knows whether another engine has the room, and has this one end then.

    Args:
        heir: This one gives way to an engine that a person starts.
        stopping: Set when this one is to stop.
        note: Takes what there is to say.
        leave: Leaves the room to another engine: nobody is asked any more.
    """

    def __init__(
        self,
        heir: bool,
        stopping: asyncio.Event,
        note: Callable[[Note], None],
        leave: Callable[[], None],
    ) -> None:
        self._heir = heir
        self._stopping = stopping
        self._note = note
        self._leave = leave
        self.yielded = False
        """Whether another engine has taken over: its workers go on."""
        self._superseded_at: float | None = None
        """When it was seen that a later engine has the room; monotonic."""

    @property
    def superseded(self) -> bool:
        """Whether a later engine has the room."""
        return self._superseded_at is not None

    def give_way(self) -> None:
        """Leave room and workers to an engine that asks for them.

        Raises:
            ControlError: This one stays.
        """
        if not self._heir:
            raise ControlError("this engine was started by a person, and stays")
        self.yielded = True
        self._stopping.set()

    def leave_it_to_the_other(self, now: float) -> None:
        """Ask nobody any more, and end once the other engine has had the time to ask for all."""
        if self._superseded_at is None:
            self._superseded_at = now
            self._note(Note.error(_SUPERSEDED))
            self._leave()
        elif now - self._superseded_at >= GIVE_WAY:
            self._stopping.set()

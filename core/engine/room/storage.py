"""What follows for streams when nothing can be written, and when it can again. Pure."""

from __future__ import annotations

from ...ipc.worker_messages import Record
from ...model import EndReason, EventType
from .actions import Action, Note, Tell
from .commands import Commands
from .room import Room


class Storage:
    """Stops cleanly while nothing can be written, and goes on when it can again."""

    def __init__(self, room: Room, commands: Commands) -> None:
        self._room = room
        self._commands = commands

    def check(self, unwritable: str, full: bool, now: float) -> list[Action]:
        """Take how the disk is.

        Args:
            unwritable: Why nothing can be written; empty where it can.
            full: The disk is; its files were closed in time.
            now: Monotonic seconds.
        """
        conditions = self._room.conditions
        was, conditions.unwritable = conditions.unwritable, unwritable
        if unwritable and not was:
            return self._close(unwritable, full)
        if was and not unwritable:
            return self._reopen(now)
        for entry in self._room.entries.values():
            if was and entry.failures.why == was:
                entry.failures.block(unwritable)
        return []

    def _close(self, why: str, full: bool) -> list[Action]:
        reason = EndReason.DISK_FULL if full else EndReason.WRITE_ERROR
        actions: list[Action] = [Note.error(why)]
        for entry in self._room.entries.values():
            if entry.recording and (entry.peer or entry.due):
                entry.failures.block(why)
            if entry.recording and entry.peer:
                actions.append(Tell(entry.peer, Record(entry.stream, False, reason)))
        return actions

    def _reopen(self, now: float) -> list[Action]:
        actions: list[Action] = [
            Note(EventType.WARNING, "the disk can be written again; recording goes on")
        ]
        for entry in self._room.entries.values():
            if entry.recording:
                actions += self._commands.record(entry, now)
        return actions

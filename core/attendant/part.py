"""What every part of an attendant is to it."""

from __future__ import annotations

from typing import Protocol

from ..ipc.control_client import ControlClient
from ..model import Event, RoomSnapshot


class Part(Protocol):
    """Something that goes on beside a recording."""

    async def run(self, engine: ControlClient) -> None:
        """Do it, until cancelled.

        Args:
            engine: Takes commands, and what is to be told.
        """
        ...

    def hear(self, event: Event) -> None:
        """Take an event, in order. The first ones are those that are kept, heard before or not."""
        ...

    def see(self, snapshot: RoomSnapshot) -> None:
        """Take the room as it is now; about once a second."""
        ...

    async def finish(self) -> None:
        """Do what is left after the last event, while `run` goes on; the engine is gone by then."""
        ...

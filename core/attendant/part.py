"""What every part of an attendant is to it."""

from __future__ import annotations

from typing import Any, Protocol

from ..ipc.control_client import ControlClient
from ..model import Event, EventLevel, EventType, RoomSnapshot, UploadsSnapshot


class Audience(Protocol):
    """Who is told what goes on: the engine, or from a node of a cluster who attends it."""

    async def tell(
        self,
        kind: EventType,
        text: str,
        stream: str = "",
        level: EventLevel = EventLevel.INFO,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Have all hear of something.

        Raises:
            ControlError: Nobody listens.
        """
        ...

    async def show(self, uploads: UploadsSnapshot) -> None:
        """Have all see how far uploads are.

        Raises:
            ControlError: Nobody listens.
        """
        ...


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

"""A second client of an engine: what is recorded, whatever the dashboard shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.core.model import Event, RoomSnapshot, StreamSnapshot, StreamState

from .lab import PATIENCE, Lab


class Watch:
    """Follows an engine."""

    def __init__(self, client: ControlClient, folder: RoomFolder) -> None:
        self.client = client
        self.folder = folder
        self.events: list[Event] = []

    async def until(self, fits: Callable[[RoomSnapshot], object]) -> RoomSnapshot:
        """Wait for a snapshot that is like this."""
        async with asyncio.timeout(PATIENCE):
            async for update in self.client.updates():
                if isinstance(update, Event):
                    self.events.append(update)
                elif fits(update):
                    return update
        raise AssertionError("the engine has ended")

    async def stream(self, name: str, state: StreamState = StreamState.REC) -> StreamSnapshot:
        """Wait until a stream is in a state."""
        room = await self.until(lambda room: (row := row_of(room, name)) and row.state is state)
        row = row_of(room, name)
        assert row is not None
        return row

    async def goes_on(self, name: str, seconds: float) -> None:
        """See a stream being recorded for so long, without a stall and into one file."""
        first = await self.stream(name)

        def more(room: RoomSnapshot) -> bool:
            row = row_of(room, name)
            assert row is not None
            assert (row.state, row.file) == (StreamState.REC, first.file), row
            return row.seconds >= first.seconds + seconds

        await self.until(more)

    async def ended(self) -> None:
        """Wait until the engine has left."""
        async with asyncio.timeout(PATIENCE):
            async for update in self.client.updates():
                if isinstance(update, Event):
                    self.events.append(update)


def row_of(room: RoomSnapshot, name: str) -> StreamSnapshot | None:
    """Return a stream of a snapshot."""
    return next((stream for stream in room.streams if stream.stream == name), None)


@asynccontextmanager
async def watch(lab: Lab) -> AsyncGenerator[Watch, None]:
    """Follow the one engine of a lab; it has to run already."""
    folder = RoomFolder(next(path for path in lab.runtime.iterdir() if path.is_dir()))
    async with await ControlClient.connect(folder) as client:
        yield Watch(client, folder)

"""The engines of this machine: those that run, and the one that somebody starts here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from ...core.config import RecordConfig
from ...core.errors import ControlError, JoinError
from ...core.ipc.control_client import ControlClient
from ...core.ipc.launch import launch
from ...core.ipc.room_folder import RoomFolder, room_folders
from ..session.following import Following
from .model.rows import Running

T = TypeVar("T")

PATIENCE = 3.0
"""Seconds that an engine has to say what it does."""
_END = 10.0
"""Seconds that one has to leave that is not to go on."""


class Engines:
    """Connections to engines; when it is left, what came to nothing ends, and the rest goes on."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._starting: asyncio.Task[Following | None] | None = None

    async def __aenter__(self) -> Engines:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; engines that record go on."""
        await self.give_up()
        await self._stack.aclose()

    async def running(self) -> list[Running]:
        """Return the rooms that are being recorded; engines that hang are left out."""
        found = await asyncio.gather(*(_look(folder) for folder in room_folders()))
        return [one for one in found if one is not None]

    async def attach(self, key: str) -> Following:
        """Connect with the engine of a room that is being recorded.

        Raises:
            ControlError: None answers.
        """
        folder = next((one for one in room_folders() if one.path.name == key), None)
        if folder is None:
            raise ControlError("this room is not being recorded any more")
        return Following(await self._connected(ControlClient.connect(folder)), folder)

    async def start(self, config: RecordConfig) -> Following | None:
        """Start an engine that outlives this process, and wait until it is in the room.

        Returns:
            The engine; `None` where the room is being recorded already.

        Raises:
            RoomdeckError: It does not start, or does not get into the room; then it has left.
        """
        self._starting = asyncio.ensure_future(self._start(config))
        # Whoever does not wait any more leaves an engine behind, which has to be ended.
        return await asyncio.shield(self._starting)

    async def give_up(self) -> None:
        """End the engine that is not in its room yet."""
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, ControlError):
                await self._starting

    async def _start(self, config: RecordConfig) -> Following | None:
        folder = RoomFolder.of(config.room)
        launching = asyncio.ensure_future(launch(config))
        try:
            client = await asyncio.shield(launching)
        except asyncio.CancelledError:
            await _end(await launching)
            raise
        except ControlError:
            if await _look(folder) is None:
                raise
            return None
        following = Following(client, folder)
        try:
            why_not = await following.enter()
        except BaseException:
            await _end(client)
            raise
        if why_not:
            await _end(client)
            raise JoinError(why_not)
        self._stack.push_async_callback(client.close)
        return following

    async def _connected(self, connecting: Coroutine[Any, Any, ControlClient]) -> ControlClient:
        client = await connecting
        self._stack.push_async_callback(client.close)
        return client


async def _look(folder: RoomFolder) -> Running | None:
    with contextlib.suppress(ControlError, TimeoutError):
        async with asyncio.timeout(PATIENCE), await ControlClient.connect(folder) as client:
            return Running(folder.path.name, await client.snapshot())
    return None


async def _end(client: ControlClient) -> None:
    with contextlib.suppress(ControlError, TimeoutError):
        async with asyncio.timeout(_END):
            await client.command("shutdown")
            async for _ in client.updates():
                pass
    await client.close()

"""Asks workers for still pictures on behalf of clients."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

from ...errors import ControlError
from ...ipc import worker_messages
from ...model import STILL, Picture, Size
from ..room.actions import Action, Tell
from ..room.room import Room

PATIENCE = 5.0
"""Seconds that a worker may take to decode one picture."""


class Stills:
    """Matches the pictures that workers send with those who wait for them.

    Args:
        room: Knows which connection carries a stream.
        do: Carries out what is to be told to a worker.
    """

    def __init__(self, room: Room, do: Callable[[Sequence[Action]], None]) -> None:
        self._room = room
        self._do = do
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[worker_messages.StillPicture]] = {}

    async def ask(self, streams: Sequence[str], size: Size = STILL) -> Picture | None:
        """Return a stream's last key frame, small; ``None`` where there is none (yet).

        Args:
            streams: Of which; exactly one.
            size: Into which it has to fit.

        Raises:
            ControlError: No such stream, not exactly one, its key frame does not decode, or its
                worker is too busy.
        """
        if len(streams) != 1:
            raise ControlError("a still picture is of one stream; say which")
        entry = self._room.entries.get(streams[0])
        if entry is None:
            raise ControlError(f"no stream called {streams[0]}")
        if not entry.peer:
            return None
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._do([Tell(entry.peer, worker_messages.Still(entry.stream, number, size))])
        try:
            async with asyncio.timeout(PATIENCE):
                answered = await answer
        except TimeoutError:
            raise ControlError("the picture did not come in time") from None
        finally:
            del self._waiting[number]
        if answered.error:
            raise ControlError(answered.error)
        return answered.picture

    def answered(self, message: worker_messages.StillPicture) -> None:
        """Hand a picture to who asked for it, if somebody still waits."""
        waiting = self._waiting.get(message.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

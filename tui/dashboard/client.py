"""What the dashboard needs of an engine; `ControlClient` has it, tests bring their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Protocol

from ...core.ipc.control_messages import Verb
from ...core.model import STILL, Event, Picture, RoomSnapshot, Size, SoundMeter


class EngineClient(Protocol):
    """Commands out, snapshots and events in."""

    async def command(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str:
        """Ask the engine for something and return its answer in words.

        Raises:
            ControlError: It refuses, or went away before it answered.
        """
        ...

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        """Return a small picture of a stream's last key frame, if there is one.

        Args:
            stream: Of which.
            size: Into which it has to fit.

        Raises:
            ControlError: There is no such stream, its key frame does not decode, or the engine
                went away.
        """
        ...

    async def listen(self, heard: Callable[[Mapping[str, SoundMeter]], None]) -> None:
        """Have it called twice a second with how loud streams are.

        Raises:
            ControlError: The engine went away.
        """
        ...

    def updates(self) -> AsyncIterator[RoomSnapshot | Event]:
        """Yield snapshots and events until the engine leaves."""
        ...

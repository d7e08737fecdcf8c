"""The engine's end of the one websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Any, cast

from roomdeck.core.config import Family, RoomConfig
from roomdeck.core.engine.handshake import Handshake
from roomdeck.core.engine.room.actions import Action
from roomdeck.core.model import SignalingState
from roomdeck.core.signaling.client import Connected
from roomdeck.core.signaling.secrets import Secrets

from .room.room_lab import RoomLab


class Client:
    """A websocket that is in the room until it is left."""

    def __init__(self) -> None:
        self.open = False
        self._happens = asyncio.Queue[Connected]()
        self._happens.put_nowait(Connected(Family.FANOUT))

    async def __aenter__(self) -> Client:
        self.open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open = False

    def __aiter__(self) -> Client:
        return self

    async def __anext__(self) -> Connected:
        return await self._happens.get()


async def test_who_leaves_the_server_asks_nobody_any_more() -> None:
    lab, client = RoomLab(), Client()
    room = RoomConfig(room="lab", server="ws://127.0.0.1:1", password=None)

    def do(actions: Iterable[Action]) -> None:
        lab.do(list(actions))

    handshake = Handshake(room, Secrets(None, ""), cast("Any", client), lab.room, do)
    running = asyncio.create_task(handshake.run())
    await asyncio.wait_for(handshake.joined.wait(), 10)
    assert lab.room.conditions.can_ask(recorded=True)
    handshake.leave()
    await asyncio.wait_for(running, 10)
    assert not client.open
    assert not lab.room.conditions.can_ask(recorded=True)
    assert handshake.state is SignalingState.CLOSED

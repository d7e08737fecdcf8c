"""Has the engine of one room kept by a cluster: a detached actor of Ray, which Ray starts again.

It is wherever Ray has it, and does nothing there itself: what is done on a node, the supervisor of
the room does there (`core/cluster/supervisor.py`). So one that is started anew, on whichever node,
finds the engine by asking all of them. An engine is nobody's child, as workers are: it stays where
it is when this actor, the supervisor or Ray ends. Only a node that is gone for some time has its
room's engine started on another one, where Ray places it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from . import raylib
from .cards import NodeCard
from .engines import EngineCard, EngineState, StewardOrders, Told, as_placed, pause
from .here import Orders
from .supervisor import supervisor

LOOK = 2.0
"""Seconds between two looks at the engine."""
ANSWER = 10.0
"""Seconds that a node may take to say whether it has one."""
STARTING = 150.0
"""The same to start one: it may have to wait for the cluster."""
ENDING = 600.0
"""The same to end one: files are finished."""
GONE = 10.0
"""Seconds for which a node is not told of until its room goes on elsewhere: Ray that was started
anew on it has it back."""

_card = msgspec.json.Decoder(EngineCard)


class Steward:
    """Keeps the engine of one room.

    Args:
        orders: `StewardOrders` as JSON.
    """

    def __init__(self, orders: str) -> None:
        self._orders = msgspec.json.decode(orders, type=StewardOrders)
        self._told = Told(key=self._orders.key, room=self._orders.config.room.name)
        self._node: NodeCard | None = None
        """Which has the engine, or had it."""
        self._had = False
        """It was seen to run."""
        self._gone_since: float | None = None
        self._again_here = raylib.was_here()
        """Ray started this anew: there may be an engine of which nobody can tell now."""
        self._failures, self._again = 0, 0.0
        self._stopping = False
        # Not by a method: Ray calls none when it starts this anew.
        threading.Thread(target=self._run, daemon=True).start()

    async def status(self) -> str:
        """Return what is known; `Told` as JSON."""
        return msgspec.json.encode(self._told).decode()

    async def stop(self) -> None:
        """Have the engine finish its files and end; `status` says when it has."""
        self._stopping = True

    def _run(self) -> None:
        asyncio.run(self._keep())

    async def _keep(self) -> None:
        while self._told.state is not EngineState.ENDED:
            try:
                await self._look(time.monotonic())
            except Exception as error:
                self._say(said=raylib.complaint(error)[:300])
            await asyncio.sleep(LOOK)

    async def _look(self, now: float) -> None:
        nodes = {one.id: one for one in await asyncio.to_thread(raylib.nodes)}
        if self._node is None or self._node.id not in nodes:
            await self._seek(nodes, now)
        if self._node is None or self._node.id not in nodes:
            return
        if self._stopping:
            await self._ask(self._node, "end_engine", within=ENDING)
            self._say(EngineState.ENDED, said="it was ended, as was asked for")
            return
        card = await self._card("engine")
        if card.state is EngineState.UP:
            self._had, self._failures = True, 0
            self._say(EngineState.UP, pid=card.pid, node=self._node.name, said="")
        elif card.state is EngineState.ENDED and self._had:
            self._say(EngineState.ENDED, said="it ended in order")
        elif now >= self._again:
            await self._start(now)

    async def _seek(self, nodes: Mapping[str, NodeCard], now: float) -> None:
        """Find out which node has the engine, or choose one."""
        for node in nodes.values():
            with contextlib.suppress(Exception):
                found = _card.decode(await self._ask(node, "engine", within=ANSWER))
                if found.state is EngineState.UP:
                    self._node, self._gone_since = node, None
                    return
        if self._node is not None or self._again_here:
            self._gone_since = self._gone_since or now
            name = self._node.name if self._node else "the node that had it"
            self._say(EngineState.AWAY, said=f"{name} is not in the cluster any more")
            if now - self._gone_since < GONE:
                return
        self._gone_since, self._again_here = None, False
        named = (one for one in nodes.values() if one.name == self._orders.node)
        first = next(named, None) if self._node is None else None
        self._node = first or nodes.get(await asyncio.to_thread(raylib.somewhere))
        self._had = False

    async def _start(self, now: float) -> None:
        assert self._node is not None
        self._say(EngineState.STARTING, node=self._node.name, pid=0)
        config = as_placed(self._orders.config, await asyncio.to_thread(raylib.address))
        said = msgspec.json.encode(config).decode()
        card = await self._card("start_engine", said, within=STARTING)
        if card.state is EngineState.UP:
            self._had, self._failures = True, 0
            self._say(EngineState.UP, pid=card.pid, starts=self._told.starts + 1, said="")
            return
        self._again = now + pause(self._failures)
        self._failures += 1
        self._say(EngineState.AWAY, said=card.said)

    async def _card(self, what: str, *words: str, within: float = ANSWER) -> EngineCard:
        assert self._node is not None
        return _card.decode(await self._ask(self._node, what, *words, within=within))

    async def _ask(self, node: NodeCard, what: str, *words: str, within: float) -> str:
        orders = Orders(self._orders.key, node.name, node.host)
        actor = await asyncio.to_thread(supervisor, node, orders)
        async with asyncio.timeout(within):
            return await asyncio.wrap_future(getattr(actor, what).remote(*words).future())

    def _say(self, state: EngineState | None = None, **changes: Any) -> None:
        changes |= {"state": state} if state is not None else {}
        self._told = msgspec.structs.replace(self._told, **changes)

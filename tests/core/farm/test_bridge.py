"""What has jobs done by actors, without Ray."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
from typing import Any

import pytest

from roomdeck.core.cluster import raylib
from roomdeck.core.cluster.cards import NodeCard
from roomdeck.core.farm import bridge as module
from roomdeck.core.farm.bridge import Bridge
from roomdeck.core.farm.orders import (
    Begin,
    Clear,
    FromBridge,
    Hold,
    Lost,
    Made,
    News,
    Order,
    State,
    from_bridge,
    line,
)

from .sessions import BOX1, BOX2, INFO

ORDER = Order(session=INFO, folder="/rec", name="one", takes=(), shelves=())
MADE = State(made=Made("/rec/a", [], None))


class Actor:
    """Answers as it is to; keeps what it is told."""

    def __init__(self, looks: list[State | None]) -> None:
        self.looks = looks
        self.held: list[int] = []
        self.cleared = asyncio.Event()

    def __getattr__(self, what: str) -> Any:
        actor = self

        class Method:
            @staticmethod
            def remote(*words: Any) -> Any:
                done: concurrent.futures.Future[str] = concurrent.futures.Future()
                if what == "look":
                    actor.held += words
                    look = actor.looks.pop(0)
                    if look is None:
                        done.set_exception(RuntimeError("the actor died\nat length"))
                    else:
                        done.set_result(line(look).decode())
                elif what == "clear":
                    # It takes a while, in which orders may end.
                    asyncio.get_running_loop().call_later(0.01, actor.cleared.set)
                    asyncio.get_running_loop().call_later(0.01, done.set_result, "")
                else:
                    done.set_result("")
                Method.future = lambda: done
                return Method

            @staticmethod
            def future() -> Any: ...

        return Method


class Talk:
    """A bridge, what it is told, and what it says."""

    def __init__(self) -> None:
        self._said, mouth = os.pipe()
        self._file = os.fdopen(self._said, "rb")
        self._mouth = mouth
        self.orders = asyncio.StreamReader()
        self.bridge = Bridge({BOX1.name: BOX1, BOX2.name: BOX2}, mouth)

    def tell(self, *messages: Begin | Hold | Clear) -> None:
        for message in messages:
            self.orders.feed_data(line(message))

    async def hear(self) -> FromBridge:
        return from_bridge.decode(await asyncio.to_thread(self._file.readline))

    def close(self) -> None:
        os.close(self._mouth)
        self._file.close()


@pytest.fixture
async def talk(monkeypatch: pytest.MonkeyPatch) -> Any:
    talk = Talk()
    monkeypatch.setattr(module, "LOOK", 0.0)
    yield talk
    talk.close()


def _acts(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> list[tuple[str, float]]:
    made: list[tuple[str, float]] = []

    def make(kind: type, node: NodeCard, orders: str, *, cores: float) -> Actor:
        made.append((node.name, cores))
        return actor

    monkeypatch.setattr(raylib, "actor", make)
    return made


async def test_a_job_has_a_core_is_held_and_cleared_to_the_end(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = Actor([State(done=0.5), State(done=0.5), MADE])
    made = _acts(monkeypatch, actor)
    talk.tell(Hold(("box2",)), Begin("a", "box2", ORDER))
    running = asyncio.create_task(talk.bridge.run(talk.orders))
    assert await talk.hear() == News("a", State(done=0.5))
    assert await talk.hear() == News("a", MADE)
    assert made == [("box2", 1.0)]
    assert actor.held == [1, 1, 1]
    talk.tell(Clear("a"))
    talk.orders.feed_eof()
    await running
    assert actor.cleared.is_set()


async def test_who_dies_is_lost_and_why_is_said_in_a_line(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _acts(monkeypatch, Actor([State(), None]))
    talk.tell(Begin("a", "box1", ORDER))
    running = asyncio.create_task(talk.bridge.run(talk.orders))
    assert await talk.hear() == Lost("a", "the actor died")
    _acts(monkeypatch, Actor([State(error="ended", lost=True)]))
    talk.tell(Begin("a", "box2", ORDER))
    assert await talk.hear() == Lost("a", "ended")
    talk.orders.feed_eof()
    await running

"""``python -m roomdeck.core.cluster.stewards``: asks a cluster about the rooms that it keeps.

The one process of ``roomdeck cluster start``, ``rooms`` and ``stop`` that loads Ray. It is told on
its stdin what is asked, and answers in one line.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import msgspec

from ..own_stdout import own_stdout, write_all
from . import raylib
from .engines import Answer, Asked, EngineState, StewardOrders, Told
from .steward import Steward

PREFIX = "engine-"
"""What the names of stewards begin with."""
ANSWERING = 10.0
"""Seconds that one may take: it may be being started anew."""
COMING = 180.0
"""Seconds in which an engine is up."""
ENDING = 600.0
"""Seconds in which one has finished its files."""
_LOOK = 0.5
_SILENT = "what keeps it is being started anew; its engine goes on if its node does"


def answer(asked: Asked) -> tuple[Told, ...]:
    """Do what is asked, and return the rooms that it is about."""
    raylib.join(asked.address)
    match asked.verb:
        case "start":
            _forget(asked)
            for room in asked.rooms:
                orders = msgspec.json.encode(room).decode()
                raylib.lasting(Steward, orders, _name(room))
            return _until(asked, EngineState.UP, COMING)
        case "stop":
            for actor, _ in _kept(asked):
                raylib.ray().get(actor.stop.remote(), timeout=ANSWERING)
            ended = _until(asked, EngineState.ENDED, ENDING)
            _forget(asked)
            return ended
        case "rooms":
            return tuple(told for _, told in _kept(asked))


def _until(asked: Asked, state: EngineState, seconds: float) -> tuple[Told, ...]:
    """Return the rooms once all are so, or as they are after some time."""
    until = time.monotonic() + seconds
    while True:
        told = tuple(one for _, one in _kept(asked))
        if all(one.state is state for one in told) or time.monotonic() > until:
            return told
        time.sleep(_LOOK)


def _forget(asked: Asked) -> None:
    """End the stewards of rooms that have ended."""
    for actor, told in _kept(asked):
        if told.state is EngineState.ENDED:
            raylib.ray().kill(actor, no_restart=True)


def _kept(asked: Asked) -> list[tuple[Any, Told]]:
    """Return the stewards that are meant, with what they say."""
    asking = {
        name: (actor, actor.status.remote())
        for name, actor in raylib.named(PREFIX).items()
        if _is_meant(asked, *_named(name))
    }
    found = [(actor, _said(name, status)) for name, (actor, status) in asking.items()]
    return sorted(found, key=lambda one: one[1].room)


def _is_meant(asked: Asked, key: str, room: str) -> bool:
    keys = {one.key for one in asked.rooms}
    return key in keys or room in asked.names or not (keys or asked.names)


def _said(name: str, status: Any) -> Told:
    """Return what one says; one that says nothing is being started anew, or cannot be reached."""
    try:
        return msgspec.json.decode(raylib.ray().get(status, timeout=ANSWERING), type=Told)
    except Exception:
        key, room = _named(name)
        return Told(key=key, room=room, state=EngineState.AWAY, said=_SILENT)


def _name(room: StewardOrders) -> str:
    return f"{PREFIX}{room.key}-{room.config.room.name}"


def _named(name: str) -> tuple[str, str]:
    """Return key and room of a name."""
    key, _, room = name.removeprefix(PREFIX).partition("-")
    return key, room


def main() -> None:
    """Answer what stdin asks."""
    said = own_stdout()
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    raylib.prepare(asked.token_file)
    try:
        told = Answer(rooms=answer(asked))
    except Exception as error:
        told = Answer(error=raylib.complaint(error))
    write_all(said, msgspec.json.encode(told) + b"\n")


if __name__ == "__main__":
    main()
    os._exit(0)

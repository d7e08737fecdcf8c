"""A node, as its environment and the orders of an actor of Ray say that it is."""

from __future__ import annotations

import contextlib
import os

import msgspec

from .cards import Here
from .token import token_path

OUTPUT = "ROOMDECK_NODE_OUTPUT"
"""Environment variable of a node that names the folder of its files."""
PORTS = "ROOMDECK_NODE_PORTS"
"""The same for the ports of its workers, as ``47100-47199``."""


class Orders(msgspec.Struct, frozen=True):
    """Where an actor is, and for whom."""

    room: str
    """Name of the room's runtime folder; empty: it is for none."""
    node: str
    host: str


def here_of(orders: Orders) -> Here:
    """Return this machine as its environment says that it is."""
    return Here(
        node=orders.node,
        host=orders.host,
        ports=port_range(os.environ.get(PORTS, "")),
        output=os.path.abspath(output) if (output := os.environ.get(OUTPUT)) else "",
        token_file=str(token_path()),
    )


def port_range(text: str) -> tuple[int, int]:
    """Return the first and the last port of ``47100-47199``; any where nothing is said."""
    first, _, last = text.partition("-")
    with contextlib.suppress(ValueError):
        return int(first), int(last or first)
    return 0, 0

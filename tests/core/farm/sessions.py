"""Sessions whose takes are on nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from roomdeck.core.cluster.cards import NodeCard
from roomdeck.core.farm.orders import Lying
from roomdeck.core.model import EndReason, TakeSummary
from roomdeck.core.recording import sidecar

INFO = sidecar.SessionInfo(room="room", server="wss://h.example", started=100.0)
BOX1, BOX2, BOX3, BOX4 = (
    NodeCard(f"box{number}", f"10.0.0.{number}", cores, str(number))
    for number, cores in ((1, 2), (2, 8), (3, 0), (4, 9))
)


def take(stream: str, file: str, size: int = 10, node: str = "") -> TakeSummary:
    """A take that ended."""
    return TakeSummary(
        stream=stream,
        raw_id=stream,
        file=file,
        node=node,
        started=0.0,
        offset=1.0,
        bytes=size,
        seconds=2.0,
        reason=EndReason.BYE,
    )


def lying(node: str, size: int, file: str = "a.ts") -> Lying:
    """A take on a node."""
    return Lying(take("a", file, size), node, f"/rec/{file}")


def scatter(session: Path, nodes: Mapping[str, list[str]], folder: Path) -> None:
    """Have the takes of a session where nodes would have recorded them.

    Args:
        session: The sidecar.
        nodes: Of the takes of each stream, in order.
        folder: Has a folder for each node.
    """
    known = sidecar.load(session)
    assert known is not None
    left = {stream: [*names] for stream, names in nodes.items()}
    takes: list[TakeSummary] = []
    for one in known.takes:
        node = left[one.stream].pop(0)
        path = folder / node / one.file
        path.parent.mkdir(exist_ok=True)
        (session.parent / one.file).rename(path)
        takes.append(msgspec.structs.replace(one, node=node, file=str(path)))
    moved = msgspec.structs.replace(known, takes=tuple(takes))
    session.write_bytes(msgspec.json.encode(moved))

"""The page of nodes: what each machine of a cluster has to do, and has left. Pure."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import msgspec

from ....core.model import (
    DiskSnapshot,
    NodeSnapshot,
    NodeState,
    RoomSnapshot,
    StreamState,
)
from ....core.units import size
from ...text.format import clean, duration, fit, rate, short_size
from ...text.nodes import clock_words, drift, offset
from ...text.words import count, name_of
from .columns import UNKNOWN
from .glyphs import Glyphs
from .parts import Line, Part
from .rows import ListRow, sentence, wrapped
from .view import disk_level

NOTHING = (
    "All is recorded on this machine. roomdeck record --cluster has streams recorded on the nodes "
    "of a Ray cluster."
)
WAITING = "Ray has not told of any node yet."
_LIKE = {
    NodeState.UP: StreamState.REC,
    NodeState.DRAINED: StreamState.OFF,
    NodeState.FULL: StreamState.STALL,
    NodeState.UNREACHABLE: StreamState.FAIL,
    NodeState.UNLISTED: StreamState.STALL,
}
_ROLES = {
    NodeState.FULL: "warning",
    NodeState.UNREACHABLE: "error",
    NodeState.UNLISTED: "warning",
}
_NAME_LEAST = 10
_BEFORE_NAME = 2
"""Cells of the sign."""


class _Figure(msgspec.Struct, frozen=True):
    """A column."""

    title: str
    width: int
    text: Callable[[NodeSnapshot], str]
    right: bool = True


def _disk(node: NodeSnapshot) -> str:
    disk = node.disk
    if disk is None:
        return UNKNOWN
    left = "" if disk.seconds_left is None else f" {duration(disk.seconds_left)}"
    return short_size(disk.free) + left


_FIGURES = (
    _Figure("STATE", 11, lambda node: node.state.value, right=False),
    _Figure("DISK LEFT", 15, _disk),
    _Figure("STR", 4, lambda node: str(node.streams)),
    _Figure("CORES", 7, lambda node: f"{node.cpu:.1f}/{node.cores or UNKNOWN}"),
    _Figure("CLOCK", 9, lambda node: offset(node.clock)),
    _Figure("Mb/s", 5, lambda node: rate(node.bitrate)),
    _Figure("DRIFT", 7, lambda node: drift(node.clock)),
)
"""What goes first when it gets narrow stands last."""


def title(snapshot: RoomSnapshot | None) -> str:
    """Return the first line."""
    nodes = _nodes(snapshot)
    if not nodes:
        return "Nodes"
    streams = count(sum(node.streams for node in nodes), "stream")
    total = rate(sum(node.bitrate for node in nodes))
    return f"Nodes: {len(nodes)}, {streams}, {total} Mb/s"


def rows(snapshot: RoomSnapshot | None, width: int, glyphs: Glyphs) -> list[ListRow]:
    """Return the list: what is wrong with the cluster, then its nodes."""
    if snapshot is None or snapshot.cluster is None:
        return sentence(NOTHING, width)
    trouble = snapshot.cluster.trouble
    lines = sentence(f"{trouble}; nothing can be started on nodes meanwhile", width, "warning")
    lines = lines if trouble else []
    nodes = _nodes(snapshot)
    if not nodes:
        return lines or sentence(WAITING, width)
    figures = _fitting(width)
    room = width - _BEFORE_NAME - sum(one.width + 1 for one in figures)
    titles = [fit("NODE", room), *(fit(one.title, one.width, one.right) for one in figures)]
    lines.append(ListRow(((" " * _BEFORE_NAME + " ".join(titles), "muted"),)))
    return [*lines, *(_row(node, figures, room, glyphs) for node in nodes)]


def more(snapshot: RoomSnapshot | None, name: str, width: int) -> list[Line]:
    """Return what is told of a node: where it is, its workers, its clock, its streams."""
    node = next((one for one in _nodes(snapshot) if one.name == name), None)
    if snapshot is None or node is None:
        return []
    where = f"{clean(node.host)}, " if node.host else ""
    holding = f"{count(node.workers, 'worker')} with {size(node.memory)} of memory"
    disk = f", disk of {size(node.disk.total)}" if node.disk and node.disk.total else ""
    return [
        *wrapped(f"{where}{holding}{disk}", width, most=1),
        *wrapped(clock_words(node.clock), width, most=1),
        *wrapped(_streams(snapshot, name), width, "muted", most=2),
    ]


def _nodes(snapshot: RoomSnapshot | None) -> tuple[NodeSnapshot, ...]:
    return snapshot.cluster.nodes if snapshot and snapshot.cluster else ()


def _fitting(width: int) -> list[_Figure]:
    room = width - _BEFORE_NAME - _NAME_LEAST
    ends = accumulate(one.width + 1 for one in _FIGURES)
    return [one for one, end in zip(_FIGURES, ends, strict=True) if end <= room]


def _row(node: NodeSnapshot, figures: list[_Figure], room: int, glyphs: Glyphs) -> ListRow:
    role = _ROLES.get(node.state, "")
    sign = f"{glyphs.states[_LIKE[node.state]]} "
    line: list[Part] = [
        (sign, role or "record"),
        (fit(node.name, room, False, glyphs.ellipsis), role),
    ]
    for one in figures:
        text = fit(one.text(node), one.width, one.right, glyphs.ellipsis)
        line.append((f" {text}", _shortage(node.disk) if one.text is _disk else role))
    return ListRow(tuple(line), node.name)


def _shortage(disk: DiskSnapshot | None) -> str:
    """Return the colour of a disk that has little room."""
    level = disk_level(disk) if disk is not None else None
    return level.value if level is not None else ""


def _streams(snapshot: RoomSnapshot, name: str) -> str:
    mine = {one.number for one in snapshot.workers if one.node == name}
    names = [name_of(one) for one in snapshot.streams if one.worker in mine]
    return f"holds {', '.join(names)}" if names else "holds no streams"

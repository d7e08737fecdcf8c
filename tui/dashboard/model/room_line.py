"""The room bar: one line that says how the room is, at any width. Pure."""

from __future__ import annotations

import msgspec

from ....core.model import RoomSnapshot, SignalingState, StreamState
from ...text.format import cells, duration, elide, long_clock, short_size
from .glyphs import Glyphs
from .parts import Part
from .room import KnownRoom
from .view import Totals, disk_level, totals

_COUNTED = (
    StreamState.REC,
    StreamState.LIVE,
    StreamState.WAIT,
    StreamState.STALL,
    StreamState.FAIL,
    StreamState.SAVE,
)
_WORST = (StreamState.REC, StreamState.STALL, StreamState.FAIL)
_ROLES = {
    StreamState.REC: "record",
    StreamState.LIVE: "live",
    StreamState.WAIT: "warning",
    StreamState.STALL: "warning",
    StreamState.FAIL: "error",
}
FROZEN = "VIEW FROZEN, recording goes on"
CLUSTER_TROUBLE = "cluster trouble, recordings go on"


_DETAILS = ((0, 0), (1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3))
"""How short the left and the right part are, from the longest line to the shortest."""


class BarFacts(msgspec.Struct, frozen=True):
    """What the room bar is made of."""

    room: str
    snapshot: RoomSnapshot | None
    frozen: bool = False
    gone: str = ""
    """Why nothing comes any more, in short."""
    stale: float = 0.0
    """Age of the snapshot where it is too old to be believed, seconds; else 0."""


def bar_facts(room: KnownRoom, frozen: bool, now: float) -> BarFacts:
    """Return what the bar says of a room; ``now`` is monotonic."""
    gone = ("recording is over" if room.ended else "ENGINE GONE") if room.gone else ""
    return BarFacts(room.name, room.snapshot, frozen, gone, room.stale(now))


def room_line(facts: BarFacts, width: int, glyphs: Glyphs) -> list[Part]:
    """Return the parts of a line that fills a width in cells."""
    for detail, end in _DETAILS:
        left, right = _left(facts, glyphs, detail), _right(facts, end)
        gap = width - _width(left) - _width(right)
        if gap >= 2:
            return [*left, (" " * gap, ""), *right]
    short = [_left(facts, glyphs, 3), _left(facts, glyphs, 4), notice(facts, glyphs)[1:]]
    fitting = (parts for parts in short if parts and _width(parts) <= width)
    return next(fitting, _cut(short[1], width, glyphs))


def _width(parts: list[Part]) -> int:
    return sum(cells(text) for text, _ in parts)


def _cut(parts: list[Part], width: int, glyphs: Glyphs) -> list[Part]:
    kept: list[Part] = []
    for text, role in parts:
        room = width - _width(kept)
        if room > 0:
            kept.append((elide(text, room, glyphs.ellipsis), role))
    return kept


def _left(facts: BarFacts, glyphs: Glyphs, detail: int) -> list[Part]:
    room = elide(facts.room, (40, 24, 16, 12, 12)[detail], glyphs.ellipsis)
    parts: list[Part] = [(f" room {room}" if detail == 0 else f" {room}", "strong")]
    if facts.snapshot is not None and detail < 4:
        parts += _counts(totals(facts.snapshot), glyphs, detail)
    return parts + notice(facts, glyphs)


def _counts(sums: Totals, glyphs: Glyphs, detail: int) -> list[Part]:
    gap = ("   ", "  ", "  ", " ")[detail]
    parts: list[Part] = []
    for state in _COUNTED if detail < 3 else _WORST:
        count = sums.states[state]
        if count or state is StreamState.REC:
            word = detail == 0 or (detail < 3 and state is StreamState.REC)
            text = f"{state.value} {count}" if word else str(count)
            parts += [(gap, ""), (f"{glyphs.states[state]} {text}", _ROLES.get(state, ""))]
    streams = f"{sums.streams} {'stream' if sums.streams == 1 else 'streams'}"
    match detail:
        case 0:
            parts.append((f"   {streams}   {_mega(sums.bitrate)} Mb/s in", ""))
        case 1:
            parts.append((f"  {streams} {_mega(sums.bitrate)} Mb/s", ""))
        case 2:
            parts.append((f"  {_mega(sums.bitrate)} Mb/s", ""))
        case _:
            pass
    return parts


def _mega(bits: float) -> str:
    mega = bits / 1e6
    return f"{mega:.1f}" if mega < 9.95 else f"{mega:.0f}"


def notice(facts: BarFacts, glyphs: Glyphs) -> list[Part]:
    """Return what must be read before the numbers are believed."""
    found = ""
    role = "warning"
    if facts.gone:
        found, role = facts.gone, "error"
    elif facts.stale:
        found = f"no news for {facts.stale:.0f} s"
    elif facts.frozen:
        found = FROZEN
    elif facts.snapshot is None:
        found = "waiting for the engine"
    elif facts.snapshot.link is not SignalingState.JOINED:
        found = f"{glyphs.link} {facts.snapshot.link.value}"
    elif facts.snapshot.cluster is not None and facts.snapshot.cluster.trouble:
        found = CLUSTER_TROUBLE
    return [("  ", ""), (f"{found} ", role)] if found else []


def _right(facts: BarFacts, detail: int) -> list[Part]:
    snapshot = facts.snapshot
    if snapshot is None:
        return []
    up = long_clock(snapshot.elapsed)
    disk = snapshot.disk
    free, role = short_size(disk.free), disk_level(disk) or ""
    left = "" if disk.seconds_left is None else duration(disk.seconds_left)
    match detail:
        case 0:
            text = f"disk {free}" + (f" = {left} left" if left else " free")
            return [(f"up {up}   ", ""), (f"{text} ", role)]
        case 1:
            return [(f"{up}  ", ""), (f"disk {free}" + (f" = {left} " if left else " "), role)]
        case 2:
            return [(f"{up} ", ""), (f"{free} {left}".strip() + " ", role)]
        case _:
            return [(f"{free} {left}".strip() + " ", role)]

"""The list: rooms that are being recorded, and recent ones, a line each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ....core.model import RoomSnapshot, StreamState
from ...dashboard.model.glyphs import Glyphs
from ...dashboard.model.parts import Line
from ...text.format import clock, fit
from ...text.words import recordings
from .recents import Recent

_WHEN = 12
_STATE = 10
_SCHEMES = ("wss://", "ws://")


@dataclass(frozen=True, slots=True)
class Running:
    """A room that is being recorded on this machine."""

    key: str
    """Of its runtime folder."""
    snapshot: RoomSnapshot


def running_row(running: Running, width: int, glyphs: Glyphs) -> Line:
    """Return the line of a room that is being recorded."""
    room = running.snapshot
    total, files = len(room.streams), len(recordings(room.streams))
    sign = glyphs.states[StreamState.REC if files else StreamState.WAIT]
    state = f"{sign} {files} of {total}" if total else f"{sign} nobody"
    role = "record" if files else "warning"
    return _row((state, role), room.room, room.server, clock(max(0.0, room.elapsed)), width, glyphs)


def recent_row(recent: Recent, width: int, glyphs: Glyphs) -> Line:
    """Return the line of a room that was recorded lately."""
    return _row(("recent", "muted"), recent.name, recent.server, _when(recent.last), width, glyphs)


def _row(
    state: tuple[str, str], name: str, server: str, when: str, width: int, glyphs: Glyphs
) -> Line:
    left = max(10, width - _STATE - _WHEN - 3)
    named = left if width < 56 else left * 2 // 5
    short = next((server.removeprefix(s) for s in _SCHEMES if server.startswith(s)), server)
    parts = [
        (fit(state[0], _STATE, ellipsis=glyphs.ellipsis), state[1]),
        (" " + fit(name, named, ellipsis=glyphs.ellipsis), "strong"),
    ]
    if named < left:
        parts.append((" " + fit(short, left - named - 1, ellipsis=glyphs.ellipsis), "muted"))
    return (*parts, (" " + fit(when, _WHEN, right=True, ellipsis=glyphs.ellipsis), "muted"))


def _when(moment: float) -> str:
    try:
        then = datetime.fromtimestamp(moment)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{then.day} {then:%b %H:%M}"

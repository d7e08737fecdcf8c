"""The page of past sessions: when, which room, how long, who, how much. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ....core.units import size
from ...text.format import clean, clock, fit
from ...text.words import count, listing
from .glyphs import Glyphs
from .parts import Line
from .rows import ListRow, sentence, wrapped

WIDE = 58
"""Cells from which on there are years, and how many streams there were."""


class Found(msgspec.Struct, frozen=True):
    """A JSON file that may be of a session."""

    path: str
    changed: float
    """Unix time of its last change."""
    bytes: int = 0


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What a list says of a session."""

    room: str = ""
    started: float = 0.0
    """Unix time."""
    seconds: float = 0.0
    """From the first take's begin to the last one's end."""
    streams: tuple[str, ...] = ()
    """What people call them."""
    takes: int = 0
    bytes: int = 0
    open: bool = False
    """Not all of its takes have an end (yet)."""
    trouble: str = ""
    """Why nothing is known of it: it is damaged, or no session."""


def title(found: Sequence[Found], left_out: int, done: bool) -> str:
    """Return the first line."""
    what = count(len(found), "session") if done else "looking for sessions"
    more = f", {left_out} older ones are not shown" if left_out else ""
    return f"History: {what}{more}"


def rows(
    found: Sequence[Found], briefs: Mapping[str, Brief], width: int, glyphs: Glyphs
) -> list[ListRow]:
    """Return the list: a line for each file, read or not."""
    return [_row(one, briefs.get(one.path), width, glyphs) for one in found]


def nothing(folders: Sequence[str], width: int) -> list[ListRow]:
    """Return what stands there where there are no sessions."""
    return sentence(f"No sessions in {listing(folders)}.", width)


def head(width: int) -> str:
    """Return the titles of the columns."""
    room = fit("room", _room(width))
    if width < WIDE:
        return f"  {'when':12} {room} {'length':>8} {'size':>8}"
    return f"  {'when':17} {room} {'length':>8} {'streams':>7} {'size':>8}"


def _row(one: Found, brief: Brief | None, width: int, glyphs: Glyphs) -> ListRow:
    name = os.path.basename(one.path)
    if brief is None or brief.trouble:
        when = _when(one.changed, width)
        what = f"{name}: {brief.trouble}" if brief else f"{name} {glyphs.ellipsis}"
        line = f"{when} {fit(what, max(4, width - len(when) - 3), ellipsis=glyphs.ellipsis)}"
        return ListRow(((" ", ""), (line, "muted")), one.path)
    room = fit(brief.room, _room(width), ellipsis=glyphs.ellipsis)
    streams = f"{len(brief.streams):>7} " if width >= WIDE else ""
    length = "open" if brief.open else clock(brief.seconds)
    figures = f" {length:>8} {streams}{size(brief.bytes):>8}"
    when = f" {_when(brief.started, width)} "
    return ListRow(((when, "muted"), (room, "strong"), (figures, "")), one.path)


def _room(width: int) -> int:
    return max(4, width - (47 if width >= WIDE else 34))


def _when(at: float, width: int) -> str:
    try:
        moment = datetime.fromtimestamp(at)
    except (OverflowError, OSError, ValueError):
        moment = datetime.fromtimestamp(0)
    return moment.strftime("%d %b %Y %H:%M" if width >= WIDE else "%d %b %H:%M")


def more(path: str, brief: Brief | None, width: int) -> list[Line]:
    """Return what is told of a session: its path, and who was there."""
    lines = wrapped(path, width, "muted", most=2)
    if brief is None:
        return lines
    if brief.trouble:
        return [*lines, *wrapped(brief.trouble, width, "warning")]
    who = listing([clean(name) for name in brief.streams], most=8) or "nobody"
    open_ = ", not all of which have ended" if brief.open else ""
    return [*lines, *wrapped(f"{count(brief.takes, 'take')} of {who}{open_}", width)]

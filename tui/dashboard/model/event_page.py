"""All events as lines of a page: filtered, wrapped, the newest first. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence

from ....core.model import Event, EventLevel
from ...text.format import cells, clean, fit
from .events import event_line
from .glyphs import Glyphs
from .parts import Line

NARROW = 60
"""Cells below which the name of a stream shares its column with the text."""
_NAME = 16


def chosen(events: Iterable[Event], stream: str = "", troubles: bool = False) -> list[Event]:
    """Return the events of one stream, or of all; only warnings and errors if wanted."""
    return [
        event
        for event in events
        if (not stream or event.stream == stream)
        and (not troubles or event.level is not EventLevel.INFO)
    ]


def streams_of(events: Iterable[Event]) -> list[str]:
    """Return the streams that events are about, in the order of their first one."""
    return list(dict.fromkeys(event.stream for event in events if event.stream))


def lines(
    events: Sequence[Event], width: int, glyphs: Glyphs, name: Callable[[str], str]
) -> list[Line]:
    """Return the lines of a page, the newest event first.

    Args:
        events: Oldest first.
        width: Cells.
        glyphs: The signs.
        name: Returns what people call a stream.
    """
    return [line for event in reversed(events) for line in _event(event, width, glyphs, name)]


def _event(event: Event, width: int, glyphs: Glyphs, name: Callable[[str], str]) -> list[Line]:
    said = event_line(event, glyphs, clean(name(event.stream)) if event.stream else "")
    text = clean(said.text)
    head = f"{said.glyph} {said.word:5} "
    if width >= NARROW:
        head += f"{fit(said.name, _NAME, ellipsis=glyphs.ellipsis)} "
    elif said.name:
        text = f"{said.name}: {text}"
    indent = cells(said.time) + 2 + cells(head)
    room = max(10, width - indent)
    first, *more = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
    look = said.role if said.role in ("warning", "error") else ""
    return [
        ((f"{said.time}  ", "muted"), (head, said.role), (first, look)),
        *(((" " * indent + line, look),) for line in more),
    ]

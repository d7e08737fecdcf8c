"""The rows of a list with a cursor, and what is told of the one under it. Pure."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from ...text.format import cells, clean
from .glyphs import Glyphs
from .parts import Line


class ListRow(NamedTuple):
    """One line of a list."""

    line: Line
    id: str = ""
    """What is under the cursor when it is here; empty: the cursor passes it over."""


def heading(text: str, width: int, glyphs: Glyphs) -> ListRow:
    """Return a line that begins a section."""
    head = f"{glyphs.line} {text} "[:width]
    return ListRow(((head + glyphs.line * (width - cells(head)), "muted"),))


def sentence(text: str, width: int, role: str = "") -> list[ListRow]:
    """Return a text as rows that the cursor passes over."""
    return [ListRow(line) for line in wrapped(text, width, role)]


def wrapped(text: str, width: int, role: str = "", most: int = 100) -> list[Line]:
    """Return a text as at most so many lines, one cell from the left."""
    room = max(10, width - 2)
    found = textwrap.wrap(clean(text), room, break_on_hyphens=False)
    return [((f" {line}", role),) for line in found[:most]]

"""The help page as text: keys from the key table, signs from the glyphs, facts of the terminal.

Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

import msgspec

from ....core.model import StreamState
from ...text.format import fit
from .glyphs import Glyphs
from .keys import KEYS, Group, Key, Scope, key_name
from .parts import Line, Part
from .terminal import Terminal

TWO_COLUMNS = 72
"""Cells from which on there is room for two columns."""
_GAP = 3

_MEANINGS = {
    StreamState.REC: "all that arrives is written",
    StreamState.WAIT: "connecting, or not written yet",
    StreamState.STALL: "something stands still; the row says what",
    StreamState.FAIL: "ended by an error; the row says why",
    StreamState.SAVE: "the file is being closed",
    StreamState.LIVE: "looked at, not recorded; r records",
    StreamState.IDLE: "connected, and sends nothing",
    StreamState.OFF: "live, but not recorded; r records",
    StreamState.SKIP: "excluded; x includes",
    StreamState.DONE: "left, or over; the file is closed",
}
_ON_MAIN_SCREEN = frozenset({Scope.EVERYWHERE, Scope.TABLE, Scope.CURSOR})
_LEAVING = (
    ("line lost", "recording goes on without the screen"),
    ("attach", "roomdeck attach comes back to it"),
    ("stop", "roomdeck stop finishes every file"),
)


def readme_table() -> str:
    """Return the keys of the main screen as the table that stands in the README."""
    rows = [
        f"| {' '.join(f'`{key_name(name)}`' for name in key.keys)} | {key.help} |"
        for group in (Group.RECORDING, Group.MOVING, Group.VIEW, Group.LEAVING)
        for key in KEYS
        if key.group is group and _ON_MAIN_SCREEN.intersection(key.scopes)
    ]
    return "\n".join(["| key | does |", "| --- | --- |", *rows])


class Section(msgspec.Struct, frozen=True):
    """A heading and its rows."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """Key or sign, and what it is."""


def sections(glyphs: Glyphs, terminal: Terminal, size: tuple[int, int]) -> list[Section]:
    """Return the whole page.

    Args:
        glyphs: The signs in use.
        terminal: What this one can do.
        size: Its columns and rows.
    """
    plain = terminal.ascii
    found = [Section(group.value, _key_rows(group, plain)) for group in Group]
    return [
        Section(one.title, one.rows + _LEAVING) if one.title == Group.LEAVING.value else one
        for one in found
    ] + [
        Section(
            "states", tuple((f"{glyphs.states[s]} {s.value}", _MEANINGS[s]) for s in StreamState)
        ),
        Section("this terminal", tuple(_facts(terminal, size))),
    ]


def page(found: Sequence[Section], width: int, line: str) -> list[Line]:
    """Return the lines of the page, in two columns where there is room.

    Args:
        found: The sections.
        width: Cells.
        line: The sign that headings are drawn with.
    """
    if width < TWO_COLUMNS:
        return [(part,) for part in _column(found, width, line)]
    each = (width - _GAP) // 2
    best = min(range(1, len(found)), key=lambda at: _height(found, at, each, line))
    left, right = (_column(part, each, line) for part in (found[:best], found[best:]))
    return [
        ((fit(one, each), look), (" " * _GAP, ""), other)
        for (one, look), other in zip_longest(left, right, fillvalue=("", ""))
    ]


def _height(found: Sequence[Section], at: int, width: int, line: str) -> int:
    return max(len(_column(part, width, line)) for part in (found[:at], found[at:]))


def _column(found: Sequence[Section], width: int, line: str) -> list[Part]:
    parts: list[Part] = []
    for section in found:
        parts.append((f"{line} {section.title} ".ljust(width, line), "heading"))
        left = min(max(len(key) for key, _ in section.rows), width // 2)
        for key, text in section.rows:
            parts += ((row, "") for row in _row(key, text, left, width))
    return parts


def _row(key: str, text: str, left: int, width: int) -> list[str]:
    wrapped = textwrap.wrap(text, max(8, width - left - 3))
    first = f" {fit(key, left)}  {wrapped[0]}"
    return [first, *(" " * (left + 3) + rest for rest in wrapped[1:])]


def _key_rows(group: Group, plain: bool) -> tuple[tuple[str, str], ...]:
    return tuple((_names(key, plain), key.help) for key in KEYS if key.group is group)


def _names(key: Key, plain: bool) -> str:
    return " ".join(key_name(name, plain) for name in key.keys)


def _facts(terminal: Terminal, size: tuple[int, int]) -> list[tuple[str, str]]:
    inside = f" in {terminal.multiplexer}" if terminal.multiplexer else ""
    return [
        ("kind", f"{terminal.name or 'unknown'}{inside}, {size[0]}x{size[1]}"),
        ("colours", terminal.colors.value),
        ("signs", "ASCII only" if terminal.ascii else "Unicode; --ascii if they look wrong"),
        ("mouse", "on; --no-mouse gives it back" if terminal.mouse else "off"),
        ("line", "over ssh: no animation" if terminal.ssh else "local"),
    ]

"""The rooms that can be chosen: those that are being recorded, and recent ones."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...dashboard.model.glyphs import Glyphs
from ..model.recents import Recent
from ..model.rows import Running, recent_row, running_row

_GUTTER = 4
"""Cells of a line that are not the list's text."""


class RoomList(OptionList):
    """A line for each; gone while there is none."""

    def __init__(self) -> None:
        super().__init__(id="rooms", compact=True, markup=False)
        self._recorded: tuple[Running, ...] = ()
        self._recent: tuple[Recent, ...] = ()

    @property
    def chosen(self) -> Running | Recent | None:
        """What the cursor is on."""
        both = (*self._recorded, *self._recent)
        return None if self.highlighted is None else both[self.highlighted]

    def show(
        self, running: Sequence[Running], recents: Sequence[Recent], width: int, glyphs: Glyphs
    ) -> None:
        """Show these; the cursor stays on what it was on."""
        before = self.chosen
        self._recorded, self._recent = tuple(running), tuple(recents)
        width -= _GUTTER
        lines = [
            *(running_row(one, width, glyphs) for one in running),
            *(recent_row(one, width, glyphs) for one in recents),
        ]
        self.set_options(
            Option(Content.assemble(*((text, _STYLES.get(role, "")) for text, role in line)))
            for line in lines
        )
        self.display = bool(lines)
        self.highlighted = self._place(before) if lines else None

    def point_at(self, key: str) -> None:
        """Put the cursor on a room that is being recorded."""
        self.highlighted = next(
            (at for at, one in enumerate(self._recorded) if one.key == key), self.highlighted
        )

    def _place(self, chosen: Running | Recent | None) -> int:
        keys = [_key(one) for one in (*self._recorded, *self._recent)]
        key = None if chosen is None else _key(chosen)
        return keys.index(key) if key in keys else 0

    def move(self, lines: int) -> bool:
        """Go up or down; return whether there is a line."""
        to = (self.highlighted or 0) + lines
        if not 0 <= to < self.option_count:
            return False
        self.highlighted = to
        return True


_STYLES = {"record": "$record", "warning": "$warning", "muted": "$muted", "strong": "bold"}


def _key(one: Running | Recent) -> tuple[str, str]:
    return (one.key, "") if isinstance(one, Running) else (one.room, f"recent {one.server}")

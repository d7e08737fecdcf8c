"""The last events below the table, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...text.format import cells, cut, fit
from ..model.events import EventLine
from ..model.glyphs import UNICODE, Glyphs
from .paint import paint

NAME_MOST = 20


class EventList(ScrollView, can_focus=True):
    """A list of event lines by the line API."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"event-list--{role}" for role in ("record", "warning", "error", "muted", "time")
    }

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.glyphs: Glyphs = UNICODE
        self._lines: tuple[EventLine, ...] = ()

    def show(self, lines: Sequence[EventLine]) -> None:
        """Draw these lines, the newest first; a list that somebody scrolled stays in place."""
        new = tuple(lines)
        if new == self._lines:
            return
        more, scrolled = len(new) - len(self._lines), round(self.scroll_y)
        self._lines = new
        self.virtual_size = Size(0, len(new))
        if scrolled and more > 0:
            self.scroll_to(y=scrolled + more, animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        base, width = self.rich_style, self.scrollable_content_region.width
        number = y + round(self.scroll_y)
        if number >= len(self._lines):
            return Strip.blank(self.size.width, base)
        line = self._lines[number]
        name = min(NAME_MOST, max(8, width // 5))
        word = f"{line.word:5} " if width >= 100 else ""
        role = base + self._partial(line.role)
        rest = f"{fit(line.name, name, ellipsis=self.glyphs.ellipsis)} {line.text}"
        parts = [
            (f" {line.time}  ", base + self._partial("time")),
            (f"{line.glyph} {word}", role),
            (rest, role if line.role == "error" else base),
        ]
        return paint(_cut(parts, width, self.glyphs.ellipsis), self.size.width, base)

    def _partial(self, role: str) -> Style:
        if not role:
            return Style.null()
        return self.get_component_rich_style(f"event-list--{role}", partial=True)


def _cut(parts: list[tuple[str, Style]], width: int, ellipsis: str) -> list[tuple[str, Style]]:
    before = sum(cells(text) for text, _ in parts[:-1])
    text, style = parts[-1]
    return [*parts[:-1], (cut(text, max(0, width - before), ellipsis), style)]

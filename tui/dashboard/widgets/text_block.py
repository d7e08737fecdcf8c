"""Some lines of text in the colours of their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ..model.parts import Line
from .paint import paint

ROLES = ("record", "live", "warning", "error", "muted", "strong", "graph", "level")


class TextBlock(Widget):
    """As high as its lines; repaints those that change."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-block--{role}" for role in ROLES}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines from now on."""
        new, old = tuple(lines), self._lines
        if new == old:
            return
        self._lines = new
        if len(new) != len(old):
            self.styles.height = len(new)
            self.refresh(layout=True)
            return
        width = self.size.width
        changed = [y for y, line in enumerate(new) if line != old[y]]
        self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Return a line (line API)."""
        base = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, base)
        styled = [(text, self._style(role, base)) for text, role in self._lines[y]]
        return paint(styled, self.size.width, base)

    def _style(self, role: str, base: Style) -> Style:
        if not role:
            return base
        return base + self.get_component_rich_style(f"text-block--{role}", partial=True)

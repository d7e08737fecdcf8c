"""One line of text in the colours of its roles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ...text.format import cells
from ..model.parts import Part
from .paint import paint

ROLES = ("record", "live", "warning", "error", "muted", "strong")


class TextLine(Widget, inherit_css=True):
    """Draws parts; repaints only when they change."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-line--{role}" for role in ROLES}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """What stands there."""
        return "".join(text for text, _ in self._parts)

    def show(self, parts: Sequence[Part]) -> None:
        """Draw these parts from now on."""
        if (new := tuple(parts)) != self._parts:
            alike = takewhile(lambda pair: pair[0] == pair[1], zip(new, self._parts, strict=False))
            x = sum(cells(text) for (text, _), _ in alike)
            self._parts = new
            self.refresh(Region(x, 0, max(0, self.size.width - x), 1))

    def render_line(self, y: int) -> Strip:
        """Return the line (line API)."""
        base = self.rich_style
        if y:
            return Strip.blank(self.size.width, base)
        styled = [(text, self._style(role, base)) for text, role in self._parts]
        return paint(styled, self.size.width, base)

    def _style(self, role: str, base: Style) -> Style:
        if not role:
            return base
        return base + self.get_component_rich_style(f"text-line--{role}", partial=True)

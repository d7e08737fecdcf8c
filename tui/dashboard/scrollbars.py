"""Scrollbars for terminals that can show ASCII only."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class PlainScrollBar(ScrollBarRender):
    """Blanks in two colours: no eighths of a block at its ends."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def use_scrollbars(plain: bool) -> None:
    """Draw all scrollbars of this process plainly, or as usual."""
    ScrollBar.renderer = PlainScrollBar if plain else ScrollBarRender

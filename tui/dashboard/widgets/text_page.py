"""Lines of text that scroll, drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..bindings import bindings
from ..model.keys import Scope
from ..model.parts import Line


class TextPage(ScrollView, can_focus=True):
    """A page that is read, not edited; the keys of the table move it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "page--heading",
        "page--muted",
        "page--record",
        "page--warning",
        "page--error",
    }
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CURSOR)]

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; what is being read stays in place when some come in above it."""
        new, old = tuple(lines), self._lines
        if new == old:
            return
        self._lines = new
        self.virtual_size = Size(self.size.width, len(new))
        above = new.index(old[0]) if old and old[0] in new else 0
        if above and self.scroll_offset.y:
            self.scroll_relative(y=above, animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen."""
        at = y + self.scroll_offset.y
        parts = self._lines[at] if at < len(self._lines) else ()
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"page--{look}") if look else base)
            for text, look in parts
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def action_move(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by pages; one line stays, for the eye."""
        self.scroll_relative(y=pages * max(1, self.size.height - 1), animate=False)

    def action_move_to_first(self) -> None:
        """Scroll to the top."""
        self.scroll_home(animate=False)

    def action_move_to_last(self) -> None:
        """Scroll to the end."""
        self.scroll_end(animate=False)

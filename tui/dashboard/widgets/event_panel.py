"""The last events below the table, under a line of their own."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from ..model.events import EventLine
from ..model.glyphs import Glyphs
from .event_list import EventList
from .text_line import TextLine

LINES = ((30, 8), (20, 4), (0, 0))
"""From so many lines of the screen on, so many lines of events."""
_FEWEST = 4
"""Where somebody asked for them."""


class EventPanel(Vertical):
    """As high as the screen allows, or as somebody wants."""

    DEFAULT_CSS = "EventPanel { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._wanted: bool | None = None
        """What somebody asked for; else the height decides."""

    @property
    def shown(self) -> bool:
        """Whether there are lines."""
        return self.query_one(EventList).display

    def compose(self) -> ComposeResult:
        """Yield the title and the list."""
        yield TextLine(id="events-title")
        yield EventList(id="events")

    def want(self, shown: bool) -> None:
        """Show or hide the lines, whatever the height, from the next `fit` on."""
        self._wanted = shown

    def fit(self, screen: Size, glyphs: Glyphs) -> None:
        """Fit a screen of so many cells."""
        lines = next(lines for least, lines in LINES if screen.height >= least)
        if self._wanted is not None:
            lines = (lines or _FEWEST) if self._wanted else 0
        title, events = self.query_one(TextLine), self.query_one(EventList)
        title.display = events.display = lines > 0
        events.styles.height = lines
        events.glyphs = glyphs
        head = f"{glyphs.line} events "
        title.show([(head, "muted"), (glyphs.line * max(0, screen.width - len(head)), "muted")])

    def show(self, lines: Sequence[EventLine]) -> None:
        """Draw these lines, the newest first."""
        self.query_one(EventList).show(lines)

"""The first line of the dashboard."""

from __future__ import annotations

from ..model.glyphs import Glyphs
from ..model.room_line import BarFacts, room_line
from .text_line import TextLine


class RoomBar(TextLine):
    """Totals, time, disk; and what must be known before the numbers are believed."""

    def update_room(self, facts: BarFacts, width: int, glyphs: Glyphs) -> None:
        """Say how the room is."""
        self.set_class(bool(facts.gone), "-gone")
        self.show(room_line(facts, width, glyphs))

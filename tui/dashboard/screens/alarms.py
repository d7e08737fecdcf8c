"""The page of alarms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from ...text.words import name_of
from ..bindings import bindings
from ..host import Follower
from ..model import alarm_page
from ..model.keys import Scope
from ..model.parts import Line
from ..model.room_line import bar_facts, notice
from ..model.rows import ListRow
from ..widgets.line_list import LineList
from .detail import DetailScreen
from .listing import ListScreen


class AlarmsScreen(Follower, ListScreen):
    """What is wrong, and what was."""

    SCOPES: ClassVar = (Scope.ALARMS,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.ALARMS)]

    def __init__(self) -> None:
        super().__init__()
        self._found: list[alarm_page.AlarmEntry] = []

    def room_changed(self) -> None:
        """Show what came."""
        self.draw()

    def heading(self) -> str:
        """Return the title."""
        room = self.app.room
        self._found = alarm_page.entries(room.snapshot, room.alarms.past)
        told = notice(bar_facts(room, False, time.monotonic()), self.app.glyphs)
        return alarm_page.title(self._found) + "".join(text for text, _ in told).rstrip()

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        return alarm_page.rows(self._found, width, self.app.glyphs, self._called)

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return all of an alarm."""
        one = self._at(row)
        return alarm_page.more(one, width, self._called) if one else ()

    def action_open(self) -> None:
        """Go to the stream of the alarm under the cursor."""
        one = self._at(self.cursor)
        if one is None:
            return
        if one.stream:
            self.app.push_screen(DetailScreen(one.stream))
        else:
            self.notify("it is about the room", markup=False)

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        """A row was double-clicked."""
        self.action_open()

    def _at(self, row: str) -> alarm_page.AlarmEntry | None:
        return next((one for one in self._found if one.id == row), None)

    def _called(self, stream: str) -> str:
        known = self.app.room.stream(stream)
        return name_of(known) if known else stream

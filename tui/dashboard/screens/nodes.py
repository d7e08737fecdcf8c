"""The page of nodes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from ..bindings import bindings
from ..host import Follower
from ..model import node_page
from ..model.keys import Scope
from ..model.parts import Line
from ..model.room_line import bar_facts, notice
from ..model.rows import ListRow
from .listing import ListScreen


class NodesScreen(Follower, ListScreen):
    """The machines on which streams are recorded."""

    SCOPES: ClassVar = (Scope.NODES,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.NODES)]

    def room_changed(self) -> None:
        """Show what came."""
        self.draw()

    def heading(self) -> str:
        """Return the title."""
        told = notice(bar_facts(self.app.room, False, time.monotonic()), self.app.glyphs)
        said = "".join(text for text, _ in told).rstrip()
        return node_page.title(self.app.room.snapshot) + said

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        return node_page.rows(self.app.room.snapshot, width, self.app.glyphs)

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return all of a node."""
        return node_page.more(self.app.room.snapshot, row, width)

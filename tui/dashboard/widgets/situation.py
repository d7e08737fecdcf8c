"""Shows what is the matter, and what to do next."""

from __future__ import annotations

from textual import getters
from textual.content import Content
from textual.widgets import Static

from ....core.model import EventLevel
from ..host import Host
from ..model.situations import Situation


class SituationView(Static):
    """A title and a few sentences; hidden while there is nothing to say."""

    app = getters.app(Host)

    def __init__(self, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self._shown: Situation | None = None
        self.display = False

    def show(self, situation: Situation | None) -> None:
        """Show a situation, or nothing."""
        if situation == self._shown:
            return
        self._shown = situation
        self.display = situation is not None
        if situation is None:
            return
        for level in EventLevel:
            self.set_class(level is situation.level, f"-{level}")
        self.set_class(situation.covers, "-covers")
        gap = "\n\n" if situation.covers and self.app.size.height > 12 else "\n"
        title = Content.styled(situation.title, "bold")
        self.update(Content(gap).join([title, *map(Content, situation.lines)]))

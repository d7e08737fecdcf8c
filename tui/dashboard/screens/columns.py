"""Which columns the table has where there is room for them."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import SelectionList

from ..model.columns import COLUMNS, KEPT
from ..widgets.choice import Choice
from .dialog import Dialog

_FIXED = 7
"""Lines of frame, padding and choices."""


class ColumnsScreen(Dialog[frozenset[str]]):
    """Lets somebody choose; the result is the ids of hidden columns, ``None`` leaves all as is.

    Args:
        hidden: Ids of the columns that are hidden now.
        absent: Those of which nothing is asked, and that stay as they were chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "keep", show=False),
        Binding("enter", "take", show=False, priority=True),
    ]

    def __init__(self, hidden: frozenset[str], absent: frozenset[str]) -> None:
        choices = (
            Choice("take", "enter", "Show these"),
            Choice("keep", "escape", "Leave them as they are"),
        )
        super().__init__("Columns: space shows or hides", (), choices)
        self._hidden = hidden
        self._asked = [one for one in COLUMNS if one.id not in absent | KEPT]

    def compose_input(self) -> ComposeResult:
        """Make the list."""
        yield SelectionList[str](
            *((column.title, column.id, column.id not in self._hidden) for column in self._asked),
            compact=True,
        )

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for the choices."""
        super().on_resize(event)
        self.query_one(SelectionList[str]).styles.max_height = max(1, event.size.height - _FIXED)

    def focus_first(self) -> None:
        """Let somebody choose."""
        self.query_one(SelectionList[str]).focus()

    def action_take(self) -> None:
        """Show the chosen columns."""
        chosen = set(self.query_one(SelectionList[str]).selected)
        asked = {one.id for one in self._asked}
        self.dismiss((self._hidden - asked) | (asked - chosen))

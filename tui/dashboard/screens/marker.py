"""A few words for a marker in the event log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from ...text.words import listing
from ..widgets.choice import Choice
from .dialog import Dialog

MAX_TEXT = 200


class MarkerScreen(Dialog[str]):
    """Asks what a marker should say; ``None`` is no marker, an empty text one without words.

    Args:
        names: Streams that it is for, as people call them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "keep", show=False)]

    def __init__(self, names: Sequence[str]) -> None:
        choices = (
            Choice("put", "enter", "Put the marker"),
            Choice("keep", "escape", "No marker"),
        )
        text = "Its time goes into the event log and the sidecar file. The words may be left out."
        super().__init__(f"Marker for {listing(names)}", (text,), choices)

    def compose_input(self) -> ComposeResult:
        """Make the line for the words."""
        yield Input(
            placeholder="what happens now?", max_length=MAX_TEXT, compact=True, classes="fixed"
        )

    def focus_first(self) -> None:
        """Let somebody type: a marker harms nothing."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_put()

    def action_put(self) -> None:
        """Put the marker."""
        self.dismiss(self.query_one(Input).value.strip()[:MAX_TEXT])

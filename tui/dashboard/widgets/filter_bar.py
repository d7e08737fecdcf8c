"""The line in which the filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

MAX_FILTER = 100


class _FilterInput(Input):
    """Leaves by escape, which clears; by enter or down, which keep."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", show=False),
        Binding("down", "submit", show=False),
    ]

    @dataclass
    class Cleared(Message):
        """Nobody wants the filter any more."""

    def action_clear_filter(self) -> None:
        """Give the filter up."""
        self.value = ""
        self.post_message(self.Cleared())


class FilterBar(Horizontal):
    """Filters while it is typed in; stays as long as rows are hidden by it."""

    @dataclass
    class Changed(Message):
        """Another filter."""

        value: str

    @dataclass
    class Left(Message):
        """The keys go back to the table."""

    def compose(self) -> ComposeResult:
        """Yield the line."""
        yield Static("filter", id="filter-title", markup=False)
        field = _FilterInput(
            placeholder="name, state or codec; ! inverts", compact=True, max_length=MAX_FILTER
        )
        field.cursor_blink = False
        yield field
        yield Static(id="filter-count", markup=False)

    def open(self) -> None:
        """Let somebody type."""
        self.display = True
        self.query_one(_FilterInput).focus()

    def clear(self) -> None:
        """Hide, without a filter."""
        self.query_one(_FilterInput).value = ""
        self.display = False

    def say(self, shown: int, total: int) -> None:
        """Say how many rows are left."""
        text = f"{shown} of {total}, esc clears"
        count = self.query_one("#filter-count", Static)
        if str(count.content) != text:
            count.update(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Pass on what is typed."""
        message.stop()
        self.post_message(self.Changed(message.value))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter."""
        message.stop()
        self.display = bool(message.value)
        self.post_message(self.Left())

    def on__filter_input_cleared(self, message: _FilterInput.Cleared) -> None:
        """Give the filter up."""
        message.stop()
        self.display = False
        self.post_message(self.Left())

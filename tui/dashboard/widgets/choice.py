"""One line of a question that can be chosen by its key, by enter, or by a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from ..model.glyphs import ASCII, Glyphs
from ..model.keys import key_name


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be answered; the label says what will happen, never OK or Cancel."""

    action: str
    """Method of the dialog, without ``action_``."""
    key: str
    label: str
    short: str = ""
    """The label where there is no room for it."""
    hint: str = ""
    """More about it, below it where there is room."""
    argument: str = ""
    """Of the method, where it has one."""

    @property
    def id(self) -> str:
        """By which its line is known."""
        return f"{self.action}-{self.argument}" if self.argument else self.action

    @property
    def call(self) -> str:
        """What is done, as a Textual action."""
        return f"{self.action}({self.argument!r})" if self.argument else self.action


class ChoiceLine(Widget, can_focus=True):
    """A choice as ``[▸ Keep recording  esc ]``; the sign shows the focus, not colour alone."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]

    @dataclass
    class Pressed(Message):
        """Somebody chose it."""

        choice: Choice

    def __init__(self, choice: Choice, glyphs: Glyphs) -> None:
        super().__init__(id=choice.id)
        self.choice = choice
        self._glyphs = glyphs

    def render(self) -> Content:
        """Return the line."""
        return Content(self._text(self.size.width))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Take no more room than the text needs."""
        return cell_len(self._text(container.width))

    def _text(self, width: int) -> str:
        """Return the line with the longest label that fits."""
        sign = self._glyphs.cursor if self.has_focus else " "
        key = key_name(self.choice.key, self._glyphs is ASCII)
        long, short = self.choice.label, self.choice.short or self.choice.label
        forms = f"[{sign} {long}  {key} ]", f"[{sign} {short}  {key} ]", f"{sign}{key} {short}"
        return next((form for form in forms if cell_len(form) <= width), forms[-1])

    def on_focus(self) -> None:
        """Move the sign here."""
        self.refresh()

    def on_blur(self) -> None:
        """Take the sign away."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose it."""
        event.stop()
        self.action_press()

    def action_press(self) -> None:
        """Choose it."""
        self.post_message(self.Pressed(self.choice))

"""What all questions have in common: a box, some lines, and a few choices.

The first choice is the harmless one and has the focus; escape and ctrl+c take it. A
question works with keys alone, with the mouse alone, without colour and in ASCII, from
40x10 cells on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.markup import escape
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from ..host import Deck
from ..model.glyphs import ASCII, Glyphs
from ..widgets.choice import Choice, ChoiceLine

Result = TypeVar("Result")

WIDTH = 62
"""Cells of the box where the terminal has them."""
_FRAME = 2
_PADDING = 2
_ROOMY = 18
"""Lines of a terminal from which on a box has padding, and choices have hints."""


class Dialog(ModalScreen[Result]):
    """A box with a title, lines that scroll, and choices.

    Args:
        title: Of the box.
        lines: What the question is about.
        choices: The harmless one first.
    """

    app = getters.app(Deck)
    CSS_PATH = "../../../styles/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,shift+tab,k", "app.focus_previous", show=False),
        Binding("down,tab,j", "app.focus_next", show=False),
        Binding("pageup", "scroll_lines(-1)", show=False),
        Binding("pagedown", "scroll_lines(1)", show=False),
        # Where an input has the focus, ctrl+c would copy.
        Binding("ctrl+c", "interrupt", show=False, priority=True),
    ]

    def __init__(self, title: str, lines: Sequence[str], choices: Sequence[Choice]) -> None:
        super().__init__()
        self._heading = title
        self._lines = tuple(lines)
        self._choices = tuple(choices)

    @property
    def glyphs(self) -> Glyphs:
        """The signs that the terminal can show."""
        return self.app.glyphs

    def compose(self) -> ComposeResult:
        """Make the box."""
        with Vertical(id="box") as box:
            box.border_title = escape(self._heading)
            with VerticalScroll(id="body", can_focus=False):
                yield Static("\n".join(self._lines), id="lines", markup=False)
            yield from self.compose_input()
            with Vertical(id="choices"):
                yield from self._compose_choices()

    def compose_input(self) -> ComposeResult:
        """Make what stands between the lines and the choices."""
        return iter(())

    def _compose_choices(self) -> ComposeResult:
        for choice in self._choices:
            yield ChoiceLine(choice, self.glyphs)
            if choice.hint:
                yield Static(choice.hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        """Fit the box and focus the harmless choice."""
        self.set_class(self.glyphs is ASCII, "-ascii")
        self._fit()
        self.focus_first()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the box again."""
        self._fit()

    async def ask(self, title: str, lines: Sequence[str], choices: Sequence[Choice]) -> None:
        """Turn the same box into another question."""
        self._heading, self._choices = title, tuple(choices)
        self.query_one("#box").border_title = escape(title)
        container = self.query_one("#choices", Vertical)
        with self.app.batch_update():
            await container.remove_children()
            await container.mount_all(list(self._compose_choices()))
            self.say(lines)
            self.focus_first()

    def say(self, lines: Sequence[str], title: str | None = None) -> None:
        """Change what the question is about."""
        if title is not None and title != self._heading:
            self._heading = title
            self.query_one("#box").border_title = escape(title)
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self.query_one("#lines", Static).update("\n".join(lines))
        self._fit()

    def text_width(self) -> int:
        """Return the cells that a line of the text has; one belongs to its scrollbar."""
        return min(WIDTH, self.app.size.width) - _FRAME - _PADDING - 1

    def roomy(self) -> bool:
        """Tell whether there is room for air and hints."""
        return self.app.size.height >= _ROOMY

    def focus_first(self) -> None:
        """Put the focus where it does no harm."""
        self.query(ChoiceLine).first().focus()

    def _fit(self) -> None:
        """Give the lines the room that the choices leave: those are never out of sight."""
        size = self.app.size
        roomy = self.roomy()
        self.set_class(roomy, "-roomy")
        self.query_one("#box").styles.width = min(WIDTH, size.width)
        text = self.query_one("#lines", Static)
        wanted = text.visual.get_height({}, self.text_width())
        fixed = sum(self._height_of(widget, roomy) for widget in self._fixed())
        left = max(0, size.height - _FRAME - fixed - (3 if roomy else 0))
        self.query_one("#body").styles.height = min(wanted, left)

    def _fixed(self) -> list[Widget]:
        return [*self.query_one("#choices").children, *self.query(".fixed")]

    def _height_of(self, widget: Widget, roomy: bool) -> int:
        if not widget.has_class("hint"):
            return 1
        if not roomy or not isinstance(widget, Static):
            return 0
        return widget.visual.get_height({}, self.text_width() - 2)

    @on(ChoiceLine.Pressed)
    async def _pressed(self, message: ChoiceLine.Pressed) -> None:
        message.stop()
        await self.run_action(f"screen.{message.choice.call}")

    def action_scroll_lines(self, pages: int) -> None:
        """Show more of the lines."""
        body = self.query_one("#body", VerticalScroll)
        body.scroll_relative(y=pages * max(1, body.size.height - 1), animate=False)

    async def action_keep(self) -> None:
        """Take the harmless choice."""
        self.dismiss(None)

    async def action_interrupt(self) -> None:
        """Ctrl+c: by default the harmless choice, as it is often pressed by accident."""
        await self.action_keep()

    def interrupt(self) -> None:
        """Take ctrl+c from the app."""
        self.call_later(self.action_interrupt)

"""A field of the form, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from ....core.model import Codec, Kind
from ...text.format import clean
from ..model.form import LABELS, Field, Form
from ..model.paste import pasted

_CODECS = [codec for codec in Codec if codec.kind is Kind.VIDEO]


_EDITING = {
    key: binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}


class FieldInput(Input):
    """A line; what is pasted comes as it was meant.

    Args:
        field: What is typed in it.
    """

    @dataclass
    class Pasted(Message):
        """Somebody pasted something."""

        text: str

    def __init__(self, field: Field) -> None:
        super().__init__(
            id=field.value,
            password=field is Field.PASSWORD,
            suggester=SuggestFromList(_CODECS) if field is Field.CODEC else None,
            compact=True,
            select_on_focus=False,
        )
        self.field = field
        self.cursor_blink = False

    async def on_key(self, event: events.Key) -> None:
        """Edit at once.

        Textual looks for whom a key is bound when the ones before it are dealt with; by then
        another field may have the focus.
        """
        if (action := _EDITING.get(event.key)) is not None:
            event.prevent_default()
            event.stop()
            await self.run_action(action)

    def on_paste(self, event: events.Paste) -> None:
        """Insert it, or have the form take it."""
        event.prevent_default()
        event.stop()
        if self.field is Field.ROOM:
            self.post_message(self.Pasted(event.text))
        else:
            self.put(pasted(event.text) if self.field is Field.SERVER else _line(event.text))

    def watch_value(self, value: str) -> None:
        """Hide what a terminal would obey: a link may have it in its password."""
        if value != clean(value):
            self.password = True

    def reveal(self) -> None:
        """Show what is hidden, or hide it again."""
        self.password = not self.password
        self.watch_value(self.value)

    def put(self, text: str) -> None:
        """Insert a text where the cursor is, in place of what is selected."""
        self.replace(text, *self.selection)


class FieldRow(Vertical):
    """Label, line, and below it what is wrong, or what is to be known.

    Args:
        field: Which.
    """

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._filled = ""
        """What stands there unless somebody typed."""

    def compose(self) -> ComposeResult:
        """Make them."""
        with Horizontal():
            yield Static(LABELS[self.field], classes="label", markup=False)
            yield FieldInput(self.field)
        yield Static(classes="said", markup=False)

    @property
    def line(self) -> FieldInput:
        """Where it is typed."""
        return self.query_one(FieldInput)

    def fill(self, form: Form) -> None:
        """Have it show what stands in it."""
        line, value = self.line, form.value(self.field)
        if line.value != value:
            with self.prevent(Input.Changed):
                line.value = value
            line.cursor_position = len(value)
        self._filled = value

    def update(self, form: Form) -> None:
        """Show what the form says of it."""
        line = self.line
        if line.value == self._filled:  # else somebody types, and the form may not know it yet
            self.fill(form)
        complaint, note = form.complaint(self.field), form.note(self.field)
        if self.field in (Field.PASSWORD, Field.CODEC):
            line.placeholder, note = note, ""
        # Of several lines the first says what is wrong; the others have their place elsewhere.
        text = complaint.partition("\n")[0]
        said = self.query_one(".said", Static)
        said.set_class(bool(complaint), "-wrong")
        said.display = bool(text or note)
        if str(said.content) != (text or note):
            said.update(text or note)


def _line(text: str) -> str:
    """Return the first line that has something in it, as it is: blanks may belong to a password."""
    return next((line for line in text.splitlines() if line.strip()), "")

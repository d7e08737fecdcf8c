"""Questions before something that ends a recording: what it will do, and whether to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from ....core.model import StreamSnapshot
from ...text.format import elide
from ...text.words import count, name_of, recordings
from ..bindings import bindings
from ..model.keys import Scope
from ..widgets.choice import Choice
from .dialog import Dialog
from .leave import recording_lines

WORD = "yes"
"""What has to be typed to stop everything."""
_NAME = 24
"""Cells of a name within a sentence."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    title: str
    text: str
    """What will happen."""
    keep: str
    """Label of the harmless choice."""
    yes: str
    """Label of the other one."""
    streams: tuple[StreamSnapshot, ...] = ()
    """Recordings that it would end."""


def stop_question(streams: Sequence[StreamSnapshot]) -> Question:
    """Return the question before some streams are stopped."""
    open_files = recordings(streams)
    what = _names(streams)
    who = f"{what} goes on" if len(streams) == 1 else "The streams go on"
    text = f"{_files(open_files)} {who} sending; r records again, in a new file."
    return Question(f"Stop {what}?", text, "Keep recording", f"Stop {what}", open_files)


def exclude_question(streams: Sequence[StreamSnapshot]) -> Question | None:
    """Return the question before some streams are excluded; ``None``: it ends no recording."""
    open_files = recordings(streams)
    if not open_files:
        return None
    what = _names(streams)
    text = (
        f"{_files(open_files)} Excluded streams are not recorded when they come back; "
        "x takes them in again."
    )
    return Question(f"Exclude {what}?", text, "Keep recording", f"Exclude {what}", open_files)


def stop_all_question(streams: Sequence[StreamSnapshot]) -> Question:
    """Return the question before everything is stopped."""
    open_files = recordings(streams)
    text = f"{_files(open_files)} The room stays open; R records everything again."
    return Question("Stop everything?", text, "Keep recording", "Stop everything", open_files)


def delivery_question() -> Question:
    """Return the question before somebody leaves while files are delivered."""
    text = "Files that are done stay; the next delivery of the same session goes on from there."
    return Question("Files are being made", text, "Go on", "Interrupt them and leave")


def _names(streams: Sequence[StreamSnapshot]) -> str:
    return _name(streams[0]) if len(streams) == 1 else count(len(streams), "stream")


def _name(stream: StreamSnapshot) -> str:
    return elide(name_of(stream), _NAME)


def _files(streams: Sequence[StreamSnapshot]) -> str:
    if not streams:
        return "No file is open."
    if len(streams) == 1:
        return f"This closes the file of {_name(streams[0])}; it plays."
    return f"This closes {len(streams)} files; they play."


class ConfirmScreen(Dialog[bool]):
    """Asks before some recordings end; ``True`` is yes, anything else is no.

    Args:
        question: What is asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.CONFIRM)]

    YES_KEY: ClassVar = "y"

    def __init__(self, question: Question) -> None:
        self._question = question
        choices = (
            Choice("keep", "escape", question.keep),
            Choice("yes", self.YES_KEY, question.yes),
        )
        super().__init__(question.title, (question.text,), choices)

    def on_mount(self) -> None:
        """Show the recordings; only now is the width known."""
        super().on_mount()
        self.say(self._texts())

    def on_resize(self, event: events.Resize) -> None:
        """Line them up anew."""
        super().on_resize(event)
        self.say(self._texts())

    def _texts(self) -> list[str]:
        streams = self._question.streams
        rows = recording_lines(streams, self.text_width(), self.glyphs) if streams else []
        return [self._question.text, *([""] if rows and self.roomy() else []), *rows]

    async def action_keep(self) -> None:
        """No."""
        self.dismiss(False)

    def action_yes(self) -> None:
        """Yes."""
        self.dismiss(True)


class TypedScreen(ConfirmScreen):
    """Asks before everything ends: a word has to be typed, so that no slip does it."""

    YES_KEY: ClassVar = "enter"

    def compose_input(self) -> ComposeResult:
        """Make the line for the word."""
        yield Input(placeholder=f"type {WORD} and press enter", compact=True, classes="fixed")

    def focus_first(self) -> None:
        """Let somebody type; escape still keeps everything."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.action_yes()

    def action_yes(self) -> None:
        """Do it only if the word stands there."""
        field = self.query_one(Input)
        if field.value.strip().lower() == WORD:
            self.dismiss(True)
            return
        self.query_one("#box").border_subtitle = f"type {WORD}: nothing is stopped yet"
        field.focus()

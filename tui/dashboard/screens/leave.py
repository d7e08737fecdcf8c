"""Leaving while something is being recorded: the question, then the files' progress."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from enum import Enum, auto
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from ....core.errors import ControlError
from ....core.model import Event, RoomSnapshot, StreamSnapshot
from ....core.units import size
from ...text.format import clock, fit
from ...text.words import count, name_of, recordings
from ..bindings import bindings
from ..host import Follower
from ..leave import Leave
from ..model.closing import ClosingFiles, FileLine
from ..model.glyphs import Glyphs
from ..model.keys import Scope
from ..widgets.choice import Choice
from .dialog import Dialog

_HURRY = Choice("hurry", "ctrl+c", "Do not wait")


class _Phase(Enum):
    ASKING = auto()
    FINISHING = auto()
    IMPATIENT = auto()


class LeaveScreen(Follower, Dialog[Leave]):
    """Asks whether to stay, stop, or detach; after "stop" it shows the files being closed.

    The result is ``None`` where somebody stays, and where all files are closed, so that it can be
    said what became of them; so it is when the engine went away meanwhile.

    Args:
        snapshot: The room as it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.LEAVE)]

    def __init__(self, snapshot: RoomSnapshot) -> None:
        self._snapshot = snapshot
        self._phase = _Phase.ASKING
        self._finishing = ClosingFiles(())
        self._trouble = ""
        self._seen = 0
        """Number of the last event that was looked at."""
        title, choices = _question(snapshot)
        super().__init__(title, (), choices)

    def on_mount(self) -> None:
        """Show the recordings; only now is the width known."""
        super().on_mount()
        self.room_changed()

    def on_resize(self, event: events.Resize) -> None:
        """Line them up anew."""
        super().on_resize(event)
        self._tell()

    # ── news ─────────────────────────────────────────────────────────────────────────────

    def room_changed(self) -> None:
        """Show what is new; without an engine there is nothing to wait for."""
        room = self.app.room
        for event in room.events:
            if event.seq > self._seen:
                self._seen = event.seq
                self._note(event)
        if room.snapshot is not None:
            self._follow(room.snapshot)
        if room.ended or room.gone:
            hurries = self._phase is _Phase.IMPATIENT
            self.dismiss(Leave.STOPPED if room.ended and hurries else None)
        else:
            self._tell()

    def _note(self, event: Event) -> None:
        if self._phase is not _Phase.ASKING:
            self._finishing.note(event)

    def _follow(self, snapshot: RoomSnapshot) -> None:
        self._snapshot = snapshot
        if self._phase is not _Phase.ASKING:
            self._finishing.follow(snapshot)

    # ── answers ──────────────────────────────────────────────────────────────────────────

    async def action_keep(self) -> None:
        """Keep recording; or go on waiting for the files."""
        if self._phase is _Phase.ASKING:
            self.dismiss(None)
        elif self._phase is _Phase.IMPATIENT:
            await self._wait()

    async def action_yes(self) -> None:
        """Stop all; or leave files unfinished."""
        if self._phase is _Phase.ASKING:
            await self._finish()
        elif self._phase is _Phase.IMPATIENT:
            self.dismiss(Leave.HURRIED)

    def action_detach(self) -> None:
        """Leave the screen; the engine goes on."""
        if self._phase is not _Phase.FINISHING:
            self.dismiss(Leave.DETACHED)

    async def action_hurry(self) -> None:
        """Ask whether to wait no longer."""
        if self._phase is not _Phase.FINISHING:
            return
        if not self._finishing.left:
            self.dismiss(Leave.STOPPED)
        else:
            self._phase = _Phase.IMPATIENT
            await self.ask(self._impatient_title(), self._texts(), _impatient(self._finishing.left))

    async def action_interrupt(self) -> None:
        """Ctrl+c: the harmless answer, or while files are closed, the question above."""
        if self._phase is _Phase.FINISHING:
            await self.action_hurry()
        else:
            await self.action_keep()

    async def _finish(self) -> None:
        self._finishing, self._trouble = ClosingFiles(self._snapshot.streams), ""
        await self._wait()
        self.run_worker(self._order_stop(), exclusive=True)

    async def _order_stop(self) -> None:
        try:
            await self.app.client.command("shutdown")
        except ControlError as error:
            self._phase, self._trouble = _Phase.ASKING, f"Not stopped: {error}"
            title, choices = _question(self._snapshot)
            await self.ask(title, self._texts(), choices)

    async def _wait(self) -> None:
        self._phase = _Phase.FINISHING
        await self.ask(self._finishing_title(), self._texts(), (_HURRY,))

    # ── words ────────────────────────────────────────────────────────────────────────────

    def _tell(self) -> None:
        match self._phase:
            case _Phase.ASKING:
                self.say(self._texts(), _question(self._snapshot)[0])
            case _Phase.FINISHING:
                self.say(self._texts(), self._finishing_title())
            case _Phase.IMPATIENT if self._finishing.left:
                self.say(self._texts(), self._impatient_title())
            case _Phase.IMPATIENT:
                self.dismiss(Leave.STOPPED)

    def _texts(self) -> Sequence[str]:
        width = self.text_width()
        if self._phase is _Phase.ASKING:
            lines = recording_lines(recordings(self._snapshot.streams), width, self.glyphs)
            return [self._trouble, *lines] if self._trouble else lines
        return file_lines(self._finishing.lines, width, self.glyphs)

    def _finishing_title(self) -> str:
        files = self._finishing
        return f"Finishing files, {files.done} of {len(files.lines)} closed"

    def _impatient_title(self) -> str:
        return f"Leave {count(self._finishing.left, 'file')} unfinished?"


def _question(snapshot: RoomSnapshot) -> tuple[str, tuple[Choice, ...]]:
    number = len(recordings(snapshot.streams))
    verb = "is" if number == 1 else "are"
    return f"{count(number, 'recording')} {verb} running", (
        Choice("keep", "escape", "Keep recording"),
        Choice("yes", "y", "Stop all, finish files", "Stop all"),
        Choice(
            "detach",
            "d",
            "Leave this screen, keep recording",
            "Leave, keep recording",
            f"come back with: roomdeck attach {shlex.quote(snapshot.room)}",
        ),
    )


def _impatient(left: int) -> tuple[Choice, ...]:
    them, they = ("it", "it finishes") if left == 1 else ("them", "they finish")
    return (
        Choice("keep", "escape", f"Wait for {them}"),
        Choice("detach", "d", f"Leave; {they} without this screen", f"Leave; {they} alone"),
        Choice(
            "yes",
            "y",
            f"Leave {them} unfinished",
            hint="what is on the disk plays; the last second may be missing",
        ),
    )


def recording_lines(streams: Sequence[StreamSnapshot], width: int, glyphs: Glyphs) -> list[str]:
    """Return a line per open file: name, time, size."""
    return [
        _line(name_of(stream), clock(stream.seconds), size(stream.bytes), width, glyphs)
        for stream in streams
    ] or ["No file is open any more."]


def file_lines(files: Sequence[FileLine], width: int, glyphs: Glyphs) -> list[str]:
    """Return a line per file: sign and word for how far it is, name, size."""
    return [
        f"{glyphs.states[file.state.like]} "
        + _line(file.name, file.state.value, size(file.bytes), width - 2, glyphs)
        for file in files
    ]


def _line(name: str, middle: str, right: str, width: int, glyphs: Glyphs) -> str:
    shown = fit(name, max(4, width - 20), ellipsis=glyphs.ellipsis)
    return f"{shown} {middle:>8}  {right:>9}"

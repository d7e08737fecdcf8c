"""The start screen: an app of its own, before there is an engine for a dashboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static

from ...core.config import RecordConfig
from ...core.engine.records.session import check_output
from ...core.errors import RoomdeckError, UsageError
from ...core.ipc.room_folder import RoomFolder
from ...core.signaling.invite_links import is_link
from ..dashboard.dress import Dressed
from ..dashboard.model.terminal import Terminal
from ..dashboard.widgets.choice import Choice, ChoiceLine
from ..dashboard.widgets.text_line import TextLine
from ..session.following import Following
from ..text.format import printable
from .engines import Engines
from .model.form import Field, Form
from .model.keys import Place, hints
from .model.paste import pasted
from .model.recents import Recent, without
from .model.rows import Running
from .remembered import forget, read_recents
from .widgets.field_row import FieldInput, FieldRow
from .widgets.room_list import RoomList

LOOK = 3.0
"""Seconds between looks at what is being recorded."""
_ROOMY = 20
"""Lines of a terminal from which on there is room for air."""
_ALREADY = "this room is being recorded already: enter comes back to it"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose."""

    following: Following
    """The engine; `Engines` closes the connection."""
    config: RecordConfig | None = None
    """Of a recording that was just started."""


@dataclass(frozen=True, slots=True)
class History:
    """Somebody wants to see past sessions, and then to come back."""

    folders: tuple[Path, ...]


class WelcomeApp(Dressed[Chosen | History | None], inherit_bindings=False):
    """Lists rooms, and has a form to record another one.

    Args:
        form: With what is known already.
        plan: Returns what the form says is to be recorded, or raises a `UsageError`.
        engines: Of this machine.
        kept: The file with recent rooms.
        terminal: What the terminal can do.
        theme: Name of a theme; one that suits the terminal if empty.
    """

    TITLE = "roomdeck"
    CSS_PATH: ClassVar = [f"../../styles/{name}.tcss" for name in ("app", "welcome")]
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        # At once: keys that come behind are meant for the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("up", "go(-1)", show=False, priority=True),
        Binding("down", "go(1)", show=False, priority=True),
        Binding("ctrl+r", "reveal", show=False),
        Binding("d,delete", "forget", show=False),
        Binding("h,f2", "history", show=False),
    ]

    def __init__(
        self,
        form: Form,
        plan: Callable[[], RecordConfig],
        engines: Engines,
        kept: Path,
        terminal: Terminal,
        theme: str = "",
    ) -> None:
        super().__init__(terminal)
        self._form = form
        self._plan = plan
        self._engines = engines
        self._kept = kept
        self._wanted_theme = theme
        self._rooms: list[Running] = []
        self._recents = read_recents(kept)
        self._busy = False
        self._said = ""
        """At the end of the screen."""
        self._is_error = False

    def _fatal_error(self) -> None:
        """Tell of a fault as Textual does, without the values of variables: some are secret."""
        from rich.traceback import Traceback

        self.panic(Traceback(width=None))

    def compose(self) -> ComposeResult:
        """Yield the lines from top to bottom."""
        yield TextLine(id="title")
        with VerticalScroll(id="body", can_focus=False):
            yield RoomList()
            for field in Field:
                yield FieldRow(field)
            yield ChoiceLine(Choice("start", "enter", "Start recording"), self.glyphs)
        yield Static(id="message", markup=False)
        yield TextLine(id="keys")

    async def on_mount(self) -> None:
        """Show what is known, and look at what is being recorded."""
        self.dress(self._wanted_theme)
        self.query_one("#title", TextLine).show(
            [(" roomdeck ", "strong"), (" records the streams of a room", "muted")]
        )
        self._update()
        self._list()
        self._begin()
        self.run_worker(self._look(first=True), group="look")
        self.set_interval(LOOK, self._look_again)

    def _begin(self) -> None:
        """Put the cursor where something is to be typed, or chosen."""
        wrong = self._form.submit() if self._form.options.get(Field.ROOM) else None
        self._update()
        if wrong is None and self._recents:
            self.query_one(RoomList).focus()
        else:
            self._go_to(wrong or Field.ROOM)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.screen.set_class(event.size.height < _ROOMY, "-flat")
        self._list()
        self._hint()

    def action_go(self, lines: int) -> None:
        """Go up or down: in the list, and from field to field."""
        if isinstance(self.focused, RoomList) and self.focused.move(lines):
            return
        if lines < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    # ── what is being recorded, and was ──────────────────────────────────────────────────

    def _look_again(self) -> None:
        if not self._busy:
            self.run_worker(self._look(), group="look", exclusive=True)

    async def _look(self, first: bool = False) -> None:
        self._rooms = await self._engines.running()
        self._list()
        untouched = not self._form.options.get(Field.ROOM)
        if first and self._rooms and untouched:
            rooms = self.query_one(RoomList)
            rooms.highlighted = 0
            rooms.focus()

    def _list(self) -> None:
        rooms = self.query_one(RoomList)
        rooms.show(self._rooms, self._recents, self.size.width - 2, self.glyphs)
        if not rooms.display and rooms.has_focus:
            self._go_to(Field.ROOM)

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        chosen = self.query_one(RoomList).chosen
        if self._busy or chosen is None:
            return
        if isinstance(chosen, Running):
            self.run_worker(self._attach_to(chosen), group="start", exclusive=True)
            return
        self._form.take(chosen)
        self._say("")
        self._fill()
        self._go_to(self._form.first_wrong() or Field.ROOM)

    async def _attach_to(self, running: Running) -> None:
        try:
            self.exit(Chosen(await self._engines.attach(running.key)))
        except RoomdeckError as error:
            self._say(str(error), error=True)
            await self._look()

    def action_forget(self) -> None:
        """Forget the recent room under the cursor."""
        rooms = self.query_one(RoomList)
        chosen = rooms.chosen if rooms.has_focus else None
        if isinstance(chosen, Recent):
            self._recents = without(self._recents, chosen)
            self.run_worker(partial(forget, self._kept, chosen), thread=True, group="kept")
            self._list()
            self._hint()

    def action_history(self) -> None:
        """See the sessions in the folders that are known here."""
        if not self._busy:
            folders = [self._form.value(Field.OUTPUT), *(one.output for one in self._recents)]
            known = dict.fromkeys(Path(folder).absolute() for folder in folders if folder)
            self.exit(History(tuple(known)))

    # ── the form ─────────────────────────────────────────────────────────────────────────

    def on_input_changed(self, message: Input.Changed) -> None:
        """Read what is typed."""
        message.stop()
        if isinstance(message.input, FieldInput):
            self._form.type(message.input.field, message.input.value)
            self._update()

    def on_field_input_pasted(self, message: FieldInput.Pasted) -> None:
        """Take what was pasted for a link, or into the room's name."""
        message.stop()
        self._paste(message.text)

    def on_paste(self, event: events.Paste) -> None:
        """Take what was pasted where nothing is typed."""
        event.stop()
        self._go_to(Field.ROOM)
        self._paste(event.text)

    def _paste(self, text: str) -> None:
        meant, line = pasted(text), self._row(Field.ROOM).line
        if is_link(meant) or not line.value:
            self._form.paste(meant)
            self._fill()
        else:
            line.put(meant)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what keys do here."""
        self._hint()
        self._update()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Look at a field that is left."""
        if isinstance(event.widget, FieldInput):
            # Behind the keys that it has not dealt with yet.
            event.widget.call_later(self._leave, event.widget)

    def _leave(self, line: FieldInput) -> None:
        self._form.type(line.field, line.value)
        self._form.leave(line.field)
        self._row(line.field).fill(self._form)
        self._update()
        if line.field is Field.OUTPUT:
            self.run_worker(self._check_folder(), group="folder", exclusive=True)

    async def _check_folder(self) -> None:
        """See whether the folder can be written to; its disk may be far away, or hang."""
        folder = self._form.value(Field.OUTPUT)
        try:
            await asyncio.to_thread(check_output, folder)
            self._form.refuse(folder, "")
        except UsageError as error:
            self._form.refuse(folder, str(error))
        self._update()

    def action_reveal(self) -> None:
        """Show the password, or hide it again."""
        self._row(Field.PASSWORD).line.reveal()

    def _fill(self) -> None:
        for row in self.query(FieldRow):
            row.fill(self._form)
        self._update()

    def _update(self) -> None:
        if not self.screen_stack:
            return  # keys are dealt with when all else has gone
        for row in self.query(FieldRow):
            row.update(self._form)
        self._show_message()

    def _row(self, field: Field) -> FieldRow:
        return next(row for row in self.query(FieldRow) if row.field is field)

    def _go_to(self, field: Field) -> None:
        line = self._row(field).line
        line.focus()
        line.cursor_position = len(line.value)

    # ── starting ─────────────────────────────────────────────────────────────────────────

    @on(Input.Submitted)
    @on(ChoiceLine.Pressed)
    def _submit(self, message: Input.Submitted | ChoiceLine.Pressed) -> None:
        message.stop()
        if not self._busy:
            # The last enter counts, where the folder's disk let an earlier one wait.
            self.run_worker(self._start(), group="start", exclusive=True)

    async def _start(self) -> None:
        focused = self.focused
        if isinstance(focused, FieldInput):
            self._leave(focused)
        await self._check_folder()
        wrong = self._form.submit()
        self._update()
        if wrong is not None:
            self._say("")
            self._go_to(wrong)
            return
        self._set_busy(True)
        try:
            config = self._plan()
            self._say(f"joining {config.room.name} at {config.room.server} {self.glyphs.ellipsis}")
            following = await self._engines.start(config)
            if following is not None:
                self.exit(Chosen(following, config))
            else:
                await self._come_back(config)
        except RoomdeckError as error:
            self._say(str(error), error=True)
        except asyncio.CancelledError:
            self._say("nothing is being recorded")
        finally:
            self._set_busy(False)

    async def _come_back(self, config: RecordConfig) -> None:
        await self._look()
        rooms = self.query_one(RoomList)
        rooms.point_at(RoomFolder.of(config.room).path.name)
        rooms.focus()
        self._say(_ALREADY)

    async def action_leave(self) -> None:
        """Leave; or give up what is being started, and stay."""
        if self._busy:
            self._say(f"ending what was begun {self.glyphs.ellipsis}")
            await self._engines.give_up()
        else:
            self.exit(None)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._hint()

    def _say(self, text: str, error: bool = False) -> None:
        self._said, self._is_error = printable(text), error
        self._show_message()

    def _show_message(self) -> None:
        """Show what was said last, else what more there is to a field that is wrong."""
        if not self.screen_stack:
            return
        text, focused = self._said, self.focused
        if not text and isinstance(focused, FieldInput) and self.size.height >= _ROOMY:
            text = self._form.complaint(focused.field).partition("\n")[2]
        message = self.query_one("#message", Static)
        message.display = bool(text)
        message.set_class(self._is_error, "-error")
        if str(message.content) != text:
            message.update(text)

    def _hint(self) -> None:
        if not self.screen_stack:
            return
        line = hints(self._place(), self.size.width, self.terminal.ascii)
        self.query_one("#keys", TextLine).show(line)

    def _place(self) -> Place:
        if self._busy:
            return Place.BUSY
        focused = self.focused
        if isinstance(focused, RoomList):
            return Place.RUNNING if isinstance(focused.chosen, Running) else Place.RECENT
        if isinstance(focused, FieldInput) and focused.field is Field.PASSWORD:
            return Place.PASSWORD
        return Place.FORM

"""The page of one stream: media, file, network, its last key frame, its events."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll

from ....core.errors import ControlError
from ....core.model import Event, Kind, Picture, StreamSnapshot
from ...text.format import clean, fit
from ..bindings import bindings
from ..model.detail import TWO_COLUMNS, Page, facts, heading, title
from ..model.events import event_line
from ..model.keys import Scope
from ..model.parts import Line, Part
from ..model.room_line import bar_facts, notice
from ..widgets.key_footer import KeyFooter
from ..widgets.still import StillView, fitting
from ..widgets.stream_table import StreamTable
from ..widgets.text_block import TextBlock
from ..widgets.text_line import TextLine
from .stream_keys import StreamKeys

STILL_INTERVAL = 5.0
"""Seconds between two pictures; three times as many over ssh."""
TALL = 20
"""Lines from which on picture and events share what facts leave; else the page scrolls."""
_NARROW_EVENTS = 20
_NARROW_STILL = 9
_OLD = 3.0


class DetailScreen(StreamKeys):
    """Everything about one stream.

    Args:
        stream: The first to be shown.
    """

    CSS_PATH = "../../../styles/detail.tcss"
    SCOPES: ClassVar = (Scope.DETAIL,)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.DETAIL),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
    ]

    def __init__(self, stream: str) -> None:
        super().__init__()
        self._stream = stream
        self._picture: Picture | None = None
        self._pictured_at = 0.0
        self._refusal = ""
        self._facts_height = 0

    def compose(self) -> ComposeResult:
        """Yield the lines from top to bottom."""
        yield TextLine(id="title")
        with VerticalScroll(id="page", can_focus=False):
            yield TextBlock(id="facts")
            yield TextBlock(id="still-heading")
            with Horizontal(id="rest"):
                yield TextBlock(id="stream-events")
                yield StillView(id="still")
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def on_mount(self) -> None:
        """Begin to ask for pictures."""
        slower = 3 if self.app.terminal.ssh else 1
        self.set_interval(slower * STILL_INTERVAL, self._ask_for_still)
        self._ask_for_still()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        wide = event.size.width >= TWO_COLUMNS and event.size.height >= TALL
        self.set_class(not wide, "-scrolls")
        self.call_after_refresh(self.room_changed)

    def on_screen_resume(self) -> None:
        """Draw what was missed while another screen was on top."""
        self.room_changed()

    def room_changed(self) -> None:
        """Draw what differs from what is on the screen."""
        app = self.app
        stream = app.room.stream(self._stream)
        if not self.is_mounted or not self.query("#title") or app.room.snapshot is None:
            return  # its parts are not there yet, or go before what it waits for comes
        width, order = self.size.width, self._order()
        if stream is None:
            self._draw_gone(width)
            return
        place = order.index(self._stream) + 1 if self._stream in order else 1
        workers = (one for one in app.room.snapshot.workers if one.number == stream.worker)
        now = app.room.snapshot.elapsed
        worker, gone = next(workers, None), self._gone()
        page = Page(stream, app.room.history, now, place, len(order), worker, gone)
        self.query_one("#title", TextLine).show(title(page, width, app.glyphs))
        lines = facts(page, self._page_width(), app.glyphs)
        self.query_one("#facts", TextBlock).show(lines)
        self._draw_rest(stream)
        if len(lines) != self._facts_height:
            # What is left for the rest is known after the next layout only.
            self._facts_height = len(lines)
            self.call_after_refresh(self.room_changed)

    def _gone(self) -> tuple[Part, ...]:
        """Return why nothing new comes, in words; nothing where it does."""
        room, now = self.app.room, time.monotonic()
        if not (room.gone or room.stale(now)):
            return ()
        return tuple(notice(bar_facts(room, False, now), self.app.glyphs)[1:])

    def targets(self) -> tuple[str, ...]:
        """Return the stream that is shown."""
        return (self._stream,)

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_back(self) -> None:
        """Back to the table, with the cursor on the stream that was shown last."""
        for screen in self.app.screen_stack:
            for table in screen.query(StreamTable):
                table.go_to(self._stream)
        self.dismiss()

    def action_next_stream(self) -> None:
        """Show the next stream of the table."""
        self._turn(1)

    def action_previous_stream(self) -> None:
        """Show the stream before it."""
        self._turn(-1)

    def action_scroll(self, lines: int) -> None:
        """Scroll the page, where it does not fit."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by pages; one line stays, for the eye."""
        self.action_scroll(pages * max(1, self.query_one("#page").size.height - 1))

    def _turn(self, step: int) -> None:
        order = self._order()
        if not order:
            return
        at = order.index(self._stream) if self._stream in order else -step
        self._stream = order[(at + step) % len(order)]
        self._picture, self._refusal = None, ""
        self.query_one("#page").scroll_home(animate=False)
        self.room_changed()
        self._ask_for_still()

    def _order(self) -> list[str]:
        """Return the streams in the order of the table, without those that it does not show."""
        app = self.app
        known = [stream.stream for stream in app.room.streams]
        rows = [
            row.stream
            for screen in app.screen_stack
            for table in screen.query(StreamTable)
            for row in table.view.rows
        ]
        return [stream for stream in rows if stream in known] or known

    # ── picture and events ───────────────────────────────────────────────────────────────

    def _ask_for_still(self) -> None:
        app = self.app
        stream = app.room.stream(self._stream)
        seen = app.screen_stack[-1:] == [self]
        if seen and not app.room.gone and not self._no_picture(stream):
            self.run_worker(self._fetch_still(self._stream), group="still", exclusive=True)

    async def _fetch_still(self, name: str) -> None:
        try:
            picture, refusal = await self.app.client.still(name), ""
        except ControlError as error:
            picture, refusal = None, str(error)
        if name == self._stream:
            self._picture, self._refusal = picture, refusal
            self._pictured_at = time.monotonic()
            self.room_changed()

    def _no_picture(self, stream: StreamSnapshot | None) -> str:
        """Return why no picture can be shown, in words; empty where one can."""
        if blind := self.app.terminal.blind:
            return f"no picture: {blind}"
        if stream is not None and not stream.tracks:
            return "no picture: not connected"
        if stream is not None and Kind.VIDEO not in stream.tracks:
            return "no picture: it sends no video"
        return ""

    def _draw_rest(self, stream: StreamSnapshot) -> None:
        app = self.app
        view, page = self.query_one("#still", StillView), self._page_width()
        words = self._no_picture(stream) or self._refusal or "no picture: no key frame yet"
        picture = None if self._no_picture(stream) else self._picture
        columns, rows = self._still_size(picture)
        view.styles.width, view.styles.height = columns, rows
        view.show(picture, words)
        head = f"events of this stream{self._still_age(picture)}"
        self.query_one("#still-heading", TextBlock).show([heading(head, page, app.glyphs)])
        scrolls = self.has_class("-scrolls")
        width = page if scrolls else page - columns - 1
        height = _NARROW_EVENTS if scrolls else self.query_one("#rest").size.height
        self.query_one("#stream-events", TextBlock).show(self._events(width, height))

    def _still_size(self, picture: Picture | None) -> tuple[int, int]:
        """Return the cells for the picture, or for the words in its place."""
        width, height = self._page_width(), self.query_one("#rest").size.height
        scrolls = self.has_class("-scrolls")
        room = (width if scrolls else width // 2, _NARROW_STILL if scrolls else max(1, height))
        return fitting(picture, *room) if picture else (min(26, room[0]), 2)

    def _still_age(self, picture: Picture | None) -> str:
        if picture is None:
            return ""
        age = picture.age + time.monotonic() - self._pictured_at
        return f"; key frame of {age:.0f} s ago" if age >= _OLD else "; last key frame"

    def _events(self, width: int, height: int) -> list[Line]:
        app = self.app
        mine = [event for event in app.room.events if self._is_mine(event)]
        lines: list[Line] = []
        for event in reversed(mine[-max(1, height) :]):
            said = event_line(event, app.glyphs)
            text = fit(f" {clean(said.text)}", max(4, width - 12), ellipsis=app.glyphs.ellipsis)
            lines.append(((f" {said.time}  ", "muted"), (said.glyph, said.role), (text, "")))
        return lines

    def _is_mine(self, event: Event) -> bool:
        return event.stream == self._stream or self._stream in event.data.get("streams", ())

    def _draw_gone(self, width: int) -> None:
        app = self.app
        name = fit(f" esc back   {clean(self._stream)}", width, ellipsis=app.glyphs.ellipsis)
        self.query_one("#title", TextLine).show([(name, "strong")])
        words = fit(" It is not in the room any more; its files stay.", width)
        self.query_one("#facts", TextBlock).show([((words, ""),)])
        self.query_one("#still", StillView).show(None)

    def _page_width(self) -> int:
        page = self.query_one("#page")
        return page.scrollable_content_region.width or self.size.width

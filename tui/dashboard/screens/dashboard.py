"""The main screen: room bar, alert, table, events, footer."""

from __future__ import annotations

import time
from itertools import islice
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from ...text.words import name_of
from ..bindings import bindings
from ..model.bell import Bell
from ..model.columns import context_of, figures_at
from ..model.events import event_line
from ..model.keys import Scope
from ..model.room_line import bar_facts
from ..model.situations import Situation, situation_of
from ..model.view import View, alerts, build, with_sound
from ..widgets.alert_bar import AlertBar
from ..widgets.event_list import EventList
from ..widgets.event_panel import EventPanel
from ..widgets.filter_bar import FilterBar
from ..widgets.key_footer import KeyFooter
from ..widgets.room_bar import RoomBar
from ..widgets.seam import Seam
from ..widgets.situation import SituationView
from ..widgets.stream_table import StreamTable, TableHeader
from .small import cover
from .table_keys import TableKeys

FLASH = 0.6
"""Seconds for which the alert is in other colours when it begins."""
_EVENTS = 100
"""That can be scrolled to; all are on a page of their own."""


class DashboardScreen(TableKeys):
    """All streams of the room."""

    SCOPES: ClassVar = (Scope.TABLE, Scope.CURSOR)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TABLE)]
    AUTO_FOCUS = "StreamTable"

    def __init__(self) -> None:
        super().__init__()
        self._bell = Bell()
        self._made_of: object = None
        """What the table was last made of."""
        self._events_of: object = None

    def compose(self) -> ComposeResult:
        """Yield the lines from top to bottom."""
        yield RoomBar(id="room")
        yield AlertBar(id="alert")
        yield FilterBar(id="filter")
        yield SituationView()
        yield TableHeader(id="header")
        yield StreamTable(id="streams")
        yield EventPanel()
        yield Seam()
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def on_mount(self) -> None:
        """Draw what there is."""
        self.state = self.app.choices.view()
        self.query_one(StreamTable).glyphs = self.app.glyphs
        self.query_one(EventPanel).fit(self.app.size, self.app.glyphs)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self.query_one(EventPanel).fit(event.size, self.app.glyphs)
        self.call_after_refresh(self.room_changed)

    def on_screen_resume(self) -> None:
        """Draw what was missed while another screen was on top."""
        cover(self.app, self.app.size)
        self.room_changed()

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def room_changed(self) -> None:
        """Draw what differs from what is on the screen."""
        if not self.is_mounted or self.app.screen is not self:
            return
        view = self._draw_table()
        self.query_one(FilterBar).say(len(view.rows), view.total)
        self._draw_bar()
        self._draw_alerts()
        self._draw_situation(situation_of(self.app.room, view, self.state.filter))
        self._draw_events()

    def sound_changed(self) -> None:
        """Draw the meters."""
        table, snapshot = self.query_one(StreamTable), self.app.room.snapshot
        if snapshot is not None and self.frozen is None and not table.has_class("-stale"):
            context = context_of(snapshot, self.app.room.history, self.app.glyphs)
            table.show(with_sound(table.view, snapshot, context))

    def _draw_table(self) -> View:
        app, room, table = self.app, self.app.room, self.query_one(StreamTable)
        # The last cell belongs to the scrollbar, so that columns do not move when it comes.
        snapshot, width = self.frozen or room.snapshot, app.size.width - 1
        stale = room.gone or bool(room.stale(time.monotonic()))
        made_of = (snapshot and snapshot.version, self.state, width, stale, self.frozen is None)
        if snapshot is None or made_of == self._made_of:
            return table.view
        if stale != table.has_class("-stale"):
            table.set_class(stale, "-stale")
            table.refresh()
        self._made_of = made_of
        view = build(snapshot, self.state, width, room.history, app.glyphs)
        arrow = app.glyphs.down if self.state.reverse else app.glyphs.up
        self.query_one(TableHeader).show(view.columns, self.state.sort, arrow)
        self.query_one(Seam).end_at(figures_at(view.columns))
        table.show(view)
        return view

    def _draw_bar(self) -> None:
        facts = bar_facts(self.app.room, self.frozen is not None, time.monotonic())
        self.query_one(RoomBar).update_room(facts, self.app.size.width, self.app.glyphs)

    def _draw_alerts(self) -> None:
        app, snapshot = self.app, self.app.room.snapshot
        found = alerts(snapshot) if snapshot else []
        self.query_one(AlertBar).update_alerts(found, app.size.width, app.glyphs)
        if snapshot is not None and self._bell.rings(snapshot):
            self._ring()

    def _ring(self) -> None:
        """Draw the eye once, and the ear where that is wanted."""
        bar = self.query_one(AlertBar)
        bar.add_class("-flash")
        self.set_timer(FLASH, lambda: bar.remove_class("-flash"))
        if self.app.rings:
            self.app.bell()

    def _draw_situation(self, now: Situation | None) -> None:
        self.query_one(SituationView).show(now)
        covered = now is not None and now.covers
        self.query_one(TableHeader).display = not covered
        self.query_one(StreamTable).display = not covered

    def _draw_events(self) -> None:
        app, panel = self.app, self.query_one(EventPanel)
        if not panel.shown:
            return
        names = {stream.stream: name_of(stream) for stream in app.room.streams}
        newest = list(islice(reversed(app.room.events), _EVENTS))
        if (newest, names) != self._events_of:
            self._events_of = (newest, names)
            panel.show(
                [event_line(event, app.glyphs, names.get(event.stream, "")) for event in newest]
            )

    # ── keys of the parts; see also table_keys.py and stream_keys.py ─────────────────────

    def action_switch(self) -> None:
        """Go from the table to the events or back."""
        table, lines = self.query_one(StreamTable), self.query_one(EventList)
        (lines if table.has_focus and lines.display else table).focus()

    def action_event_lines(self) -> None:
        """Show or hide the events."""
        panel = self.query_one(EventPanel)
        panel.want(not panel.shown)
        if panel.shown:
            self.query_one(StreamTable).focus()
        panel.fit(self.app.size, self.app.glyphs)
        self.call_after_refresh(self.room_changed)

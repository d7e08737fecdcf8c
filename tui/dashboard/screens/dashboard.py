"""The main screen: room bar, alert, table, events, footer."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from ....core.model import RoomSnapshot
from ...text.words import name_of
from ..bindings import bindings
from ..model.columns import BY_ID, figures_at
from ..model.events import event_line
from ..model.keys import Scope
from ..model.room_line import BarFacts
from ..model.situations import Facts, Situation, read_past, situation
from ..model.view import View, ViewState, alerts, build, disk_level
from ..widgets.alert_bar import AlertBar
from ..widgets.event_list import EventList
from ..widgets.filter_bar import FilterBar
from ..widgets.key_footer import KeyFooter
from ..widgets.room_bar import RoomBar
from ..widgets.seam import Seam
from ..widgets.situation import SituationView
from ..widgets.stream_table import StreamTable, TableHeader
from ..widgets.text_line import TextLine
from .base import Follower, room_app

STALE = 5.0
"""Seconds without a snapshot after which the screen says that it is old."""
_EVENTS = 100
"""That can be scrolled to; all are on a page of their own."""
EVENT_LINES = ((30, 8), (20, 4), (0, 0))
"""From so many lines on, so many lines of events."""


class DashboardScreen(Follower, Screen[None]):
    """All streams of the room."""

    SCOPES: ClassVar = (Scope.TABLE, Scope.CURSOR)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TABLE)]
    AUTO_FOCUS = "StreamTable"

    def __init__(self) -> None:
        super().__init__()
        self.state = ViewState()
        self._frozen: RoomSnapshot | None = None
        self._events_shown: bool | None = None
        """What somebody asked for; else the height decides."""
        self._disk_level = ""
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
        yield TextLine(id="events-title")
        yield EventList(id="events")
        yield Seam()
        yield KeyFooter(*self.SCOPES, Scope.EVERYWHERE)

    def targets(self) -> tuple[str, ...]:
        """Return the marked streams that are shown, else the one under the cursor."""
        table = self.query_one(StreamTable)
        marked = tuple(row.stream for row in table.view.rows if row.marked)
        return marked or ((table.cursor,) if table.cursor else ())

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        """Draw what there is."""
        table = self.query_one(StreamTable)
        table.glyphs = room_app(self).glyphs
        self.query_one(EventList).glyphs = room_app(self).glyphs
        self._fit(room_app(self).size.width, room_app(self).size.height)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the terminal."""
        self._fit(event.size.width, event.size.height)
        self.call_after_refresh(self.room_changed)

    def on_screen_resume(self) -> None:
        """Draw what was missed while another screen was on top."""
        app = room_app(self)
        app.fit(app.size)
        self.room_changed()

    def room_changed(self) -> None:
        """Draw what differs from what is on the screen."""
        if not self.is_mounted or room_app(self).screen is not self:
            return
        view = self._draw_table()
        self.query_one(FilterBar).say(len(view.rows), view.total)
        self._draw_bar()
        self._draw_alerts(view)
        self._draw_events()

    def _fit(self, width: int, height: int) -> None:
        lines = next(lines for least, lines in EVENT_LINES if height >= least)
        if self._events_shown is not None:
            lines = (lines or 4) if self._events_shown else 0
        for widget in (self.query_one("#events-title"), self.query_one("#events")):
            widget.display = lines > 0
        self.query_one("#events").styles.height = lines
        title = f"{self._line()} events "
        self.query_one("#events-title", TextLine).show(
            [(title, "muted"), (self._line() * max(0, width - len(title)), "muted")]
        )

    def _line(self) -> str:
        return room_app(self).glyphs.line

    def _stale(self) -> float:
        app = room_app(self)
        return app.age() if app.snapshot and app.age() > STALE and not app.gone else 0.0

    def _shown(self) -> RoomSnapshot | None:
        return self._frozen or room_app(self).snapshot

    def _draw_table(self) -> View:
        app, table = room_app(self), self.query_one(StreamTable)
        # The last cell belongs to the scrollbar, so that columns do not move when it comes.
        snapshot, width = self._shown(), app.size.width - 1
        stale = app.gone or bool(self._stale())
        made_of = (snapshot and snapshot.version, self.state, width, stale)
        if snapshot is None or made_of == self._made_of:
            return table.view
        if stale != table.has_class("-stale"):
            table.set_class(stale, "-stale")
            table.refresh()
        self._made_of = made_of
        view = build(snapshot, self.state, width, app.history, app.glyphs)
        arrow = app.glyphs.down if self.state.reverse else app.glyphs.up
        self.query_one(TableHeader).show(view.columns, self.state.sort, arrow)
        self.query_one(Seam).end_at(figures_at(view.columns))
        table.show(view)
        return view

    def _draw_bar(self) -> None:
        app = room_app(self)
        gone = ("recording is over" if app.ended else "ENGINE GONE") if app.gone else ""
        facts = BarFacts(
            room=app.snapshot.room if app.snapshot else app.room,
            snapshot=app.snapshot,
            frozen=self._frozen is not None,
            gone=gone,
            stale=self._stale(),
        )
        self.query_one(RoomBar).update_room(facts, app.size.width, app.glyphs)

    def _draw_alerts(self, view: View) -> None:
        app = room_app(self)
        found = alerts(app.snapshot) if app.snapshot else []
        self.query_one(AlertBar).update_alerts(found, app.size.width, app.glyphs)
        self._say_situation(self._situation(view))
        self._ring(app.snapshot)

    def _situation(self, view: View) -> Situation | None:
        app = room_app(self)
        return situation(
            Facts(
                snapshot=app.snapshot,
                past=read_past(app.events),
                shown=len(view.rows),
                hidden=view.total - len(view.rows),
                filter=self.state.filter,
                gone="" if app.gone else None,
            )
        )

    def _say_situation(self, now: Situation | None) -> None:
        self.query_one(SituationView).show(now)
        covered = now is not None and now.covers
        self.query_one(TableHeader).display = not covered
        self.query_one(StreamTable).display = not covered

    def _ring(self, snapshot: RoomSnapshot | None) -> None:
        level = disk_level(snapshot.disk) if snapshot else ""
        if level == "error" and self._disk_level != "error":
            room_app(self).bell()
        self._disk_level = level

    def _draw_events(self) -> None:
        app, panel = room_app(self), self.query_one(EventList)
        if not panel.display:
            return
        streams = app.snapshot.streams if app.snapshot else ()
        names = {stream.stream: name_of(stream) for stream in streams}
        newest = list(islice(reversed(app.events), _EVENTS))
        if (newest, names) != self._events_of:
            self._events_of = (newest, names)
            panel.show(
                [event_line(event, app.glyphs, names.get(event.stream, "")) for event in newest]
            )

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away; go on to the next."""
        table = self.query_one(StreamTable)
        if table.cursor:
            self._choose(marks=self.state.marks ^ {table.cursor})
            self._say_marks()
            table.action_move(1)

    def action_mark_all(self) -> None:
        """Mark every row that is shown."""
        rows = self.query_one(StreamTable).view.rows
        self._choose(marks=self.state.marks | {row.stream for row in rows})
        self._say_marks()

    def action_mark_none(self) -> None:
        """Take all marks away."""
        self._choose(marks=frozenset[str]())
        self._say_marks()

    def action_sort(self) -> None:
        """Sort by the next column; after the last, by the order in which streams joined."""
        shown = ["", *(column.id for column in self.query_one(StreamTable).view.columns)]
        now = shown.index(self.state.sort) if self.state.sort in shown else 0
        self._sort(shown[(now + 1) % len(shown)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._choose(reverse=not self.state.reverse)
        self._say_sort()

    def action_freeze(self) -> None:
        """Keep what the table shows, or go on."""
        app = room_app(self)
        self._frozen = None if self._frozen else app.snapshot
        self._made_of = None
        self.set_class(self._frozen is not None, "-frozen")
        app.say("view frozen, recording goes on" if self._frozen else "view goes on")

    def action_detail(self) -> None:
        """Open the page of the stream under the cursor."""
        if cursor := self.query_one(StreamTable).cursor:
            room_app(self).action_detail(cursor)

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(FilterBar).open()

    def action_back(self) -> None:
        """Clear the filter; back to the table."""
        self.query_one(FilterBar).clear()
        self.query_one(StreamTable).focus()

    def action_switch(self) -> None:
        """Go from the table to the events or back."""
        table, panel = self.query_one(StreamTable), self.query_one(EventList)
        (panel if table.has_focus and panel.display else table).focus()

    def action_event_lines(self) -> None:
        """Show or hide the events."""
        self._events_shown = not self.query_one(EventList).display
        if not self._events_shown:
            self.query_one(StreamTable).focus()
        self._fit(room_app(self).size.width, room_app(self).size.height)
        self.call_after_refresh(self.room_changed)

    def action_columns(self) -> None:
        """Choose the columns."""
        from .columns import ColumnsScreen

        def chosen(hidden: frozenset[str] | None) -> None:
            if hidden is not None:
                self._choose(hidden=hidden)

        room_app(self).push_screen(ColumnsScreen(self.state.hidden), chosen)

    def _choose(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)
        self.room_changed()

    def _sort(self, column: str) -> None:
        self._choose(sort=column, reverse=False)
        self._say_sort()

    def _say_sort(self) -> None:
        by = BY_ID[self.state.sort].title if self.state.sort else "order of joining"
        room_app(self).say(f"sorted by {by}{', reversed' if self.state.reverse else ''}")

    def _say_marks(self) -> None:
        room_app(self).say(f"{len(self.state.marks)} marked")

    # ── messages of the widgets ──────────────────────────────────────────────────────────

    def on_stream_table_selected(self, message: StreamTable.Selected) -> None:
        """A row was double-clicked."""
        room_app(self).action_detail(message.stream)

    def on_table_header_selected(self, message: TableHeader.Selected) -> None:
        """A title was clicked: sort by it, or the other way round."""
        if message.column == self.state.sort:
            self.action_reverse()
        else:
            self._sort(message.column)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """The filter is being typed."""
        self._choose(filter=message.value)

    def on_filter_bar_left(self) -> None:
        """The filter stands, or is gone."""
        self.query_one(StreamTable).focus()

"""What keys and mouse choose of the table: marks, order, filter, columns, a view that stands."""

from __future__ import annotations

import msgspec

from ....core.model import RoomSnapshot
from ..model.columns import BY_ID, absent
from ..model.view import ViewState
from ..widgets.filter_bar import FilterBar
from ..widgets.stream_table import StreamTable, TableHeader
from .columns import ColumnsScreen
from .detail import DetailScreen
from .stream_keys import StreamKeys
from .wall import WallScreen


class TableKeys(StreamKeys):
    """A screen with the table of streams, its header and its filter."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ViewState()
        self.frozen: RoomSnapshot | None = None
        """What is shown whatever comes."""

    def targets(self) -> tuple[str, ...]:
        """Return the marked streams that are shown, else the one under the cursor."""
        table = self.query_one(StreamTable)
        marked = tuple(row.stream for row in table.view.rows if row.marked)
        return marked or ((table.cursor,) if table.cursor else ())

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
        """Sort by the next column; after the last, in the calm order (`ViewState.sort`)."""
        shown = ["", *(column.id for column in self.query_one(StreamTable).view.columns)]
        now = shown.index(self.state.sort) if self.state.sort in shown else 0
        self._sort(shown[(now + 1) % len(shown)])

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._choose(reverse=not self.state.reverse)
        self._say_sort()

    def action_freeze(self) -> None:
        """Keep what the table shows, or go on."""
        self.frozen = None if self.frozen else self.app.room.snapshot
        self.set_class(self.frozen is not None, "-frozen")
        self.app.say("view frozen, recording goes on" if self.frozen else "view goes on")

    def action_detail(self) -> None:
        """Open the page of the stream under the cursor."""
        if cursor := self.query_one(StreamTable).cursor:
            self.app.push_screen(DetailScreen(cursor))

    def action_wall(self) -> None:
        """Show pictures of all streams, in the order of the table."""
        self.app.push_screen(WallScreen(self.state, self.query_one(StreamTable).cursor))

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(FilterBar).open()

    def action_back(self) -> None:
        """Clear the filter; back to the table."""
        self.query_one(FilterBar).clear()
        self.query_one(StreamTable).focus()

    def action_columns(self) -> None:
        """Choose the columns."""

        def chosen(hidden: frozenset[str] | None) -> None:
            if hidden is not None:
                self._choose(hidden=hidden)

        without = absent(self.app.room.snapshot)
        self.app.push_screen(ColumnsScreen(self.state.hidden, without), chosen)

    def on_stream_table_selected(self, message: StreamTable.Selected) -> None:
        """A row was double-clicked."""
        self.app.push_screen(DetailScreen(message.stream))

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

    def _choose(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)
        self.app.choose(self.app.choices.of(self.state))
        self.room_changed()

    def _sort(self, column: str) -> None:
        self._choose(sort=column, reverse=False)
        self._say_sort()

    def _say_sort(self) -> None:
        by = BY_ID[self.state.sort].title if self.state.sort else "what is recorded first"
        self.app.say(f"sorted by {by}{', reversed' if self.state.reverse else ''}")

    def _say_marks(self) -> None:
        self.app.say(f"{len(self.state.marks)} marked")

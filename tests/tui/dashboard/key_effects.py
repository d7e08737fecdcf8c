"""What every key of the table does in an open dashboard, by its id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec
from textual.command import CommandPalette
from textual.pilot import Pilot

from roomdeck.core.model import Alarm, AlarmKind, Monitor
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.allowance import RATES, chosen_rate
from roomdeck.tui.dashboard.model.view import ViewState
from roomdeck.tui.dashboard.past.delivering import Delivering
from roomdeck.tui.dashboard.screens.alarms import AlarmsScreen
from roomdeck.tui.dashboard.screens.columns import ColumnsScreen
from roomdeck.tui.dashboard.screens.dashboard import DashboardScreen
from roomdeck.tui.dashboard.screens.delivery import DeliveryScreen, PresetScreen
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.screens.events import EventsScreen
from roomdeck.tui.dashboard.screens.help import HelpScreen
from roomdeck.tui.dashboard.screens.nodes import NodesScreen
from roomdeck.tui.dashboard.screens.past import PastScreen
from roomdeck.tui.dashboard.screens.session import SessionScreen
from roomdeck.tui.dashboard.screens.uploads import UploadsScreen
from roomdeck.tui.dashboard.screens.wall import WallScreen
from roomdeck.tui.dashboard.widgets.event_list import EventList
from roomdeck.tui.dashboard.widgets.stream_table import StreamTable
from tests.core.attendant.uploads.stage import Recording

from ..fake_client import FakeClient, studio
from ..screen_text import gone, settled, shown, until


class Try:
    """One key, pressed in an open dashboard."""

    def __init__(self, pilot: Pilot[Leave], client: FakeClient, name: str) -> None:
        self.pilot = pilot
        self.client = client
        self.name = name
        self.app = cast(RoomApp, pilot.app)
        self.main = cast(DashboardScreen, pilot.app.screen)
        self._said = list(self.app.room.events)

    async def press(self, *keys: str) -> None:
        for key in keys or (self.name,):
            self.app.simulate_key(key)
            await settled(self.app)

    async def asks(self, verb: str, *streams: str, text: str = "") -> None:
        """Wait until the engine was asked for this, and for nothing else."""
        await until(self.pilot, lambda: self.client.commands, f"asked to {verb}")
        assert self.client.commands == [(verb, streams, text)]

    async def opens(self, screen: type[object]) -> None:
        await until(self.pilot, lambda: isinstance(self.app.screen, screen), screen.__name__)

    async def cursor_at(self, stream: str) -> None:
        table = self.main.query_one(StreamTable)
        await until(self.pilot, lambda: table.cursor == stream, f"the cursor at {stream}")

    async def says(self, text: str) -> None:
        """Wait until our own line is among the events."""

        def said() -> bool:
            news = list(self.app.room.events)[len(self._said) :]
            return any(text in event.text for event in news)

        await until(self.pilot, said, f"said: {text}")

    def marks(self) -> set[str]:
        return set(self.main.state.marks)

    async def tidy_up(self) -> None:
        """Go back to the table as it was at first."""
        while self.app.screen is not self.main:
            self.app.pop_screen()
        self.client.commands.clear()
        self.app.room.events.clear()
        self.app.room.events.extend(self._said)
        self.main.state = ViewState()
        await self.press("escape")
        self.main.room_changed()
        await self.press("g")
        await self.cursor_at("anna")


async def record(it: Try) -> None:
    await it.press()
    await it.asks("start", "anna")


async def stop(it: Try) -> None:
    await it.press()
    await shown(it.pilot, "Keep recording")
    assert it.client.commands == []
    await it.press("y")
    await it.asks("stop", "anna")


async def record_all(it: Try) -> None:
    await it.press()
    await it.asks("start", "lena_phone", "mira")
    await it.tidy_up()
    snapshot = it.app.room.snapshot
    assert snapshot is not None
    it.app.room.snapshot = msgspec.structs.replace(snapshot, monitor=Monitor.CONNECTED)
    await it.press()
    await it.asks("start")  # who comes, too
    it.app.room.snapshot = snapshot


async def stop_all(it: Try) -> None:
    await it.press()
    await shown(it.pilot, "Keep recording")
    await it.press(*"yes", "enter")
    await it.asks("stop", "anna", "ben", "guest_7f2a", "kai")


async def exclude(it: Try) -> None:
    await it.press()
    await shown(it.pilot, "Keep recording")
    await it.press("y")
    await it.asks("exclude", "anna")


async def split(it: Try) -> None:
    await it.press()
    await it.asks("split", "anna")


async def marker(it: Try) -> None:
    await it.press()
    await shown(it.pilot, "arker")
    await it.press(*"encore", "enter")
    await it.asks("mark", "anna", text="encore")


async def mark(it: Try) -> None:
    await it.press()
    await it.cursor_at("ben")
    assert it.marks() == {"anna"}
    await it.press("r")
    await it.asks("start", "anna")


async def mark_all(it: Try) -> None:
    await it.press()
    assert it.marks() == {stream.stream for stream in studio().streams}


async def mark_none(it: Try) -> None:
    await it.press("asterisk")
    await it.press()
    assert it.marks() == set()


async def detail(it: Try) -> None:
    await it.press("down")
    await it.press()
    await it.opens(DetailScreen)
    await shown(it.pilot, "Ben")


async def filter_rows(it: Try) -> None:
    await it.press()
    await it.press(*"ben")
    await it.cursor_at("ben")
    await it.press("enter", "r")
    await it.asks("start", "ben")


async def back(it: Try) -> None:
    await it.press("slash", *"zzz", "enter")
    await shown(it.pilot, "0 of 9")
    await it.press()
    await shown(it.pilot, "Anna")


async def sort(it: Try) -> None:
    await it.press()
    await it.says("sorted by")
    assert it.main.state.sort


async def reverse(it: Try) -> None:
    await it.press()
    await it.says("reversed")
    assert it.main.query_one(StreamTable).view.rows[0].stream == "omar"


async def freeze(it: Try) -> None:
    await it.press()
    await it.says("frozen")
    await it.press()
    await it.says("goes on")


async def columns(it: Try) -> None:
    await it.press()
    await it.opens(ColumnsScreen)


async def events(it: Try) -> None:
    await it.press()
    await it.opens(EventsScreen)


async def alarms(it: Try) -> None:
    await it.press()
    await it.opens(AlarmsScreen)


async def alarm_stream(it: Try) -> None:
    silent = Alarm(kind=AlarmKind.SILENCE, text="nothing is heard", seconds=61.0, stream="ben")
    streams = tuple(
        msgspec.structs.replace(one, alarms=(silent,) if one.stream == "ben" else ())
        for one in studio().streams
    )
    it.client.show(msgspec.structs.replace(studio(), streams=streams, version=2))
    await until(it.pilot, lambda: it.app.room.streams == streams, "the alarm")
    await it.press("a", it.name)
    await it.opens(DetailScreen)
    await shown(it.pilot, "Ben")


async def uploads(it: Try) -> None:
    await it.press()
    await it.opens(UploadsScreen)


async def nodes(it: Try) -> None:
    await it.press()
    await it.opens(NodesScreen)


async def session(it: Try) -> None:
    it.app.push_screen(SessionScreen(Path(studio().sidecar)))
    await shown(it.pilot, "there is no")


async def session_copy(it: Try) -> None:
    await session(it)
    await it.press()
    await until(it.pilot, lambda: it.app.clipboard == studio().sidecar, "the path")


async def session_uploads(it: Try) -> None:
    await session(it)
    await it.press()
    await it.opens(UploadsScreen)


async def session_deliver(it: Try) -> None:
    await session(it)
    await it.press()
    await it.opens(PresetScreen)


async def session_check(it: Try) -> None:
    await session(it)
    # There is nothing to read again.
    await it.press()
    assert isinstance(it.app.screen, SessionScreen)


async def delivery_interrupt(it: Try) -> None:
    delivering = Delivering(Path(studio().sidecar), "edit")
    it.app.push_screen(DeliveryScreen(delivering))
    await shown(it.pilot, "Delivering")
    await it.press()
    await until(it.pilot, lambda: delivering.interrupted, "interrupted")


async def past(it: Try) -> None:
    await it.press()
    await it.opens(PastScreen)


async def session_past(it: Try) -> None:
    await session(it)
    await it.press()
    await it.opens(PastScreen)


async def past_open(it: Try) -> None:
    with TemporaryDirectory() as folder:
        Recording(Path(folder))
        it.app.push_screen(PastScreen([Path(folder)]))
        await shown(it.pilot, "stage")
        await it.press()
        await it.opens(SessionScreen)
        await shown(it.pilot, "Nothing was recorded")


async def event_lines(it: Try) -> None:
    panel = it.main.query_one(EventList)
    before = panel.display
    await it.press()
    await until(it.pilot, lambda: panel.display != before, "events shown or hidden")
    await it.press()
    await until(it.pilot, lambda: panel.display == before, "events as before")


async def close_page(it: Try) -> None:
    await it.press("question_mark")
    await it.opens(HelpScreen)
    await it.press()
    await it.opens(DashboardScreen)


async def events_of_next(it: Try) -> None:
    await it.press("e", it.name)
    await shown(it.pilot, "Anna · camera 1: 2 events")


async def events_of_previous(it: Try) -> None:
    await it.press("e", "right", "right")
    await shown(it.pilot, "guest_7f2a: 1 event")
    await it.press()
    await shown(it.pilot, "Anna · camera 1: 2 events")


async def events_of_all(it: Try) -> None:
    await it.press("e", "right", it.name)
    await shown(it.pilot, "all streams:")


async def troubles(it: Try) -> None:
    await it.press("e")
    await shown(it.pilot, "all streams:")
    await it.press()
    await shown(it.pilot, "2 ")


async def copy(it: Try) -> None:
    await it.press()
    await it.says("copied")
    assert it.app.clipboard == studio().streams[0].file


async def switch(it: Try) -> None:
    panel = it.main.query_one(EventList)
    await it.press()
    assert panel.has_focus == panel.display


async def up(it: Try) -> None:
    await it.press("down", "down")
    await it.press()
    await it.cursor_at("ben")


async def down(it: Try) -> None:
    await it.press()
    await it.cursor_at("ben")


async def first(it: Try) -> None:
    await it.press("down", "down", it.name)
    await it.cursor_at("anna")


async def last(it: Try) -> None:
    await it.press()
    await it.cursor_at("omar")
    await shown(it.pilot, "Omar")


async def page_up(it: Try) -> None:
    await it.press("G", it.name, it.name, it.name)
    await it.cursor_at("anna")


async def page_down(it: Try) -> None:
    await it.press()
    table = it.main.query_one(StreamTable)
    await until(it.pilot, lambda: table.cursor not in ("anna", "ben"), "a page down")


async def next_stream(it: Try) -> None:
    await it.press("enter", it.name)
    await shown(it.pilot, "Ben")


async def previous_stream(it: Try) -> None:
    await it.press("down", "enter")
    await shown(it.pilot, "Ben")
    await it.press()
    await shown(it.pilot, "Anna")


async def wall(it: Try) -> None:
    await it.press()
    await it.opens(WallScreen)


async def off_the_wall(it: Try) -> None:
    await it.press("w")
    await it.opens(WallScreen)
    await it.press()
    await it.opens(DashboardScreen)


def tile(*keys: str, stream: str) -> Callable[[Try], Awaitable[None]]:
    """Return what presses some keys on the wall, and then the one that is tried."""

    async def go(it: Try) -> None:
        await it.press("w")
        await it.opens(WallScreen)
        await shown(it.pilot, "Anna")
        await it.press(*keys, it.name)
        await until(
            it.pilot, lambda: cast(WallScreen, it.app.screen).targets() == (stream,), stream
        )

    return go


async def rows_of_tiles(it: Try) -> None:
    """Down and up again; where there is one row, over pages and back."""
    await it.press("w")
    await shown(it.pilot, "Anna")
    wall, columns = cast(WallScreen, it.app.screen), 2
    below = studio().streams[columns].stream
    await it.press("down")
    if wall.targets() != (below,):  # more columns than two
        assert wall.targets() != ("anna",)
    await it.press("up")
    assert wall.targets() == ("anna",)
    await it.press(it.name)
    assert (wall.targets() == ("anna",)) == (it.name in ("up", "k"))


async def pages_of_tiles(it: Try) -> None:
    await it.press("w")
    await shown(it.pilot, "Anna")
    wall = cast(WallScreen, it.app.screen)
    await it.press("pagedown")
    assert wall.targets() != ("anna",)
    await it.press("pageup")
    assert wall.targets() == ("anna",)
    await it.press(it.name)
    assert (wall.targets() == ("anna",)) == (it.name == "pageup")


def rates(change: int) -> Callable[[Try], Awaitable[None]]:
    """Return what presses a key that has the wall send more or less."""

    async def press(it: Try) -> None:
        at = RATES.index(chosen_rate(it.app.choices.wall_rate, ssh=False))
        await it.press("w")
        await shown(it.pilot, f"{RATES[at]} kB/s")
        await it.press()
        await shown(it.pilot, f"{RATES[at + change]} kB/s")
        assert it.app.choices.wall_rate == RATES[at + change]

    return press


async def other_pictures(it: Try) -> None:
    await it.press("w")
    await it.opens(WallScreen)
    for way in ("kitty graphics", "iTerm2 pictures", "sixels", ""):
        await it.press()
        assert it.app.choices.wall_pictures == way


async def palette(it: Try) -> None:
    await it.press()
    await it.opens(CommandPalette)


async def help_page(it: Try) -> None:
    await it.press()
    await it.opens(HelpScreen)


async def leave(it: Try) -> None:
    await it.press()
    await shown(it.pilot, "4 recordings are running")


async def keep(it: Try) -> None:
    await it.press("q")
    await shown(it.pilot, "4 recordings are running")
    await it.press()
    await gone(it.pilot, "recordings are running")
    assert it.client.commands == []


async def yes(it: Try) -> None:
    await it.press("q")
    await shown(it.pilot, "4 recordings are running")
    await it.press()
    await it.asks("shutdown")
    await shown(it.pilot, "closing")


async def detach(it: Try) -> None:
    await it.press("q")
    await shown(it.pilot, "4 recordings are running")
    await it.press()
    await until(it.pilot, lambda: it.app.return_value == Leave.DETACHED, "left")
    assert it.client.commands == []


EFFECTS: dict[str, Callable[[Try], Awaitable[None]]] = {
    "record.start": record,
    "record.stop": stop,
    "record.start_all": record_all,
    "record.stop_all": stop_all,
    "stream.exclude": exclude,
    "record.split": split,
    "event.marker": marker,
    "mark.toggle": mark,
    "mark.all": mark_all,
    "mark.none": mark_none,
    "stream.detail": detail,
    "filter.open": filter_rows,
    "view.back": back,
    "sort.next": sort,
    "sort.reverse": reverse,
    "view.freeze": freeze,
    "view.columns": columns,
    "events.open": events,
    "alarms.open": alarms,
    "alarms.stream": alarm_stream,
    "uploads.open": uploads,
    "nodes.open": nodes,
    "past.list": past,
    "past.open": past_open,
    "session.past": session_past,
    "session.deliver": session_deliver,
    "session.check": session_check,
    "delivery.interrupt": delivery_interrupt,
    "session.copy": session_copy,
    "session.uploads": session_uploads,
    "events.panel": event_lines,
    "page.back": close_page,
    "events.next": events_of_next,
    "events.previous": events_of_previous,
    "events.all": events_of_all,
    "events.troubles": troubles,
    "file.copy": copy,
    "focus.next": switch,
    "cursor.up": up,
    "cursor.down": down,
    "cursor.first": first,
    "cursor.last": last,
    "cursor.page_up": page_up,
    "cursor.page_down": page_down,
    "detail.next": next_stream,
    "detail.previous": previous_stream,
    "wall.open": wall,
    "wall.close": off_the_wall,
    "wall.more": rates(1),
    "wall.less": rates(-1),
    "wall.pictures": other_pictures,
    "wall.left": tile("right", stream="anna"),
    "wall.right": tile(stream="ben"),
    "wall.up": rows_of_tiles,
    "wall.down": rows_of_tiles,
    "wall.first": tile("right", "right", stream="anna"),
    "wall.last": tile(stream="omar"),
    "wall.page_up": pages_of_tiles,
    "wall.page_down": pages_of_tiles,
    "app.palette": palette,
    "app.help": help_page,
    "app.quit": leave,
    "dialog.keep": keep,
    "dialog.yes": yes,
    "dialog.detach": detach,
}

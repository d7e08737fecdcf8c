"""Every key of the table, at every size: what it asks of the engine and what it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot

from roomdeck.tui.app import RoomApp
from roomdeck.tui.keys import KEYS, Key, Scope, footer, key_name
from roomdeck.tui.leave import Leave
from roomdeck.tui.screens.columns import ColumnsScreen
from roomdeck.tui.screens.dashboard import DashboardScreen
from roomdeck.tui.screens.detail import DetailScreen
from roomdeck.tui.screens.events import EventsScreen
from roomdeck.tui.screens.help import HelpScreen
from roomdeck.tui.widgets.event_list import EventList
from roomdeck.tui.widgets.key_footer import KeyFooter
from roomdeck.tui.widgets.stream_table import StreamTable

from .dashboard import SIZES, dashboard
from .fake_client import FakeClient, studio, studio_events
from .screen_text import gone, screen_text, shown, until


class Try:
    """One key, pressed in an open dashboard."""

    def __init__(self, pilot: Pilot[Leave], client: FakeClient, name: str) -> None:
        self.pilot = pilot
        self.client = client
        self.name = name
        self.app = cast(RoomApp, pilot.app)
        self.main = cast(DashboardScreen, pilot.app.screen)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*(keys or (self.name,)))

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
        events = self.app.events
        await until(self.pilot, lambda: any(text in e.text for e in events), f"said: {text}")

    def marks(self) -> set[str]:
        return set(self.main.state.marks)


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
    await gone(it.pilot, "Anna")
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


async def event_lines(it: Try) -> None:
    panel = it.main.query_one(EventList)
    before = panel.display
    await it.press()
    await until(it.pilot, lambda: panel.display != before)


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
    "events.panel": event_lines,
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
    "app.palette": palette,
    "app.help": help_page,
    "app.quit": leave,
    "dialog.keep": keep,
    "dialog.yes": yes,
    "dialog.detach": detach,
}


def test_every_key_is_tried() -> None:
    assert set(EFFECTS) == {key.id for key in KEYS}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("key", "name"),
    [pytest.param(key, name, id=f"{key.id}-{name}") for key in KEYS for name in key.keys],
)
async def test_a_key_does_what_it_says(key: Key, name: str, size: tuple[int, int]) -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, size) as pilot:
        await shown(pilot, "Anna")
        await EFFECTS[key.id](Try(pilot, client, name))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scope", [Scope.TABLE, Scope.DETAIL])
async def test_the_footer_shows_whole_keys_only(scope: Scope, size: tuple[int, int]) -> None:
    width, height = size
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, size) as pilot:
        await shown(pilot, "Anna")
        if scope is Scope.DETAIL:
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen))
        line = (await shown(pilot, "q Quit")).splitlines()[height - 1]
        keys = footer(width, scope, Scope.EVERYWHERE)
        assert [
            key.label for key in keys if f"{key_name(key.keys[0])} {key.label}" not in line
        ] == []
        assert pilot.app.screen.query_one(KeyFooter).max_scroll_x == 0
        if width >= 80 and scope is Scope.TABLE:
            assert {"record.start", "record.stop", "stream.exclude", "mark.toggle"} < {
                key.id for key in keys
            }


async def test_keys_of_the_footer_can_be_clicked() -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, (80, 24)) as pilot:
        await shown(pilot, "Anna")
        line = screen_text(pilot.app).splitlines()[23]
        await pilot.click(offset=(line.index("? Help") + 2, 23))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help page")

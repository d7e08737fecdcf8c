"""The page of all events."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Event
from roomdeck.tui.dashboard.model.event_page import chosen, lines, streams_of
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.screens.events import EventsScreen
from roomdeck.tui.dashboard.widgets.text_page import TextPage
from roomdeck.tui.text.format import cells

from ...fake_client import FakeClient, event, studio, studio_events
from ...screen_text import gone, screen_text, shown, until
from ..opened import SIZES, dashboard

LONG = "the disk is slower than the stream " * 5


def text(events: list[Event], width: int) -> list[str]:
    found = lines(events, width, ASCII, str.title)
    return ["".join(part for part, _ in line) for line in found]


def test_the_newest_event_comes_first_with_the_name_of_its_stream():
    newest, *_ = text(studio_events(), 100)
    assert "Lena_Phone" in newest
    assert "disk I/O error" in newest


def words(screen: str) -> list[str]:
    """The lines between title and footer without the scrollbar, which may move."""
    return [line[:50].rstrip() for line in screen.splitlines()[1:-1]]


@pytest.mark.parametrize("width", [39, 59, 79, 119])
def test_long_texts_wrap_and_lose_nothing(width: int):
    found = text([event(1, "warning", LONG, "anna", level="warning")], width)
    assert max(map(cells, found)) <= width
    assert " ".join(LONG.split()) in " ".join(" ".join(found).split())


def test_texts_of_strangers_cannot_move_the_cursor():
    found = lines([event(1, "warning", "a\x1b[2Jb\rc\u202e", "x\x07y")], 80, UNICODE, str)
    assert all(part.isprintable() for line in found for part, _ in line)


def test_events_are_chosen_by_stream_and_level():
    events = studio_events()
    assert [one.seq for one in chosen(events, "anna")] == [3, 4]
    assert [one.seq for one in chosen(events, troubles=True)] == [5, 6]
    assert chosen(events, "anna", troubles=True) == []
    assert streams_of(events) == ["anna", "guest_7f2a", "lena_phone"]


async def test_the_page_turns_through_the_streams_and_back_to_all():
    async with dashboard(FakeClient(studio(), *studio_events())) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("e")
        await shown(pilot, "Events of all streams: 6 events")
        await pilot.press("right")
        await shown(pilot, "Events of Anna · camera 1: 2 events")
        await pilot.press("right")
        await shown(pilot, "Events of guest_7f2a: 1 event")
        await pilot.press("left", "left")
        await shown(pilot, "Events of all streams")
        await pilot.press("left")
        await shown(pilot, "Events of Lena · phone")
        await pilot.press("a")
        await shown(pilot, "Events of all streams")


async def test_only_troubles_and_everything_again():
    async with dashboard(FakeClient(studio(), *studio_events())) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("e")
        await shown(pilot, "routed server")
        await pilot.press("w")
        screen = await gone(pilot, "routed server")
        assert "2 warnings and errors" in screen
        await pilot.press("w")
        await shown(pilot, "routed server")


async def test_new_events_appear_and_do_not_move_what_is_read():
    client = FakeClient(studio(), *(event(n, "command", f"line {n}") for n in range(1, 60)))
    async with dashboard(client, (60, 15)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("e")
        await shown(pilot, "line 59")
        client.show(event(60, "command", "line 60"))
        await shown(pilot, "line 60")
        await pilot.press("pagedown")
        page = pilot.app.screen.query_one(TextPage)
        await until(pilot, lambda: page.scroll_offset.y > 0)
        read = words(screen_text(pilot.app))
        client.show(event(61, "command", "line 61"))
        await shown(pilot, "61 events")
        await until(pilot, lambda: words(screen_text(pilot.app)) == read, "it stayed")


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_opens_and_closes_at_every_size(size: tuple[int, int]):
    async with dashboard(FakeClient(studio(), *studio_events()), size, ascii=True) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("e")
        screen = await shown(pilot, "Events of all streams")
        assert "write" in screen
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EventsScreen))

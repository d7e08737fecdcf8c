"""The page of one stream, in the real dashboard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
import pytest
from textual.pilot import Pilot

from roomdeck.core.errors import ControlError
from roomdeck.core.model import Picture
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.terminal import detect
from roomdeck.tui.dashboard.screens import detail
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.widgets.still import StillView
from roomdeck.tui.dashboard.widgets.stream_table import StreamTable

from ...fake_client import ELAPSED, FakeClient, event, room, stream, studio, studio_events
from ...screen_text import gone, screen_text, shown, until
from ..opened import SIZES

PICTURE = Picture(96, 54, bytes(96 * 54 * 3), 2.0)
XTERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@asynccontextmanager
async def opened(
    client: FakeClient,
    name: str = "ben",
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] = XTERM,
) -> AsyncGenerator[Pilot[Leave], None]:
    app = RoomApp(client, room="studio-7", terminal=detect({**XTERM, **environment}))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.room.snapshot is not None)
        await pilot.pause()
        app.push_screen(DetailScreen(name))
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await shown(pilot, "media")
        yield pilot


def a_client() -> FakeClient:
    client = FakeClient(*studio_events(), studio())
    client.picture = PICTURE
    return client


def view(pilot: Pilot[Leave]) -> StillView:
    return pilot.app.screen.query_one(StillView)


@pytest.mark.parametrize("size", SIZES)
async def test_it_tells_of_its_stream_at_every_size(size: tuple[int, int]) -> None:
    async with opened(a_client(), size=size) as pilot:
        screen = await shown(pilot, "VP8 1280")
        assert "Ben" in screen.splitlines()[0]
        assert "REC" in screen.splitlines()[0]
        assert "2 of 9" in screen.splitlines()[0]
        for line in screen.splitlines():
            assert len(line) <= size[0]


@pytest.mark.parametrize("size", [(60, 15), (40, 10)])
async def test_what_does_not_fit_is_reached_by_scrolling(size: tuple[int, int]) -> None:
    async with opened(a_client(), "anna", size=size) as pilot:
        assert "is in the room" not in screen_text(pilot.app)
        await pilot.press("pagedown")
        for _ in range(30):
            if "is in the room" in screen_text(pilot.app):
                return
            await pilot.press("down")
        raise AssertionError("its events are out of reach")


async def test_j_and_k_turn_to_the_next_and_the_previous_stream() -> None:
    async with opened(a_client(), "anna") as pilot:
        await pilot.press("j")
        assert "Ben" in (await shown(pilot, "2 of 9")).splitlines()[0]
        await pilot.press("k", "k")
        assert "Omar" in (await shown(pilot, "9 of 9")).splitlines()[0]


async def test_back_on_the_table_the_cursor_is_on_the_stream_that_was_shown() -> None:
    async with opened(a_client(), "anna") as pilot:
        await pilot.press("j", "j")
        await shown(pilot, "3 of 9")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DetailScreen))
        table = pilot.app.screen.query_one(StreamTable)
        await until(pilot, lambda: table.cursor == "guest_7f2a")


async def test_keys_act_on_the_stream_that_is_shown() -> None:
    client = a_client()
    async with opened(client, "mira") as pilot:
        await pilot.press("r")
        await until(pilot, lambda: client.commands == [("start", ("mira",), "")])


async def test_its_figures_follow_the_engine() -> None:
    client = a_client()
    async with opened(client) as pilot:
        client.show(room(stream("ben", fps=12.0), version=2, elapsed=ELAPSED + 1))
        await shown(pilot, "12 fps")


async def test_only_its_own_events_are_shown_and_markers_that_name_it() -> None:
    client = a_client()
    client.show(
        event(20, "warning", "of somebody else", "anna"),
        event(21, "warning", "of ben himself", "ben"),
        event(22, "marker", "applause", data={"streams": ["anna", "ben"]}),
    )
    async with opened(client) as pilot:
        await shown(pilot, "applause")
        screen = await shown(pilot, "of ben himself")
        assert "of somebody else" not in screen


async def test_a_stream_that_goes_leaves_a_word() -> None:
    client = a_client()
    async with opened(client) as pilot:
        client.show(room(stream("anna"), version=2, elapsed=ELAPSED + 1))
        await shown(pilot, "not in the room any more")
        await pilot.press("j")
        await shown(pilot, "1 of 1")


# ── the picture ──────────────────────────────────────────────────────────────────────────


async def test_the_picture_is_shown_with_its_age() -> None:
    client = a_client()
    client.picture = msgspec.structs.replace(PICTURE, age=70.0)
    async with opened(client) as pilot:
        screen = await shown(pilot, "▀▀▀▀")
        assert "key frame of 70 s ago" in screen
        assert client.stills == ["ben"]


async def test_it_is_as_large_as_the_page_leaves_room_for() -> None:
    async with opened(a_client()) as pilot:
        await shown(pilot, "▀" * 28)
        await pilot.resize_terminal(120, 40)
        await shown(pilot, "▀" * 60)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NO_COLOR": "1"}, "no colour"),
        ({"TERM": "screen", "COLORTERM": ""}, "16 colours"),
        ({"LANG": "C"}, "ASCII only"),
    ],
)
async def test_a_terminal_that_cannot_show_one_gets_words_and_asks_for_nothing(
    environment: Mapping[str, str], words: str
) -> None:
    client = a_client()
    async with opened(client, environment=environment) as pilot:
        await until(pilot, lambda: words in view(pilot).text)
        assert client.stills == []


async def test_without_a_key_frame_it_says_so() -> None:
    client = a_client()
    client.picture = None
    async with opened(client) as pilot:
        await until(pilot, lambda: "no key frame yet" in view(pilot).text)


async def test_without_a_connection_none_is_asked_for() -> None:
    client = a_client()
    async with opened(client, "mira") as pilot:
        await until(pilot, lambda: "not connected" in view(pilot).text)
        assert client.stills == []


async def test_a_refusal_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    client = a_client()

    async def refuse(name: str) -> Picture | None:
        raise ControlError("the picture did not come in time")

    monkeypatch.setattr(client, "still", refuse)
    async with opened(client) as pilot:
        await until(pilot, lambda: "in time" in view(pilot).text)


async def test_it_is_asked_for_now_and_then_and_never_while_the_page_is_covered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(detail, "STILL_INTERVAL", 0.05)
    client = a_client()
    async with opened(client) as pilot:
        await until(pilot, lambda: len(client.stills) >= 3, "asked again")
        await pilot.press("question_mark")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DetailScreen))
        before = len(client.stills)
        ticks = _count_ticks(pilot)
        await until(pilot, lambda: ticks() >= 4, "some intervals")
        assert len(client.stills) <= before + 1
        await pilot.press("escape")
        await until(pilot, lambda: len(client.stills) > before + 1, "asked again")


def _count_ticks(pilot: Pilot[Leave]) -> Callable[[], int]:
    ticks: list[None] = []
    pilot.app.set_interval(0.05, lambda: ticks.append(None))
    return lambda: len(ticks)


async def test_a_turned_page_does_not_show_the_picture_of_another_stream() -> None:
    client = a_client()
    async with opened(client, "anna") as pilot:
        await shown(pilot, "▀▀▀▀")
        client.picture = None
        await pilot.press("j")
        await gone(pilot, "▀▀▀▀")

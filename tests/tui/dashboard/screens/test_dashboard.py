"""What the main screen does beyond single keys: cursor, mouse, repaints, bad news."""

from __future__ import annotations

from contextvars import Context
from typing import cast

import msgspec
import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Footer

from roomdeck.core.model import Alarm, AlarmKind, DiskSnapshot, RoomSnapshot, SoundMeter
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.view import Row
from roomdeck.tui.dashboard.screens.dashboard import DashboardScreen
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.screens.help import HelpScreen
from roomdeck.tui.dashboard.widgets.stream_table import StreamTable, TableHeader

from ...fake_client import ELAPSED, FakeClient, room, stream, studio
from ...screen_text import screen_text, shown, until
from ..opened import dashboard

NAMES = ("anna", "ben", "chris")


def trio(*names: str, version: int = 1, bitrate: float = 4e6) -> RoomSnapshot:
    streams = (stream(name, bitrate=bitrate) for name in names or NAMES)
    return room(*streams, version=version, elapsed=ELAPSED + version)


def table_of(pilot: Pilot[Leave]) -> StreamTable:
    return main_of(pilot).query_one(StreamTable)


def main_of(pilot: Pilot[Leave]) -> DashboardScreen:
    return cast(DashboardScreen, pilot.app.screen_stack[0])


def version_of(app: RoomApp) -> int | None:
    return app.room.snapshot.version if app.room.snapshot else None


async def rows(pilot: Pilot[Leave], *names: str) -> None:
    table = table_of(pilot)
    await until(pilot, lambda: tuple(row.stream for row in table.view.rows) == names, str(names))


async def test_the_cursor_stays_on_its_stream_when_others_come_and_go() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        await pilot.press("j")
        client.show(trio("ben", "chris", "dora", version=2))
        await rows(pilot, "ben", "chris", "dora")
        assert table_of(pilot).cursor == "ben"
        client.show(trio("chris", "dora", version=3))
        await rows(pilot, "chris", "dora")
        assert table_of(pilot).cursor == "chris"


async def test_the_cursor_stays_on_its_stream_when_rows_are_sorted() -> None:
    async with dashboard(FakeClient(studio())) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("j", "o")
        assert table_of(pilot).cursor == "ben"
        assert table_of(pilot).view.rows[0].stream == "lena_phone"


async def test_keys_act_on_marked_rows_that_are_shown_else_on_the_cursor() -> None:
    async with dashboard(FakeClient(trio())) as pilot:
        await rows(pilot, *NAMES)
        assert main_of(pilot).targets() == ("anna",)
        await pilot.press("space", "space")
        assert main_of(pilot).targets() == ("anna", "ben")
        await pilot.press("slash", *"chr", "enter")
        await rows(pilot, "chris")
        assert main_of(pilot).targets() == ("chris",)


async def test_the_mouse_selects_opens_and_sorts() -> None:
    async with dashboard(FakeClient(trio())) as pilot:
        await rows(pilot, *NAMES)
        await pilot.click(StreamTable, offset=(12, 2))
        assert table_of(pilot).cursor == "chris"
        await pilot.click(TableHeader, offset=(12, 0))
        assert main_of(pilot).state.sort == "name"
        await pilot.click(TableHeader, offset=(12, 0))
        assert main_of(pilot).state.reverse
        await pilot.click(StreamTable, offset=(12, 2), times=2)
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen), "detail")


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (40, 10)])
async def test_the_footer_hides_nothing_by_scrolling(size: tuple[int, int]) -> None:
    async with dashboard(FakeClient(trio()), size) as pilot:
        await rows(pilot, *NAMES)
        assert pilot.app.screen.query_one(Footer).max_scroll_x == 0


async def test_only_lines_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        await pilot.pause()
        painted: list[str] = []
        paint = StreamTable.painted

        def spy(table: StreamTable, row: Row, at_cursor: bool, width: int, style: Style) -> Strip:
            painted.append(row.stream)
            return paint(table, row, at_cursor, width, style)

        monkeypatch.setattr(StreamTable, "painted", spy)
        streams = list(trio().streams)
        streams[1] = msgspec.structs.replace(streams[1], bytes=2_000_000_000)
        client.show(room(*streams, version=2))
        await shown(pilot, "2.00 GB")
        assert set(painted) == {streams[1].stream}


async def test_the_same_version_is_not_drawn_again() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        client.show(trio("anna"), trio("anna", version=2))
        await rows(pilot, "anna")
        before = table_of(pilot).view
        main_of(pilot).room_changed()
        assert table_of(pilot).view is before


async def test_a_covered_table_does_no_work() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        app = cast(RoomApp, pilot.app)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "help")
        client.show(trio("anna", version=2))
        await until(
            pilot, lambda: app.room.snapshot and app.room.snapshot.version == 2, "the snapshot"
        )
        main_of(pilot).room_changed()
        assert len(table_of(pilot).view.rows) == 3
        await pilot.press("escape")
        await rows(pilot, "anna")


async def test_a_frozen_view_stands_still_and_says_so() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        await pilot.press("f")
        await shown(pilot, "VIEW FROZEN, recording goes on")
        client.show(trio("anna", version=2))
        app = cast(RoomApp, pilot.app)
        await until(
            pilot, lambda: app.room.snapshot and app.room.snapshot.version == 2, "the snapshot"
        )
        main_of(pilot).room_changed()
        assert len(table_of(pilot).view.rows) == 3
        await pilot.press("f")
        await rows(pilot, "anna")


async def test_an_engine_that_went_away_leaves_grey_rows_and_a_bar_that_says_so() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        assert not table_of(pilot).has_class("-stale")
        client.leave()
        await shown(pilot, "ENGINE GONE")
        assert table_of(pilot).has_class("-stale")


async def test_a_disk_that_is_nearly_full_is_said_and_rung_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        rung: list[int] = []
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(1))
        full = DiskSnapshot(free=900_000_000, seconds_left=240.0)
        for version in (2, 3):
            client.show(msgspec.structs.replace(trio(version=version), disk=full))
            await until(pilot, lambda: "disk full in" in screen_text(pilot.app), "the alert")
        assert rung == [1]


@pytest.mark.parametrize("bell", [True, False])
async def test_an_alarm_that_begins_is_said_flashes_and_rings_once(
    monkeypatch: pytest.MonkeyPatch, bell: bool
) -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        rung: list[int] = []
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(1))
        monkeypatch.setattr(pilot.app, "rings", bell)
        bar = main_of(pilot).query_one("#alert")
        flashed: list[str] = []
        monkeypatch.setattr(bar, "add_class", flashed.append)
        alarm = Alarm(kind=AlarmKind.SILENCE, text="no sound for a minute", seconds=2)
        for version in (2, 3):
            known = trio(version=version)
            first = msgspec.structs.replace(known.streams[0], alarms=(alarm,))
            streams = (first, *known.streams[1:])
            client.show(msgspec.structs.replace(known, streams=streams))
            main_of(pilot).room_changed()
            await shown(pilot, "no sound for a minute")
        assert flashed == ["-flash"]
        assert rung == [1] * bell


async def test_meters_move_between_two_snapshots() -> None:
    client = FakeClient(trio())
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        # The task that reads from the engine was there before the app.
        heard = Context()
        heard.run(client.hear, {"nobody": SoundMeter(level=0, peak=0)})
        heard.run(client.hear, {NAMES[1]: SoundMeter(level=-127, peak=-127, silent=42)})
        await shown(pilot, "sil 0:42")
        assert screen_text(pilot.app).count("sil 0:42") == 1


async def test_more_rows_than_lines_scroll_with_the_cursor() -> None:
    names = [f"cam{number:02}" for number in range(30)]
    async with dashboard(FakeClient(trio(*names))) as pilot:
        await rows(pilot, *names)
        await pilot.press("G")
        assert "cam29" in await shown(pilot, "cam29")
        await pilot.press("g")
        await shown(pilot, "cam00")


async def test_a_path_is_copied_and_said() -> None:
    async with dashboard(FakeClient(trio())) as pilot:
        await rows(pilot, *NAMES)
        await pilot.press("y")
        path = trio().streams[0].file
        assert pilot.app.clipboard == path
        await shown(pilot, "copied /srv/rec")


async def test_a_refused_command_is_an_event_and_a_toast(monkeypatch: pytest.MonkeyPatch) -> None:
    client = FakeClient(trio())
    client.refusal = "the engine is leaving"
    async with dashboard(client) as pilot:
        await rows(pilot, *NAMES)
        toasts: list[str] = []

        def notify(message: str, **how: object) -> None:
            toasts.append(message)

        monkeypatch.setattr(pilot.app, "notify", notify)
        await pilot.press("n")
        await shown(pilot, "split: the engine is leaving")
        assert toasts == ["the engine is leaving"]


async def test_nothing_moves_over_ssh() -> None:
    async with dashboard(FakeClient(trio())) as pilot:
        assert pilot.app.animation_level == "none"

"""The page of alarms in an open dashboard."""

from __future__ import annotations

import msgspec

from roomdeck.core.model import Alarm, AlarmKind, RoomSnapshot
from roomdeck.tui.dashboard.screens.alarms import AlarmsScreen
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.widgets.line_list import LineList

from ...fake_client import FakeClient, event, room, stream, studio
from ...screen_text import screen_text, settled, shown, until
from ..opened import dashboard

SILENT = Alarm(kind=AlarmKind.SILENCE, text="nothing is heard", seconds=61.0, stream="ben")
EMPTY = Alarm(kind=AlarmKind.ROOM_EMPTY, text="nobody is here", seconds=5.0)


def alarmed(*alarms: Alarm, version: int = 1) -> RoomSnapshot:
    mine = tuple(one for one in alarms if one.stream)
    streams = stream("anna", label="Anna"), stream("ben", label="[b]Ben[/b]", alarms=mine)
    rest = tuple(one for one in alarms if not one.stream)
    return room(*streams, alarms=rest, version=version)


async def test_what_is_wrong_comes_and_goes_and_enter_goes_to_the_stream() -> None:
    client = FakeClient(alarmed(SILENT))
    async with dashboard(client, (60, 15)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("a")
        screen = await shown(pilot, "1 thing wrong now, 0 before")
        assert "[b]Ben[" in screen
        data = {"alarm": "silence", "seconds": 61.0}
        client.show(event(90, "alarm.begin", "nothing is heard", "ben", "warning", data=data))
        client.show(event(95, "alarm.end", "heard again", "ben", data=data | {"seconds": 66.0}))
        client.show(alarmed(EMPTY, version=2))
        screen = await shown(pilot, "1 thing wrong now, 1 before")
        assert "0:01:06" in screen
        # The cursor was on the alarm that is gone, and is on what stands there now.
        await pilot.press("enter")
        await settled(pilot.app)
        assert isinstance(pilot.app.screen, AlarmsScreen)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen), "the stream")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "STATE" in screen_text(pilot.app), "the table")


async def test_a_double_click_goes_there_as_well() -> None:
    async with dashboard(FakeClient(alarmed(SILENT))) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("a")
        await shown(pilot, "nothing is heard")
        await pilot.click(LineList, offset=(5, 1), times=2)
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen), "the stream")


async def test_without_alarms_keys_do_no_harm() -> None:
    async with dashboard(FakeClient(studio()), (40, 10)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("a")
        await shown(pilot, "Nothing is wrong")
        await pilot.press("up", "down", "pagedown", "pageup", "g", "G", "enter")
        assert "Nothing is wrong" in screen_text(pilot.app)


async def test_the_cursor_passes_headings_over_and_the_first_of_them_is_seen() -> None:
    alarms = [
        msgspec.structs.replace(EMPTY, kind=kind, seconds=float(number))
        for number, kind in enumerate(AlarmKind)
    ]
    async with dashboard(FakeClient(alarmed(*alarms)), (60, 15)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("a")
        await shown(pilot, "wrong now")
        rows = pilot.app.screen.query_one(LineList)
        assert rows.cursor.startswith(alarms[0].kind)
        await pilot.press("G")
        assert rows.cursor.startswith(alarms[-1].kind)
        await shown(pilot, "was wrong")
        await pilot.press("pageup", "up", "k")
        assert rows.cursor.startswith(tuple(one.kind for one in alarms[1:-2]))
        await pilot.press(*("up" for _ in alarms))
        assert rows.cursor.startswith(alarms[0].kind)
        await until(pilot, lambda: "─ wrong now" in screen_text(pilot.app), "the heading")


async def test_what_nobody_knows_any_more_is_not_said_as_if_it_were_so() -> None:
    client = FakeClient(alarmed(SILENT))
    async with dashboard(client, (60, 15)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("a")
        assert "ENGINE GONE" not in await shown(pilot, "1 thing wrong now")
        client.leave()
        await shown(pilot, "1 thing wrong now, 0 before  ENGINE GONE")
        await pilot.press("escape", "w")
        await shown(pilot, "wall  ENGINE GONE")
        await pilot.press("enter")
        title = (await shown(pilot, "esc Anna")).split("\n")[0]
        assert "ENGINE GONE" in title
        assert "REC" not in title

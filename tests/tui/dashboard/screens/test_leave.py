"""Leaving: nothing is lost by a slip, and what is said about the files is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from textual.events import Key
from textual.pilot import Pilot

from roomdeck.core.model import Event, RoomSnapshot
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.screens.leave import LeaveScreen
from roomdeck.tui.dashboard.widgets.choice import ChoiceLine

from ...fake_client import FOLDER, FakeClient, event, room, stream, studio
from ...screen_text import gone, screen_text, shown, until
from ..opened import SIZES, dashboard

ANNA = stream("anna", label="Anna", file=f"{FOLDER}/anna.ts")
BEN = stream("ben", label="Ben", file=f"{FOLDER}/ben.mkv")


def two(**changes: Any) -> RoomSnapshot:
    return room(ANNA, BEN, **changes)


def closed(seq: int, name: str, file: str) -> Event:
    data = {"file": f"{FOLDER}/{file}", "bytes": 2_000_000, "seconds": 9.0, "reason": "shutdown"}
    return event(seq, "take.end", "shutdown", name, data=data)


def result(pilot: Pilot[Leave]) -> Leave | None:
    return cast(RoomApp, pilot.app).return_value


async def asked(pilot: Pilot[Leave], key: str = "q") -> None:
    await shown(pilot, "Anna")
    await pilot.press(key)
    await shown(pilot, "Keep recording")


async def finishing(pilot: Pilot[Leave], client: FakeClient) -> None:
    await asked(pilot)
    await pilot.press("y")
    await shown(pilot, "Finishing files, 0 of 2 closed")
    await until(pilot, lambda: client.commands == [("shutdown", (), "")], "told to stop")


async def ended(pilot: Pilot[Leave], how: Leave) -> None:
    await until(pilot, lambda: result(pilot) is how, f"left: {how}")


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_every_slip_keeps_recording(key: str):
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        for slip in ("escape", "n", "enter", "space", "ctrl+c"):
            await asked(pilot, key)
            await pilot.press(slip)
            await gone(pilot, "Keep recording")
        assert (client.commands, result(pilot)) == ([], None)


async def test_the_question_names_what_is_running_and_how_to_come_back():
    async with dashboard(FakeClient(two())) as pilot:
        await asked(pilot)
        screen = screen_text(pilot.app)
        assert "2 recordings are running" in screen
        assert "roomdeck attach studio-7" in screen
        assert isinstance(pilot.app.focused, ChoiceLine)
        assert pilot.app.focused.id == "keep"


async def test_news_wait_for_a_question_that_is_not_there_yet():
    async with dashboard(FakeClient(two())) as pilot:
        await shown(pilot, "Anna")
        app = cast(RoomApp, pilot.app)
        app.push_screen(LeaveScreen(two()))
        app.draw_now()
        await shown(pilot, "2 recordings are running")


async def test_the_question_follows_the_room():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await asked(pilot)
        client.show(room(ANNA, version=2))
        await shown(pilot, "1 recording is running")


async def test_d_leaves_the_screen_and_stops_nothing():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await asked(pilot)
        await pilot.press("d")
        await ended(pilot, Leave.DETACHED)
        assert client.commands == []


async def test_y_shows_each_file_until_it_is_closed_and_then_what_was_recorded():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await finishing(pilot, client)
        client.show(closed(7, "anna", "anna.ts"))
        screen = await shown(pilot, "Finishing files, 1 of 2 closed")
        box = [line.split("│")[1].split() for line in screen.splitlines() if "│" in line]
        assert ["✓", "Anna", "closed", "2.0", "MB"] in box
        assert ["…", "Ben", "closing", "1.2", "GB"] in box
        client.show(closed(8, "ben", "ben.mkv"), event(9, "engine.end", "all files are closed"))
        await shown(pilot, "The recording is over")
        assert result(pilot) is None
        await pilot.press("q")
        await ended(pilot, Leave.STOPPED)


async def test_takes_that_ended_before_are_not_counted():
    client = FakeClient(closed(3, "omar", "omar.ts"), two())
    async with dashboard(client) as pilot:
        await finishing(pilot, client)
        await pilot.pause()
        assert "0 of 2 closed" in screen_text(pilot.app)


async def test_nothing_but_the_end_ends_the_waiting():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await finishing(pilot, client)
        await pilot.press("y", "d", "n", "escape", "q")
        await shown(pilot, "Finishing files")
        assert result(pilot) is None
        assert len(client.commands) == 1


async def impatient(pilot: Pilot[Leave], client: FakeClient) -> None:
    await finishing(pilot, client)
    client.show(closed(7, "anna", "anna.ts"))
    await shown(pilot, "1 of 2 closed")
    await pilot.press("ctrl+c")
    await shown(pilot, "Leave 1 file unfinished?")


async def test_ctrl_c_while_files_are_closed_asks_and_goes_on_waiting_by_default():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await impatient(pilot, client)
        for slip in ("escape", "n", "enter", "ctrl+c"):
            await pilot.press(slip)
            await shown(pilot, "Finishing files, 1 of 2 closed")
            await pilot.press("ctrl+c")
            await shown(pilot, "Leave 1 file unfinished?")
        assert result(pilot) is None


@pytest.mark.parametrize(("key", "how"), [("y", Leave.HURRIED), ("d", Leave.DETACHED)])
async def test_who_cannot_wait_says_what_becomes_of_the_files(key: str, how: Leave):
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await impatient(pilot, client)
        await pilot.press(key)
        await ended(pilot, how)


async def test_nobody_waits_for_closed_files():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await impatient(pilot, client)
        client.show(closed(8, "ben", "ben.mkv"))
        await ended(pilot, Leave.STOPPED)


async def test_ctrl_c_after_the_last_file_just_leaves():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await finishing(pilot, client)
        client.show(closed(7, "anna", "anna.ts"), closed(8, "ben", "ben.mkv"))
        await shown(pilot, "2 of 2 closed")
        await pilot.press("ctrl+c")
        await ended(pilot, Leave.STOPPED)


async def test_the_end_comes_while_the_impatient_question_is_open():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await impatient(pilot, client)
        client.show(closed(8, "ben", "ben.mkv"), event(9, "engine.end", "all files are closed"))
        await ended(pilot, Leave.STOPPED)


async def test_a_refusal_is_said_and_the_question_stands_again():
    client = FakeClient(two())
    client.refusal = "the engine is busy"
    async with dashboard(client) as pilot:
        await asked(pilot)
        await pilot.press("y")
        screen = await shown(pilot, "Not stopped: the engine is busy")
        assert "Keep recording" in screen
        assert result(pilot) is None


async def test_an_engine_that_dies_while_it_closes_files_is_not_taken_for_done():
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        await finishing(pilot, client)
        client.leave()
        await gone(pilot, "Finishing files")
        assert result(pilot) is None


async def test_nothing_recording_leaves_at_once():
    client = FakeClient(room())
    async with dashboard(client) as pilot:
        await shown(pilot, "Nobody is sending")
        await pilot.press("q")
        await until(pilot, lambda: result(pilot) is not None, "left")


async def test_q_when_everybody_has_left_shows_what_was_recorded_and_once_more_leaves():
    client = FakeClient(closed(3, "anna", "anna.ts"), room(takes_done=1))
    async with dashboard(client) as pilot:
        await shown(pilot, "Everybody has left")
        await pilot.press("q")
        await until(pilot, lambda: client.commands == [("shutdown", (), "")], "told to stop")
        client.show(event(9, "engine.end", "all files are closed"))
        await shown(pilot, "The recording is over")
        assert result(pilot) is None
        await pilot.press("q")
        await ended(pilot, Leave.STOPPED)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_twice_leaves_at_once(key: str):
    client = FakeClient(closed(3, "anna", "anna.ts"), room(takes_done=1))
    async with dashboard(client) as pilot:
        await shown(pilot, "Everybody has left")
        await pilot.press(key)
        await until(pilot, lambda: client.commands == [("shutdown", (), "")], "told to stop")
        await shown(pilot, "q leaves at once")
        await pilot.press(key)
        await ended(pilot, Leave.STOPPED)


@pytest.mark.parametrize(("size", "ascii"), [*((size, True) for size in SIZES), ((24, 6), False)])
async def test_all_answers_are_in_sight_and_can_be_clicked(size: tuple[int, int], ascii: bool):
    client = FakeClient(studio())
    async with dashboard(client, size, ascii=ascii) as pilot:
        await until(pilot, lambda: cast(RoomApp, pilot.app).room.snapshot is not None)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(pilot.app.screen, LeaveScreen))
        screen = await shown(pilot, "Keep recording")
        _in_sight(screen, ("Keep", "esc "), ("Stop all", "y "), ("Leave", "d "))
        if ascii:
            assert screen.replace("·", "").isascii()
        await pilot.click("#detach")
        await ended(pilot, Leave.DETACHED)


def _in_sight(screen: str, *answers: Sequence[str]) -> None:
    for answer in answers:
        assert any(all(part in line for part in answer) for line in screen.splitlines()), screen


async def test_arrows_and_tab_move_between_the_answers():
    async with dashboard(FakeClient(two())) as pilot:
        await asked(pilot)
        seen: list[str | None] = []
        for key in ("down", "tab", "j", "up", "shift+tab"):
            await pilot.press(key)
            seen.append(pilot.app.focused.id if pilot.app.focused else None)
        assert seen == ["yes", "detach", "keep", "detach", "yes"]


async def test_a_terminal_that_shrinks_keeps_the_answers_in_sight():
    async with dashboard(FakeClient(studio()), (120, 40)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("q")
        await shown(pilot, "Keep recording")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "d ]" in screen_text(pilot.app) and pilot.app.size.width == 40)
        _in_sight(screen_text(pilot.app), ("Keep", "esc ]"), ("Stop all", "y ]"), ("Leave", "d ]"))


@pytest.mark.parametrize("asks", [True, False])
async def test_q_and_enter_in_one_burst_after_an_end_from_elsewhere(asks: bool):
    """Keys that were typed before the news was read find another screen than they meant."""
    client = FakeClient(two())
    async with dashboard(client) as pilot:
        if asks:
            await asked(pilot)
        else:
            await shown(pilot, "Anna")
        client.show(
            closed(7, "anna", "anna.ts"),
            closed(8, "ben", "ben.mkv"),
            room(version=2),
            event(9, "engine.end", "all files are closed"),
        )
        for key, character in (("q", "q"), ("enter", "\r")):
            pilot.app.post_message(Key(key, character))
        await until(pilot, lambda: client.commands == [], "nothing was told")
        for _ in range(5):
            await pilot.pause()
        pilot.app.post_message(Key("q", "q"))
        await ended(pilot, Leave.STOPPED)

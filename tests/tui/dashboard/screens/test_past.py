"""Sessions of the past, their takes and pictures; without an engine."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.pages import PastApp
from roomdeck.tui.dashboard.screens.past import PastScreen
from roomdeck.tui.dashboard.screens.session import SessionScreen
from roomdeck.tui.dashboard.widgets.line_list import LineList
from roomdeck.tui.dashboard.widgets.still import StillView
from tests.core.attendant.uploads.stage import Recording
from tests.core.delivery.stage import Act, perform

from ...fake_client import FakeClient, room, stream
from ...screen_text import gone, screen_text, shown, until
from ..opened import SIZES, dashboard, terminal


def stage(folder: Path) -> Recording:
    recording = Recording(folder, "stage")
    recording.take("alice")
    (folder / "damaged.json").write_text("{")
    return recording


async def test_h_lists_sessions_and_enter_opens_one(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    client = FakeClient(room(stream("anna", label="Anna"), output=str(tmp_path)))
    async with dashboard(client) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("h")
        await shown(pilot, "History: 2 sessions")
        screen = await shown(pilot, "damaged.json: damaged")
        assert "stage" in screen
        await pilot.press("enter")
        await shown(pilot, "cannot read")
        await pilot.press("escape")
        await gone(pilot, "cannot read")
        await pilot.press("down", "y")
        await until(pilot, lambda: pilot.app.clipboard == str(recording.sidecar), "the path")
        await pilot.press("enter")
        await shown(pilot, "1 good: by the JSON file")
        await pilot.press("h")
        await shown(pilot, "History: 2 sessions")
        await pilot.press("escape")
        await shown(pilot, "STATE")


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_and_asks_no_engine(size: tuple[int, int], tmp_path: Path) -> None:
    stage(tmp_path)
    async with dashboard(FakeClient(), size) as pilot:
        pilot.app.push_screen(PastScreen([tmp_path]))
        await shown(pilot, "stage")
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SessionScreen), "a session")


async def test_no_session_is_said(tmp_path: Path) -> None:
    async with dashboard(FakeClient()) as pilot:
        pilot.app.push_screen(PastScreen([tmp_path]))
        await shown(pilot, "No sessions in")
        await pilot.press("enter", "y", "down")
        assert "No sessions in" in screen_text(pilot.app)


async def test_a_take_has_a_picture_where_there_is_room(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 2.0)]})
    (sidecar,) = list(tmp_path.glob("*.json"))  # noqa: ASYNC240
    async with dashboard(FakeClient()) as pilot:
        pilot.app.push_screen(SessionScreen(sidecar))
        await shown(pilot, "▀▀▀▀")
        view = pilot.app.screen.query_one(StillView)
        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: not view.display, "no picture")


async def test_a_path_is_only_text_and_is_copied_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def notify(app: RoomApp, text: str, **rest: object) -> None:
        said.append(text)

    monkeypatch.setattr(RoomApp, "notify", notify)
    folder = tmp_path / "a\x1b[2J\udcff"
    recording = stage(folder)
    async with dashboard(FakeClient()) as pilot:
        pilot.app.push_screen(PastScreen([folder]))
        await shown(pilot, "stage")
        await pilot.press("G", "y")
        await until(pilot, lambda: said, "that it is copied")
        assert pilot.app.clipboard == str(recording.sidecar)
        assert said == [f"copied {tmp_path}/a[2J/{recording.sidecar.name}"]


async def test_without_a_room_it_is_an_app_of_its_own(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    app = PastApp([tmp_path], terminal())
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "stage")
        await pilot.press("question_mark")
        await shown(pilot, "Help")
        await pilot.press("escape", "down", "enter")
        await shown(pilot, "1 good: by the JSON file")
        await pilot.press("h")
        await shown(pilot, "History: 2 sessions")
        assert not app.closed
        await pilot.press("escape")
        await until(pilot, lambda: app.closed, "the page closed")
    assert recording.sidecar.exists()


async def test_q_leaves_it_for_good(tmp_path: Path) -> None:
    app = PastApp([tmp_path], terminal())
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "History")
        await pilot.press("q")
    assert (app.return_value, app.closed) == (Leave.DETACHED, False)


async def test_under_the_cursor_nothing_is_grey(tmp_path: Path) -> None:
    """Where colours are turned round, that is grey behind what may be as dark."""
    stage(tmp_path)
    async with PastApp([tmp_path], terminal()).run_test(size=(80, 24)) as pilot:
        await shown(pilot, "stage")
        lines = pilot.app.screen.query_one(LineList)
        shades = [
            {segment.style.color for segment in lines.render_line(y) if segment.style}
            for y, row in enumerate(lines._rows)
            if row.id == lines.cursor
        ]
        assert list(map(len, shades)) == [1]

"""What is shown of a session when it is over, and what still goes on then."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import msgspec
from textual.command import CommandPalette

from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.model import EndReason, RoomSnapshot
from roomdeck.core.recording import sidecar
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.screens.help import HelpScreen
from roomdeck.tui.dashboard.screens.session import SessionScreen
from tests.core.attendant.uploads.stage import Recording

from ...fake_client import FakeClient, event, room, stream
from ...screen_text import screen_text, shown, until
from ..opened import SIZES, dashboard

ENDED = event(99, "engine.end", "all files are closed")


def over(recording: Recording, **changes: object) -> RoomSnapshot:
    plain = room(version=2, takes_done=2, sidecar=str(recording.sidecar))
    return msgspec.structs.replace(plain, **changes)


def stage(tmp_path: Path) -> Recording:
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    recording.take("bob", reason=EndReason.WORKER_LOST)
    return recording


async def test_an_end_from_elsewhere_shows_what_was_recorded(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    for size in SIZES:
        client = FakeClient(room(stream("alice", label="Alice")))
        async with dashboard(client, size) as pilot:
            await shown(pilot, "Alice")
            client.show(over(recording), ENDED)
            client.leave()
            await shown(pilot, "The recording is over")
            screen = await shown(pilot, "1 good, 1 flawed")
            await until(pilot, lambda: "stage_" in screen_text(pilot.app), "the file")
            if size[0] >= 80:
                assert "left" in screen
                assert str(recording.folder)[:40] in screen
                await pilot.press("down")
                await shown(pilot, "the process that wrote it died")


async def test_it_comes_on_top_of_a_page_and_waits_for_a_question(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    client = FakeClient(room(stream("alice", label="Alice")))
    async with dashboard(client) as pilot:
        await shown(pilot, "Alice")
        await pilot.press("s")
        await shown(pilot, "Keep recording")
        client.show(over(recording), ENDED)
        await until(pilot, lambda: cast(RoomApp, pilot.app).room.ended, "the end")
        assert "Keep recording" in screen_text(pilot.app)
        await pilot.press("escape")
        await shown(pilot, "by the JSON file")
        await pilot.press("escape")
        await shown(pilot, "All files are closed")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help page")


async def test_it_waits_for_the_list_of_commands(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    client = FakeClient(room(stream("alice", label="Alice")))
    async with dashboard(client) as pilot:
        await shown(pilot, "Alice")
        pilot.app.action_command_palette()
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the list")
        client.show(over(recording), ENDED)
        app = cast(RoomApp, pilot.app)
        await until(pilot, lambda: app.room.ended, "the end")
        app.draw_now()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press("escape")
        await shown(pilot, "by the JSON file")


async def test_what_cannot_be_read_is_said_and_events_stand_in(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    recording.sidecar.write_text("[")
    data = {"file": "/rec/a.ts", "bytes": 7, "seconds": 3.0, "reason": "shutdown"}
    client = FakeClient(room(stream("alice", label="Alice")))
    async with dashboard(client) as pilot:
        await shown(pilot, "Alice")
        client.show(over(recording), event(98, "take.end", "", "alice", data=data), ENDED)
        screen = await shown(pilot, "cannot read")
        assert "alice" in screen


async def test_a_session_needs_no_engine_and_follows_what_happens_on_the_disk(
    tmp_path: Path,
) -> None:
    recording = stage(tmp_path)
    place = f"file://{tmp_path}"
    ledger.save(recording.sidecar, ledger.Ledger.new((place,)))
    async with dashboard(FakeClient()) as pilot:
        pilot.app.push_screen(SessionScreen(recording.sidecar))
        await shown(pilot, "0 of 3 files uploaded; nobody sends more")
        await pilot.press("u")
        await shown(pilot, "Uploads: 0 of 3 files")
        await shown(pilot, "goes to")
        await pilot.press("escape")
        known = recording.told().takes[0]
        new = msgspec.structs.replace(known, error="the disk is full")
        sidecar.correct(recording.sidecar, known, new)
        await shown(pilot, "2 flawed")


async def test_the_path_under_the_cursor_can_be_copied(tmp_path: Path) -> None:
    recording = stage(tmp_path)
    async with dashboard(FakeClient()) as pilot:
        pilot.app.push_screen(SessionScreen(recording.sidecar))
        await shown(pilot, "1 good")
        await pilot.press("down", "y")
        bob = recording.folder / recording.told().takes[1].file
        await until(pilot, lambda: pilot.app.clipboard == str(bob), "the path")

"""What somebody chose is there the next time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomdeck.tui.dashboard.model.choices import Choices
from roomdeck.tui.dashboard.remembered import read_choices, write_choices
from roomdeck.tui.dashboard.screens.table_keys import TableKeys

from ..fake_client import FakeClient, room, stream
from .opened import dashboard

CHOSEN = Choices(theme="nord", sort="rate", reverse=True, hidden=frozenset({"loss"}))


def test_choices_come_back(tmp_path: Path) -> None:
    file = tmp_path / "state" / "dashboard.json"
    write_choices(file, CHOSEN)
    assert read_choices(file) == CHOSEN
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"sort": 3}', b"\xff", b'{"sort": "\xff"}', b"[" * 99999]
)
def test_a_file_that_says_nothing_chooses_nothing(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "dashboard.json"
    file.write_bytes(data)
    assert read_choices(file) == Choices()


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    write_choices(tmp_path / "state" / "dashboard.json", CHOSEN)
    assert read_choices(tmp_path / "state" / "dashboard.json") == Choices()


def test_columns_that_are_no_more_are_left_out() -> None:
    view = Choices(sort="colour", hidden=frozenset({"colour", "loss", "name"})).view()
    assert view.sort == ""
    assert view.hidden == {"loss"}


async def test_a_dashboard_begins_with_what_was_chosen() -> None:
    async with dashboard(FakeClient(), choices=CHOSEN) as pilot:
        assert pilot.app.theme == "nord"
        screen = pilot.app.screen
        assert isinstance(screen, TableKeys)
        assert (screen.state.sort, screen.state.reverse) == ("rate", True)
        assert screen.state.hidden == {"loss"}


async def test_what_is_chosen_is_kept() -> None:
    kept: asyncio.Queue[Choices] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def keep(choices: Choices) -> None:
        loop.call_soon_threadsafe(kept.put_nowait, choices)

    async with dashboard(FakeClient(room(stream("anna"))), keep=keep) as pilot:
        await pilot.pause()
        await pilot.press("o")
        assert await asyncio.wait_for(kept.get(), 30) == Choices(sort="state")
        pilot.app.theme = "nord"
        chosen = Choices(sort="state", theme="nord")
        assert await asyncio.wait_for(kept.get(), 30) == chosen


async def test_a_theme_that_nobody_chose_is_not_kept() -> None:
    kept: list[Choices] = []
    async with dashboard(FakeClient(), keep=kept.append) as pilot:
        await pilot.press("m")
        await pilot.pause()
    assert kept == []

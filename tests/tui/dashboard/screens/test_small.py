"""A terminal that is too small still says the truth."""

from __future__ import annotations

from typing import cast

import pytest
from textual.geometry import Size

from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.screens.small import SmallScreen, small_lines, too_small
from roomdeck.tui.text.format import cells

from ...fake_client import FakeClient, studio
from ...screen_text import shown, until
from ..opened import dashboard


def test_the_least_size_is_not_too_small():
    assert not too_small(Size(40, 10))
    assert too_small(Size(39, 10))
    assert too_small(Size(40, 9))


def test_one_line_has_the_numbers_the_next_what_is_needed():
    numbers, needs, leaves = small_lines(studio(), "", Size(39, 24), UNICODE)
    assert numbers == "studio-7 ● 2 ▲ 1 ✕ 1 212 GB 9h10m"
    needs = needs.replace(UNICODE.times, "x")
    assert (needs, leaves) == ("make me 40x10 (now 39x24)", "q leaves")


@pytest.mark.parametrize("width", [12, 15, 20, 30])
def test_the_lines_are_never_wider_than_the_terminal(width: int):
    found = small_lines(studio(), "", Size(width, 5), ASCII)
    assert "* 2 ! 1 X 1" in found[0]
    assert max(map(cells, found[:1])) <= width
    assert "make me 40x10" in found[-2]


def test_before_the_first_snapshot_the_room_is_named():
    assert small_lines(None, "studio-7", Size(30, 5), UNICODE)[0] == "studio-7"


async def test_it_comes_when_the_terminal_shrinks_and_goes_when_it_grows():
    async with dashboard(FakeClient(studio())) as pilot:
        await shown(pilot, "Anna")
        await pilot.resize_terminal(30, 6)
        screen = await shown(pilot, f"make me 40{UNICODE.times}10")
        assert "● 2" in screen
        await pilot.resize_terminal(80, 24)
        await shown(pilot, "Anna")
        assert not isinstance(pilot.app.screen, SmallScreen)


async def test_q_works_on_a_tiny_terminal():
    async with dashboard(FakeClient(studio()), (30, 6)) as pilot:
        await shown(pilot, "make me")
        await pilot.press("q")
        await shown(pilot, "Keep recording")
        await pilot.press("d")
        app = cast(RoomApp, pilot.app)
        await until(pilot, lambda: app.return_value is Leave.DETACHED, "detached")


async def test_it_goes_when_the_terminal_grew_behind_a_question():
    async with dashboard(FakeClient(studio()), (30, 6)) as pilot:
        await shown(pilot, "make me")
        await pilot.press("q")
        await shown(pilot, "Keep recording")
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await shown(pilot, "Anna")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SmallScreen))

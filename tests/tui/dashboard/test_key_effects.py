"""Every key of the table, at every size: what it asks of the engine and what it shows."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets._footer import FooterKey

from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.keys import KEYS
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.screens.help import HelpScreen
from roomdeck.tui.dashboard.widgets.key_footer import KeyFooter

from ..fake_client import FakeClient, studio, studio_events
from ..screen_text import screen_text, shown, until
from .key_effects import EFFECTS, Try
from .opened import SIZES, dashboard

LAST = ("dialog.yes", "dialog.detach")
"""Keys after which the dashboard is not as before."""
TRIES = [(key.id, name) for key in KEYS for name in key.keys]

at_every_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def test_every_key_is_tried() -> None:
    assert set(EFFECTS) == {key.id for key in KEYS}


@pytest.mark.parametrize("size", SIZES[1::2], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_key_does_what_it_says(
    size: tuple[int, int], subtests: pytest.Subtests
) -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, size) as pilot:
        await shown(pilot, "Anna")
        for id_, name in TRIES:
            if id_ in LAST:
                continue
            it = Try(pilot, client, name)
            with subtests.test(id_, name=name):
                await EFFECTS[id_](it)
            await it.tidy_up()


@at_every_size
@pytest.mark.parametrize("id_", LAST)
async def test_a_key_of_the_last_question_does_what_it_says(
    id_: str, size: tuple[int, int]
) -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, size) as pilot:
        await shown(pilot, "Anna")
        await EFFECTS[id_](Try(pilot, client, dict(TRIES)[id_]))


@at_every_size
async def test_the_footer_shows_whole_keys_only(size: tuple[int, int]) -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, size) as pilot:
        await shown(pilot, "Anna")
        _fits(await shown(pilot, "Quit"), pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen), "the detail page")
        _fits(await shown(pilot, "Quit"), pilot)


def _fits(screen: str, pilot: Pilot[Leave]) -> None:
    line = screen.splitlines()[-1]
    footer = pilot.app.screen.query_one(KeyFooter)
    keys = [f"{key.key_display} {key.description}" for key in footer.query(FooterKey)]
    assert [key for key in keys if key not in line] == []
    assert footer.max_scroll_x == 0
    assert len(keys) >= (7 if pilot.app.size.width >= 80 else 4)


async def test_keys_of_the_footer_can_be_clicked() -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, (80, 24)) as pilot:
        await shown(pilot, "Anna")
        line = screen_text(pilot.app).splitlines()[23]
        await pilot.click(offset=(line.index("? Help") + 2, 23))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), "the help page")


async def test_a_command_of_the_palette_does_what_its_key_does() -> None:
    client = FakeClient(*studio_events(), studio())
    async with dashboard(client, (80, 24)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen), "the detail page")
        await pilot.press("colon", *"new file")
        await shown(pilot, "go on in a new file")
        await pilot.press("down", "enter")
        await until(pilot, lambda: client.commands, "asked to split")
        assert client.commands == [("split", ("ben",), "")]

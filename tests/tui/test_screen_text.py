from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

from .screen_text import screen_text


class Page(App[None]):
    CSS = "#low { dock: bottom; margin-left: 2; }"

    def compose(self) -> ComposeResult:
        yield Static("● a  [b]b[/b] 漢字 <x> & end")
        yield Static("last", id="low")


async def test_every_character_is_in_its_cell() -> None:
    async with Page().run_test(size=(24, 4)) as pilot:
        assert screen_text(pilot.app) == "● a  b 漢字 <x> & end\n\n\n  last\n"

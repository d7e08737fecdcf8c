"""The help page: everything that the key table, the signs and the terminal have to tell."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import StreamState
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.help import TWO_COLUMNS, page, sections
from roomdeck.tui.dashboard.model.keys import KEYS, key_name
from roomdeck.tui.dashboard.model.terminal import Colors, Terminal
from roomdeck.tui.dashboard.screens.help import HelpScreen
from roomdeck.tui.dashboard.widgets.text_page import TextPage
from roomdeck.tui.text.format import cells

from ...fake_client import FakeClient, studio
from ...screen_text import screen_text, shown, until
from ..opened import SIZES, dashboard, terminal


def text(terminal: Terminal, width: int) -> str:
    glyphs = ASCII if terminal.ascii else UNICODE
    found = sections(glyphs, terminal, (width, 24))
    return "\n".join(
        "".join(part for part, _ in line).rstrip() for line in page(found, width, glyphs.line)
    )


def flowing(terminal: Terminal, width: int) -> str:
    """The page as one line: where its texts break does not matter."""
    return " ".join(text(terminal, width).split())


def test_every_key_and_state_is_explained():
    said = flowing(terminal(), TWO_COLUMNS - 1)
    for key in KEYS:
        assert key.help in said, key.id
        assert all(key_name(name) in said for name in key.keys)
    for state in StreamState:
        assert f"{UNICODE.states[state]} {state.value}" in said


@pytest.mark.parametrize("width", [size[0] for size in SIZES])
@pytest.mark.parametrize("ascii", [False, True])
def test_no_line_is_wider_than_the_page(width: int, ascii: bool):
    lines = text(terminal(ascii=ascii), width).splitlines()
    assert max(cells(line) for line in lines) <= width
    assert not ascii or all(line.isascii() for line in lines)


def test_a_wide_page_is_half_as_long():
    narrow, wide = (len(text(terminal(), width).splitlines()) for width in (60, 120))
    assert wide < 0.7 * narrow


def test_the_facts_of_the_terminal_are_told():
    plain = msgspec.structs.replace(
        terminal(ascii=True), ssh=True, mouse=False, multiplexer="tmux", colors=Colors.FEW
    )
    said = flowing(plain, 70)
    for fact in ("xterm-256color in tmux, 70x24", "16 colours", "ASCII only", "no animation"):
        assert fact in said
    assert "mouse off" in said


def test_leaving_says_what_a_lost_line_does():
    assert "recording goes on without the screen" in flowing(terminal(), 70)


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_opens_scrolls_to_its_end_and_closes(size: tuple[int, int]):
    async with dashboard(FakeClient(studio()), size, ascii=True) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("question_mark")
        assert (await shown(pilot, "recording -")).isascii()
        await pilot.press("G")
        moved = pilot.app.screen.query_one(TextPage)
        await until(pilot, lambda: moved.is_vertical_scroll_end, "the end")
        await pilot.press("g")
        await shown(pilot, "recording -")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))


async def test_the_page_follows_the_size_of_the_terminal():
    async with dashboard(FakeClient(studio()), (120, 40)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("f1", "end")
        await shown(pilot, "120x40")
        await pilot.resize_terminal(100, 60)
        await pilot.press("end")
        await shown(pilot, "100x60")


async def test_keys_move_the_page_by_lines_and_pages():
    async with dashboard(FakeClient(studio()), (60, 15)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("question_mark")
        await shown(pilot, "recording ─")
        moved = pilot.app.screen.query_one(TextPage)
        places: list[int] = []
        for key in ("down", "j", "up", "k", "pagedown", "pageup"):
            await pilot.press(key)
            places.append(moved.scroll_offset.y)
        assert places == [1, 2, 1, 0, moved.size.height - 1, 0]
        assert "Help" in screen_text(pilot.app)

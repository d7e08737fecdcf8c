"""Questions before a recording ends: the default is no, and the answer says what it does."""

from __future__ import annotations

from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from roomdeck.core.model import StreamState
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.screens.confirm import (
    ConfirmScreen,
    Question,
    TypedScreen,
    exclude_question,
    stop_all_question,
    stop_question,
)
from roomdeck.tui.dashboard.screens.marker import MAX_TEXT, MarkerScreen

from ...fake_client import FakeClient, room, stream
from ...screen_text import screen_text, shown, until
from ..opened import SIZES, dashboard

ANNA = stream("anna", label="Anna")
BEN = stream("ben", label="Ben", bytes=812_000_000)
IDLE = stream("idle", StreamState.OFF)


class Asked:
    """A question on top of a dashboard, and its answer."""

    def __init__(self, pilot: Pilot[Leave]) -> None:
        self.pilot = pilot
        self.answers: list[object] = []

    async def open(self, screen: ConfirmScreen | MarkerScreen, until_shown: str) -> str:
        await self.pilot.app.push_screen(screen, self.answers.append)
        return await shown(self.pilot, until_shown)

    async def answered(self, *answers: object) -> None:
        await until(self.pilot, lambda: self.answers == list(answers), f"answered {answers}")


def test_a_stop_names_the_stream_and_says_what_becomes_of_its_file():
    question = stop_question([ANNA])
    assert (question.title, question.yes) == ("Stop Anna?", "Stop Anna")
    assert "This closes the file of Anna; it plays. Anna goes on sending" in question.text


def test_names_of_strangers_are_bounded_and_cannot_move_the_cursor():
    question = stop_question([stream("odd", label="\x1b[2J" + "long name " * 50)])
    assert question.title.isprintable()
    assert len(question.title) < 40
    assert len(question.text) < 200
    assert stop_question([stream("odd", label="\x1b\x07 ")]).title == "Stop odd?"


def test_a_stop_of_several_counts_streams_and_files():
    question = stop_question([ANNA, BEN, IDLE])
    assert (question.title, question.yes) == ("Stop 3 streams?", "Stop 3 streams")
    assert "This closes 2 files" in question.text
    assert question.streams == (ANNA, BEN)


def test_excluding_asks_only_where_it_would_end_a_recording():
    assert exclude_question([IDLE]) is None
    question = exclude_question([ANNA, IDLE])
    assert question is not None
    assert question.streams == (ANNA,)
    assert "x takes them in again" in question.text


@pytest.mark.parametrize("question", [stop_question([ANNA]), stop_all_question([ANNA, BEN])])
def test_answers_are_labelled_with_their_effect(question: Question):
    assert question.keep == "Keep recording"
    assert question.yes.lower() not in ("ok", "yes", "cancel")


async def test_every_slip_keeps_recording_and_only_y_or_its_line_stops():
    async with dashboard(FakeClient(room(ANNA))) as pilot:
        asked = Asked(pilot)
        answers: list[bool] = []
        presses = (("escape", False), ("n", False), ("enter", False), ("ctrl+c", False))
        for key, answer in (*presses, ("y", True)):
            await asked.open(ConfirmScreen(stop_question([ANNA])), "Keep recording")
            await pilot.press(key)
            answers.append(answer)
            await asked.answered(*answers)
        await asked.open(ConfirmScreen(stop_question([ANNA])), "Keep recording")
        await pilot.press("down", "enter")
        await asked.answered(*answers, True)


async def test_a_click_answers():
    async with dashboard(FakeClient(room(ANNA))) as pilot:
        asked = Asked(pilot)
        await asked.open(ConfirmScreen(stop_question([ANNA])), "Stop Anna  y ]")
        await pilot.click("#yes")
        await asked.answered(True)


async def test_all_is_stopped_only_after_the_word():
    async with dashboard(FakeClient(room(ANNA, BEN))) as pilot:
        asked = Asked(pilot)
        await asked.open(TypedScreen(stop_all_question([ANNA, BEN])), "type yes")
        await pilot.press("y", "enter")
        await shown(pilot, "nothing is stopped yet")
        assert asked.answers == []
        await pilot.press("e", "s", "enter")
        await asked.answered(True)


async def test_the_word_is_not_typed_and_everything_goes_on():
    async with dashboard(FakeClient(room(ANNA, BEN))) as pilot:
        asked = Asked(pilot)
        for number, key in enumerate(("escape", "ctrl+c"), 1):
            await asked.open(TypedScreen(stop_all_question([ANNA, BEN])), "type yes")
            await pilot.press("y", "e", key)
            await asked.answered(*[False] * number)


async def test_an_empty_line_stops_nothing():
    async with dashboard(FakeClient(room(ANNA, BEN))) as pilot:
        asked = Asked(pilot)
        await asked.open(TypedScreen(stop_all_question([ANNA, BEN])), "type yes")
        await pilot.press("enter")
        await pilot.click("#yes")
        await shown(pilot, "nothing is stopped yet")
        assert asked.answers == []


async def test_a_marker_may_have_words_or_none():
    async with dashboard(FakeClient(room(ANNA))) as pilot:
        asked = Asked(pilot)
        await asked.open(MarkerScreen(["Anna", "Ben"]), "Marker for Anna and Ben")
        await pilot.press(*"encore", "enter")
        await asked.answered("encore")
        await asked.open(MarkerScreen(["Anna"]), "Marker for Anna")
        await pilot.press("enter")
        await asked.answered("encore", "")
        await asked.open(MarkerScreen(["Anna"]), "Marker for Anna")
        await pilot.press("x", "escape")
        await asked.answered("encore", "", None)


async def test_the_words_of_a_marker_are_bounded():
    async with dashboard(FakeClient(room(ANNA))) as pilot:
        asked = Asked(pilot)
        await asked.open(MarkerScreen(["Anna"]), "Marker for Anna")
        pilot.app.screen.query_one(Input).value = "x" * (MAX_TEXT + 50)
        await pilot.press("enter")
        await asked.answered("x" * MAX_TEXT)


@pytest.mark.parametrize("size", SIZES)
async def test_the_answers_are_in_sight_at_every_size(size: tuple[int, int]):
    many = [stream(f"guest_{number}") for number in range(30)]
    async with dashboard(FakeClient(room(*many)), size, ascii=True) as pilot:
        asked = Asked(pilot)
        screens = ConfirmScreen(stop_question(many)), TypedScreen(stop_all_question(many))
        for screen in screens:
            text = await asked.open(screen, "Keep recording  esc ]")
            assert "Stop " in text.split("Keep recording")[1]
            assert text.isascii()
            await pilot.press("escape")
        await asked.answered(False, False)


async def test_markup_in_names_is_text():
    odd = stream("odd", label="[red]x[/] [")
    async with dashboard(FakeClient(room(odd))) as pilot:
        asked = Asked(pilot)
        screen = await asked.open(ConfirmScreen(stop_question([odd])), "Keep recording")
        assert "Stop [red]x[/] [?" in screen
        assert "[  Stop [red]x[/] [  y ]" in screen


async def test_the_lines_scroll_where_they_do_not_fit():
    many = [stream(f"guest_{number:02}") for number in range(30)]
    async with dashboard(FakeClient(room(*many)), (40, 10)) as pilot:
        await Asked(pilot).open(ConfirmScreen(stop_question(many)), "Keep recording")
        assert "guest_29" not in screen_text(pilot.app)
        for _ in range(10):
            await pilot.press("pagedown")
        await shown(pilot, "guest_29")
        assert cast(RoomApp, pilot.app).screen.query_one("#keep").region.height == 1

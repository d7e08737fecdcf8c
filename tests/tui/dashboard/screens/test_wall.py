"""The wall, in the real dashboard."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from roomdeck.core.errors import ControlError
from roomdeck.core.model import (
    STILL,
    Alarm,
    AlarmKind,
    Kind,
    Picture,
    RoomSnapshot,
    Size,
    SoundMeter,
    TrackStats,
)
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.dashboard.model.choices import Choices
from roomdeck.tui.dashboard.model.terminal import detect
from roomdeck.tui.dashboard.screens import wall
from roomdeck.tui.dashboard.screens.dashboard import DashboardScreen
from roomdeck.tui.dashboard.screens.detail import DetailScreen
from roomdeck.tui.dashboard.screens.wall import WallScreen
from roomdeck.tui.dashboard.widgets.stream_table import StreamTable
from roomdeck.tui.dashboard.widgets.tile import Tile

from ...fake_client import FakeClient, room, stream, studio
from ...screen_text import gone, screen_text, settled, shown, until
from ..escapes import iterm_pictures, kitty_commands, kitty_pictures, sixel_pictures, without
from ..opened import SIZES

XTERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
KITTY, ITERM, FOOT = {"TERM": "xterm-kitty"}, {"LC_TERMINAL": "iTerm2"}, {"TERM": "foot"}
RED = (250, 20, 20)


class Seeing(FakeClient):
    """Has pictures of all streams in the size that is asked for, all of one colour."""

    def __init__(self, snapshot: RoomSnapshot, shape: float = 16 / 9) -> None:
        super().__init__(snapshot)
        self.sizes: list[Size] = []
        self.refusals: dict[str, str] = {}
        self.age = 0.5
        self.colour = RED
        self.sent = ""
        """What went to the terminal beside what Textual draws."""
        self._shape = shape

    def take(self, sequence: str) -> None:
        self.sent += sequence

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        self.stills.append(stream)
        self.sizes.append(size)
        if stream in self.refusals:
            raise ControlError(self.refusals[stream])
        height = min(size.height, int(size.width / self._shape))
        width = int(height * self._shape)
        return Picture(width, height, bytes(self.colour) * width * height, self.age)


@asynccontextmanager
async def opened(
    client: Seeing,
    size: tuple[int, int] = (80, 24),
    environment: Mapping[str, str] = XTERM,
    **options: Any,
) -> AsyncGenerator[Pilot[Leave], None]:
    terminal = detect({**XTERM, **environment})
    app = RoomApp(client, room="studio-7", terminal=terminal, **options)
    app.send = client.take
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.room.snapshot is not None)
        await shown(pilot, "NAME")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, WallScreen) and app.screen.query(Tile))
        yield pilot


def many(count: int) -> RoomSnapshot:
    return room(*(stream(f"guest_{number:02}") for number in range(count)))


def tile(pilot: Pilot[Leave], name: str) -> Tile:
    return next(tile for tile in pilot.app.screen.query(Tile) if tile.stream == name)


@pytest.mark.parametrize("size", SIZES)
async def test_all_are_there_with_name_state_sound_and_picture(size: tuple[int, int]) -> None:
    client = Seeing(studio())
    async with opened(client, size) as pilot:
        screen = await shown(pilot, "Anna")
        assert "REC" in screen
        assert "▇" in screen, "its sound"
        assert "kB/s" in screen
        await until(pilot, lambda: tile(pilot, "anna").mosaic)
        cells = {cell for row in tile(pilot, "anna").mosaic for cell in row}
        assert cells == {(RED, RED)}
        found = set[str]()
        for _ in range(6):
            found |= {one.stream for one in pilot.app.screen.query(Tile)}
            await pilot.press("pagedown")
        assert found - {""} == {one.stream for one in studio().streams}
        assert set(client.stills) <= {"anna", "ben", "guest_7f2a", "kai"}


async def test_a_picture_is_asked_for_in_the_size_of_its_tile_and_keeps_its_shape() -> None:
    client = Seeing(many(2), shape=9 / 16)
    async with opened(client) as pilot:
        await until(pilot, lambda: tile(pilot, "guest_01").mosaic)
        assert client.sizes[0] == Size(39, 40)
        rows = tile(pilot, "guest_01").mosaic
        assert (len(rows[0]), len(rows)) == (22, 20)


async def test_nobody_is_asked_while_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "_LOOK", 0.02)
    client = Seeing(many(3))
    async with opened(client) as pilot:
        await until(pilot, lambda: len(client.stills) == 3)
        await pilot.press("question_mark")
        await shown(pilot, "Help")
        client.stills.clear()
        screen = next(one for one in pilot.app.screen_stack if isinstance(one, WallScreen))
        screen._look()  # pyright: ignore[reportPrivateUsage]
        assert client.stills == []
        await pilot.press("escape")
        await until(pilot, lambda: len(client.stills) == 3, "all are asked for anew")


async def test_without_colours_a_sentence_says_so_and_the_rest_is_there() -> None:
    client = Seeing(many(3))
    async with opened(client, environment={"TERM": "xterm", "COLORTERM": ""}) as pilot:
        screen = await shown(pilot, "no pictures: this terminal shows 16 colours")
        assert "guest_02" in screen
        assert "▇" in screen
        await pilot.press("p")
        assert client.stills == []


async def test_a_picture_that_is_old_says_so() -> None:
    client = Seeing(many(1))
    client.age = 130.0
    async with opened(client) as pilot:
        await shown(pilot, "2 min")


async def test_what_cannot_be_shown_says_why() -> None:
    only = {Kind.AUDIO: TrackStats(expected=1, received=1)}
    silent = stream("podcast", tracks=only, video=None, sound=SoundMeter(level=-20, peak=-12))
    client = Seeing(room(stream("anna"), silent))
    client.refusals["anna"] = "a key frame could not be decoded: bad data"
    async with opened(client) as pilot:
        await shown(pilot, "could not be decoded")
        screen = await shown(pilot, "no video")
        full = [line for line in screen.splitlines() if line.count("▇") > 20]
        assert full, "its sound, as large as there is room"
        assert "podcast" not in client.stills


async def test_an_alarm_is_there_in_a_word() -> None:
    alarm = Alarm(kind=AlarmKind.FROZEN, text="the picture does not move", seconds=70)
    async with opened(Seeing(room(stream("anna", alarms=(alarm,))))) as pilot:
        await shown(pilot, "frozen")


async def test_who_comes_and_goes_comes_and_goes() -> None:
    client = Seeing(many(1))
    async with opened(client) as pilot:
        client.show(msgspec.structs.replace(many(3), version=2))
        await shown(pilot, "guest_02")
        await until(pilot, lambda: tile(pilot, "guest_02").mosaic)
        client.show(msgspec.structs.replace(many(1), version=3))
        await gone(pilot, "guest_02")
        client.show(msgspec.structs.replace(many(0), version=4))
        await gone(pilot, "guest_00")
        assert "wall" in screen_text(pilot.app)


async def test_enter_opens_a_stream_and_the_cursor_comes_along() -> None:
    client = Seeing(many(4))
    async with opened(client) as pilot:
        await pilot.press("right", "down")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailScreen))
        await shown(pilot, "guest_03")
        await pilot.press("k", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WallScreen))
        screen = pilot.app.screen
        assert isinstance(screen, WallScreen)
        await until(pilot, lambda: screen.targets() == ("guest_02",))
        await pilot.press("r")
        await until(pilot, lambda: client.commands == [("start", ("guest_02",), "")])
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
        assert pilot.app.screen.query_one(StreamTable).cursor == "guest_02"


async def test_it_shows_what_the_table_shows() -> None:
    client = Seeing(studio())
    app = RoomApp(client, room="studio-7", terminal=detect(XTERM))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, "Anna")
        await pilot.press("slash", *"ben", "enter", "w")
        await until(pilot, lambda: app.screen.query(Tile))
        await shown(pilot, "Ben")
        assert {one.stream for one in app.screen.query(Tile)} == {"ben", "ben-screen"}


async def test_what_is_chosen_is_kept() -> None:
    kept: list[Choices] = []
    async with opened(Seeing(many(1)), keep=kept.append) as pilot:
        await pilot.press("minus")
        await shown(pilot, "80 kB/s")
        await pilot.press("p")
        await shown(pilot, "kitty")
        await until(pilot, lambda: kept and kept[-1].wall_pictures)
        assert (kept[-1].wall_rate, kept[-1].wall_pictures) == (80, "kitty graphics")


async def test_over_ssh_less_is_sent_at_first() -> None:
    async with opened(Seeing(many(1)), environment={"SSH_CONNECTION": "1 2 3 4"}) as pilot:
        await shown(pilot, "≤ 40 kB/s")


async def test_nothing_is_sent_for_a_picture_that_stays() -> None:
    client = Seeing(many(1))
    async with opened(client) as pilot:
        await until(pilot, lambda: tile(pilot, "guest_00").mosaic)
        rows = tile(pilot, "guest_00").mosaic
        assert tile(pilot, "guest_00").show(rows) == 0
        other = ((*rows[0][1:], (RED, (0, 0, 0))), *rows[1:])
        assert 0 < tile(pilot, "guest_00").show(other) < 200


# ── the terminal's own pictures ──────────────────────────────────────────────────────────


async def test_kitty_shows_pictures_where_their_placeholders_are() -> None:
    client = Seeing(many(3))
    async with opened(client, environment=KITTY) as pilot:
        await until(pilot, lambda: len(kitty_pictures(client.sent)) >= 3)
        await shown(pilot, "\U0010eeee")
        seen = kitty_pictures(client.sent)
        assert len({one.keys["i"] for one in seen}) == 3
        assert set(seen[0].picture.rgb[:3]) == {255, 16}
        lines = [line for line in screen_text(pilot.app).splitlines() if "\U0010eeee" in line]
        assert lines[0].count("\U0010eeee") == 2 * int(seen[0].keys["c"])
        assert without(client.sent) == ""
        assert all(keys.get("q", "2") == "2" for keys in kitty_commands(client.sent))
        await pilot.press("w")
        await until(pilot, lambda: "a=d" in client.sent, "nothing is left in the terminal")


@pytest.mark.parametrize(("environment", "read"), [(ITERM, iterm_pictures), (FOOT, sixel_pictures)])
async def test_other_terminals_get_pictures_at_their_place(
    environment: Mapping[str, str], read: Any
) -> None:
    client = Seeing(many(3))
    async with opened(client, environment=environment) as pilot:
        await until(pilot, lambda: len(read(client.sent)) >= 3)
        places = without(client.sent).replace("\x1b7", "").split("\x1b8")
        where = {tuple(map(int, at[2:-1].split(";"))) for at in places if at}
        assert len(where) == 3
        for row, column in where:
            assert 3 <= row <= 22
            assert 1 <= column <= 80
        before = client.sent
        await pilot.press("s")
        await shown(pilot, "Keep recording")
        await pilot.pause(0.5)
        assert client.sent == before, "nothing is drawn over a question"


async def test_what_a_terminal_answers_stops_and_loses_nothing() -> None:
    """A reply comes as keys: these are those of kitty's, and of what a terminal says it is."""
    for reply in ("_Gi=33;OK", "_Gi=33;ENOENT:not found", "[?62;4;22c", "P>|kitty(0.32)"):
        client = Seeing(many(3))
        async with opened(client) as pilot:
            for sign in reply:
                pilot.app.simulate_key(sign)
            await settled(pilot.app)
            assert pilot.app.is_running
            # A key of the wall shows that all have been heard.
            while not isinstance(pilot.app.screen, WallScreen):
                await pilot.press("escape")
            await pilot.press("r")
            await until(pilot, lambda client=client: client.commands)
        assert {verb for verb, _, _ in client.commands} <= {"start", "split", "mark"}


async def test_it_keeps_to_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the bytes that it counts; `tests/bench/wall_bench.py` counts those of a real terminal."""
    client = Seeing(many(30))
    began = time.monotonic()
    choices = Choices(wall_rate=5)
    async with opened(client, (120, 40), KITTY, choices=choices) as pilot:
        await until(pilot, lambda: kitty_pictures(client.sent))
        await pilot.pause(2.0)
        assert len(client.sent) < 5000 * (time.monotonic() - began + 1.0)

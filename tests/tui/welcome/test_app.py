"""The start screen itself, with made-up engines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from textual import events
from textual.pilot import Pilot

from roomdeck.core.config import RecordConfig
from roomdeck.core.errors import ControlError, JoinError, RoomdeckError
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.tui.cli.options import TYPED, RoomFlags, read_room, room_config
from roomdeck.tui.session.following import Following
from roomdeck.tui.welcome.app import Chosen, History, WelcomeApp
from roomdeck.tui.welcome.engines import Engines
from roomdeck.tui.welcome.model.form import Field, Form, Reading
from roomdeck.tui.welcome.model.recents import Recent
from roomdeck.tui.welcome.model.rows import Running
from roomdeck.tui.welcome.remembered import read_recents, remember
from roomdeck.tui.welcome.widgets.field_row import FieldInput
from roomdeck.tui.welcome.widgets.room_list import RoomList

from ..dashboard.opened import terminal
from ..fake_client import room, stream
from ..screen_text import gone, screen_text, shown, until

ENGINE = cast(Following, object())
LINK = "https://vdo.ninja/?room=lab&wss2=ws://127.0.0.1:9&password=s3cret&codec=vp9"


class FakeEngines(Engines):
    """Says what is recorded, and starts nothing."""

    def __init__(self, *rooms: str) -> None:
        super().__init__()
        self.rooms = [Running(name, room(stream("anna"), room=name)) for name in rooms]
        self.answer: asyncio.Future[Following | None] | RoomdeckError | None = None
        self.started: list[RecordConfig] = []
        self.attached: list[str] = []

    async def running(self) -> list[Running]:
        return self.rooms

    async def attach(self, key: str) -> Following:
        self.attached.append(key)
        if not any(one.key == key for one in self.rooms):
            raise ControlError("it is gone")
        return ENGINE

    async def start(self, config: RecordConfig) -> Following | None:
        self.started.append(config)
        if isinstance(self.answer, RoomdeckError):
            raise self.answer
        return ENGINE if self.answer is None else await self.answer

    async def give_up(self) -> None:
        if isinstance(self.answer, asyncio.Future):
            self.answer.cancel()


class Screen:
    """A start screen, and who sits before it."""

    def __init__(
        self, pilot: Pilot[Chosen | History | None], engines: FakeEngines, kept: Path
    ) -> None:
        self.pilot, self.engines, self.kept = pilot, engines, kept

    def line(self, field: Field) -> FieldInput:
        return self.pilot.app.query_one(f"#{field}", FieldInput)

    @property
    def focused(self) -> str | None:
        return self.pilot.app.focused.id if self.pilot.app.focused else None

    async def paste(self, text: str) -> None:
        self.pilot.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def fill_in(self) -> None:
        await self.pilot.press(*"lab", "tab", *"ws://x")

    @property
    def chosen(self) -> Chosen | History | None:
        return self.pilot.app.return_value


def flags(options: Mapping[str, str]) -> RoomFlags:
    given = {name: options.get(name, "") for name in ("room", "server", "salt")}
    return RoomFlags(
        **given, password=options.get("password"), rank=lambda name: TYPED * (name in options)
    )


def read(options: Mapping[str, str]) -> Reading:
    """Read as the command line does, in short."""
    found = read_room(flags(options))
    link = found.link
    return Reading(
        link=link,
        values={
            Field.SERVER: found.config.server,
            Field.PASSWORD: link.password if isinstance(link.password, str) else "",
            Field.OUTPUT: "/tmp",
            Field.CODEC: link.codec or "",
        },
        wrong={Field(name): str(error) for name, error in found.wrong.items()},
        has_password="password" in options,
    )


@asynccontextmanager
async def start_screen(
    tmp_path: Path,
    *recorded: str,
    recents: tuple[Recent, ...] = (),
    size: tuple[int, int] = (80, 24),
    ascii: bool = False,
) -> AsyncGenerator[Screen, None]:
    kept, engines = tmp_path / "recent.json", FakeEngines(*recorded)
    for one in reversed(recents):
        remember(kept, one)
    form = Form(read)

    def plan() -> RecordConfig:
        where, _ = room_config(flags(form.options))
        return RecordConfig(room=where, output=form.value(Field.OUTPUT), prefix="lab")

    app = WelcomeApp(form, plan, engines, kept, terminal(ascii=ascii))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, "esc")
        yield Screen(pilot, engines, kept)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_everything_has_its_place(tmp_path: Path, size: tuple[int, int]) -> None:
    recent = Recent(name="talk", room="talk", server="wss://handshake.example.org")
    async with start_screen(tmp_path, "studio", recents=(recent,), size=size) as screen:
        text = await shown(screen.pilot, "studio")
        for word in ("talk", "link or room", "server", "password", "folder", "codec", "Start rec"):
            assert word in text
        assert max(map(len, text.splitlines())) <= size[0]


async def test_ascii_is_enough(tmp_path: Path) -> None:
    async with start_screen(tmp_path, "studio", ascii=True) as screen:
        assert (await shown(screen.pilot, "studio")).isascii()


async def test_enter_comes_back_to_a_room_that_is_recorded(tmp_path: Path) -> None:
    async with start_screen(tmp_path, "one", "two") as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.pilot.press("down", "enter")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.engines.attached == ["two"]
    assert screen.chosen == Chosen(ENGINE)


async def test_a_room_that_is_gone_meanwhile_is_told(tmp_path: Path) -> None:
    async with start_screen(tmp_path, "one") as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        screen.engines.rooms = []
        await screen.pilot.press("enter")
        await shown(screen.pilot, "it is gone")
        await until(screen.pilot, lambda: screen.focused == Field.ROOM)


async def test_what_is_typed_is_recorded(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        await screen.fill_in()
        await screen.pilot.press("enter")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.chosen == Chosen(ENGINE, screen.engines.started[0])
    assert screen.engines.started[0].room.server == "ws://x"


async def test_keys_are_for_the_field_that_has_the_focus_when_they_are_pressed(
    tmp_path: Path,
) -> None:
    async with start_screen(tmp_path) as screen:
        app = screen.pilot.app
        for key in ("l", "a", "b", "c", "backspace", "tab", "w", "x", "ctrl+u", *"ws", "tab", "p"):
            pressed = events.Key(key, key if len(key) == 1 else None)
            pressed.set_sender(app)
            app.post_message(pressed)
        values = {Field.ROOM: "lab", Field.SERVER: "ws", Field.PASSWORD: "p"}
        await until(
            screen.pilot, lambda: {field: screen.line(field).value for field in values} == values
        )


async def test_what_is_wrong_is_said_while_it_is_typed_and_enter_goes_there(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        await screen.pilot.press(*"lab", "down", *"http://x")
        await shown(screen.pilot, "write ws://x")
        await screen.pilot.press("tab", "tab", "enter")
        await until(screen.pilot, lambda: screen.focused == Field.SERVER)
        await screen.pilot.press("ctrl+u", *"ws://x")
        await gone(screen.pilot, "in place of")
        assert screen.engines.started == []


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_a_pasted_link_fills_the_form(tmp_path: Path, size: tuple[int, int]) -> None:
    async with start_screen(tmp_path, size=size) as screen:
        await screen.pilot.press(*"old")
        await screen.paste(f"\n  Join us:\n{LINK}\nsoon\n")
        await until(screen.pilot, lambda: screen.line(Field.SERVER).value == "ws://127.0.0.1:9")
        values = [screen.line(field).value for field in (Field.PASSWORD, Field.CODEC)]
        assert values == ["s3cret", "vp9"]
        text = screen_text(screen.pilot.app)
        assert "s3cret" not in text
        assert screen.line(Field.ROOM).value.startswith("https:")
        await screen.pilot.press("tab", "tab", "ctrl+r")
        await shown(screen.pilot, "s3cret")
        await screen.pilot.press("ctrl+r", "enter")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.engines.started[0].room.password == "s3cret"


async def test_a_link_may_be_pasted_while_the_list_has_the_focus(tmp_path: Path) -> None:
    async with start_screen(tmp_path, "one") as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.paste(LINK)
        await until(screen.pilot, lambda: screen.line(Field.PASSWORD).value == "s3cret")


async def test_what_is_pasted_elsewhere_is_one_line(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        await screen.pilot.press("tab", "tab")
        await screen.paste("\n a b \nc")
        await until(screen.pilot, lambda: screen.line(Field.PASSWORD).value == " a b ")


@pytest.mark.parametrize("error", [JoinError("nothing listens there"), ControlError("log")])
async def test_what_does_not_start_leaves_what_was_typed(
    tmp_path: Path, error: RoomdeckError
) -> None:
    async with start_screen(tmp_path) as screen:
        screen.engines.answer = error
        await screen.fill_in()
        await screen.pilot.press("tab", *"pass", "enter")
        await shown(screen.pilot, str(error))
        fields = (Field.ROOM, Field.SERVER, Field.PASSWORD)
        assert [screen.line(field).value for field in fields] == ["lab", "ws://x", "pass"]
        screen.engines.answer = None
        await screen.pilot.press("enter")
        await until(screen.pilot, lambda: screen.chosen)


async def test_enter_that_is_pressed_again_while_a_disk_is_slow_starts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake, asked, done = threading.Event(), list[str](), list[str]()

    def check(folder: str) -> None:
        asked.append(folder)
        awake.wait(10)
        done.append(folder)

    monkeypatch.setattr("roomdeck.tui.welcome.app.check_output", check)
    async with start_screen(tmp_path) as screen:
        screen.engines.answer = asyncio.get_running_loop().create_future()
        await screen.fill_in()
        for times in (1, 2):
            await screen.pilot.press("enter")
            await until(screen.pilot, lambda: len(asked) == times)  # noqa: B023
        awake.set()
        await until(screen.pilot, lambda: len(done) == 2)
        await shown(screen.pilot, "joining lab")
        assert len(screen.engines.started) == 1
        screen.engines.answer.cancel()


async def test_a_folder_that_cannot_be_made_is_told_beside_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with start_screen(tmp_path) as screen:
        await screen.fill_in()
        await screen.pilot.press("tab", "tab", "ctrl+u", *str(tmp_path / "file" / "rec"), "tab")
        await shown(screen.pilot, "cannot make the output folder")
        await screen.pilot.press("enter")
        await until(screen.pilot, lambda: screen.focused == Field.OUTPUT)
        assert screen.engines.started == []


async def test_a_room_that_is_recorded_already_is_come_back_to(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        screen.engines.answer = asyncio.get_running_loop().create_future()
        screen.engines.answer.set_result(None)
        await screen.fill_in()
        where, _ = room_config(flags({"room": "lab", "server": "ws://x"}))
        key = RoomFolder.of(where).path.name
        screen.engines.rooms = [
            Running("other", room(room="other")),
            Running(key, room(stream("anna"), room="lab")),
        ]
        await screen.pilot.press("enter")
        await shown(screen.pilot, "recorded already")
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.pilot.press("enter")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.engines.attached == [key]


async def test_what_is_being_started_may_be_given_up(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        screen.engines.answer = asyncio.get_running_loop().create_future()
        await screen.fill_in()
        await screen.pilot.press("enter")
        await shown(screen.pilot, "joining lab at ws://x")
        await screen.pilot.press("enter")  # once is enough
        await screen.pilot.press("escape")
        await shown(screen.pilot, "nothing is being recorded")
        assert len(screen.engines.started) == 1
        assert screen.line(Field.ROOM).value == "lab"
        await screen.pilot.press("escape")
        await until(screen.pilot, lambda: not screen.pilot.app.is_running)


async def test_a_recent_room_is_filled_in_and_asks_for_its_password(tmp_path: Path) -> None:
    recents = (
        Recent(name="one", room="one", server="ws://one"),
        Recent(name="two", room="two", server="ws://two", output="/tmp", lacks=("password",)),
    )
    async with start_screen(tmp_path, recents=recents) as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.pilot.press("down", "enter")
        await until(screen.pilot, lambda: screen.focused == Field.PASSWORD)
        assert screen.line(Field.ROOM).value == "two"
        await shown(screen.pilot, "not remembered")
        await screen.pilot.press(*"pw", "enter")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.engines.started[0].room.server == "ws://two"


async def test_a_recent_room_may_be_forgotten(tmp_path: Path) -> None:
    recents = (Recent(name="one", room="one"), Recent(name="two", room="two"))
    async with start_screen(tmp_path, recents=recents) as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.pilot.press("d")
        await gone(screen.pilot, "recent     one")
        await until(screen.pilot, lambda: read_recents(screen.kept) == recents[1:])
        await screen.pilot.press("d")
        await until(screen.pilot, lambda: screen.focused == Field.ROOM)
        await until(screen.pilot, lambda: read_recents(screen.kept) == ())


async def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    name = "[bold red]x[/] \x1b]0;title\x07 [@click=app.exit]y"
    async with start_screen(tmp_path, name, recents=(Recent(name=name, room=name),)) as screen:
        await until(screen.pilot, lambda: screen.pilot.app.query_one(RoomList).option_count == 2)
        text = screen_text(screen.pilot.app)
        assert text.count("[bold red]x") == 2
        assert "\x1b" not in text


async def test_what_a_link_hides_is_only_text(tmp_path: Path) -> None:
    hostile = "%1b%5d0;title%07x"
    async with start_screen(tmp_path) as screen:
        await screen.pilot.press("tab", "tab", "ctrl+r")
        await screen.paste("\x1b]0;a\x07b")
        assert "\x1b" not in screen_text(screen.pilot.app)
        await screen.paste(f"https://vdo.ninja/?room=a&wss2=http://{hostile}")
        await screen.pilot.press("up", "up")
        link = f"https://vdo.ninja/?room=lab&pie={hostile}&password={hostile}"
        screen.pilot.app.query_one(f"#{Field.ROOM}", FieldInput).post_message(events.Paste(link))
        await until(screen.pilot, lambda: "title" in screen.line(Field.PASSWORD).value)
        await screen.pilot.press("tab", "tab", "ctrl+r")
        assert "\x1b" not in screen_text(screen.pilot.app)


async def test_a_fault_tells_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(form: Form, field: Field) -> str:
        typed = form.value(Field.PASSWORD)
        raise ZeroDivisionError(len(typed))

    async def type_it() -> None:
        async with start_screen(tmp_path) as screen:
            await screen.pilot.press("tab", "tab", *"hunter")
            monkeypatch.setattr(Form, "note", breaks)
            await screen.pilot.press("2")

    with pytest.raises(ZeroDivisionError):
        await type_it()
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "hunter" not in told


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+c"])
async def test_it_is_left(tmp_path: Path, key: str) -> None:
    async with start_screen(tmp_path, "one") as screen:
        await until(screen.pilot, lambda: screen.focused == "rooms")
        await screen.pilot.press(key)
        await until(screen.pilot, lambda: not screen.pilot.app.is_running)
    assert screen.chosen is None


async def test_a_q_in_a_field_is_a_letter(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        await screen.pilot.press("q", "d")
        assert screen.line(Field.ROOM).value == "qd"


async def test_h_leads_to_past_sessions_of_the_folders_that_are_known(tmp_path: Path) -> None:
    recent = Recent(name="talk", room="talk", server="ws://x", output="/srv/takes")
    async with start_screen(tmp_path, recents=(recent,)) as screen:
        await shown(screen.pilot, "h History")
        await screen.pilot.press("h")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.chosen == History((Path("/tmp"), Path("/srv/takes")))


async def test_in_the_form_h_is_a_letter_and_f2_leads_there(tmp_path: Path) -> None:
    async with start_screen(tmp_path) as screen:
        await screen.pilot.press("h")
        await shown(screen.pilot, "f2 History")
        await until(screen.pilot, lambda: screen.line(Field.ROOM).value == "h")
        await screen.pilot.press("f2")
        await until(screen.pilot, lambda: screen.chosen)
    assert screen.chosen == History((Path("/tmp"),))

"""``[[rooms]]`` of a configuration file: each as a record of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import typer

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, Container
from roomdeck.core.supervision.supervisor import Room
from roomdeck.tui.cli.configuration import configure
from roomdeck.tui.cli.program import app
from roomdeck.tui.cli.rooms import rooms_again, rooms_of

BEGIN = 'server = "ws://127.0.0.1:8443"\n[record]\noutput = "/srv/rec"\nno_audio = true\n'


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ROOMDECK")]:
        monkeypatch.delenv(name)


def context_of(path: Path) -> Any:
    command: Any = typer.main.get_command(app)
    context = command.make_context("roomdeck", ["--config", str(path), "rooms"])
    configure(context, str(path))
    return command.commands["rooms"].make_context("rooms", [], parent=context)


def rooms(tmp_path: Path, text: str) -> list[Room]:
    path = tmp_path / "c.toml"
    path.write_text(BEGIN + text)
    return rooms_of(context_of(path))


def test_each_has_its_own_options_beside_those_of_record(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret\n")
    one, two = rooms(
        tmp_path,
        f"""
        [[rooms]]
        room = "studio"
        [[rooms]]
        room = "lobby"
        server = "wss://other.example.org"
        password_file = "{password}"
        output = "/srv/lobby"
        codec = "vp8"
        container = "mkv"
        only = ["alice*", "-bob"]
        split-every = "30m"
        no_audio = false
        key_frames = 5
        from = "18:00"
        until = 23:30:00
        days = ["fri", "saturday"]
        """,
    )
    assert (one.name, one.config.output, one.config.audio) == ("studio", "/srv/rec", False)
    assert str(one.times) == "always"
    assert two.config.room.server == "wss://other.example.org"
    assert two.config.room.password == "s3cret"
    assert two.config.output == "/srv/lobby"
    assert (two.config.codec, two.config.container) == (Codec.VP8, Container.MKV)
    assert two.config.only == ("alice*", "-bob")
    assert (two.config.split_every, two.config.key_frames, two.config.audio) == (1800, 5, True)
    assert str(two.times) == "from 18:00 until 23:30, fri sat"


def test_what_a_table_says_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMDECK_SERVER", "ws://elsewhere.example.org")
    monkeypatch.setenv("ROOMDECK_PASSWORD", "of-another-room")
    (one,) = rooms(tmp_path, '[[rooms]]\nroom = "a"\nserver = "ws://x"\npassword = "p"\n')
    assert one.config.room.server == "ws://x"
    assert one.config.room.password == "p"


def test_what_stands_beside_them_holds_for_all(tmp_path: Path) -> None:
    hooks = '[[hooks]]\non = ["take.end"]\ncommand = ["/bin/true"]\n'
    one, two = rooms(tmp_path, hooks + '[[rooms]]\nroom = "a"\n[[rooms]]\nroom = "b"\n')
    assert len(one.config.attendant.hooks) == len(two.config.attendant.hooks) == 1


def test_links_and_streams_outside_rooms(tmp_path: Path) -> None:
    link, streams = rooms(
        tmp_path,
        '[[rooms]]\nroom = "https://vdo.ninja/?room=lab&password=x"\n'
        '[[rooms]]\nstream = ["a1", "b2"]\n',
    )
    assert (link.name, link.config.room.password) == ("lab", "x")
    assert streams.config.room.streams == ("a1", "b2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no rooms"),
        ('[[rooms]]\nroom = "a"\n[[rooms]]\nroom = "b"\ncodec = "mp3"\n', r"rooms\[2\]: no video"),
        ('[[rooms]]\nroom = "a"\ncodek = "h264"\n', r"rooms\[1\]: .*did you mean 'codec'"),
        ('[[rooms]]\nroom = "a"\nkey_frames = "often"\n', r"rooms\[1\].key_frames is a number"),
        ('[[rooms]]\nroom = "a"\nkey_frames = -1\n', r"rooms\[1\].key_frames is at least 0"),
        ('[[rooms]]\nroom = "a"\nuntil = "late"\n', r"rooms\[1\].until: no time of day"),
        ('[[rooms]]\nroom = "a"\nfrom = 18\n', r"rooms\[1\].from: a time of day in quotes"),
        ('[[rooms]]\nroom = "a"\ndays = ["xmas"]\n', r"rooms\[1\].days: no day: 'xmas'"),
        ('[[rooms]]\nroom = "a"\ndays = 5\n', r"rooms\[1\].days: a list of days"),
        ("[[rooms]]\nroom = 5\n", r"rooms\[1\].room: a name"),
        ('[[rooms]]\nfrom = "18:00"\n', r"rooms\[1\]: the room name is empty"),
        ('[[rooms]]\nroom = "a"\nheadless = true\n', r"rooms\[1\]: no option called 'headless'"),
        ('[[rooms]]\nroom = "a"\n[[rooms]]\nroom = "a"\n', r"rooms\[2\] is the same room as"),
        (
            'http = "127.0.0.1:9911"\n[[rooms]]\nroom = "a"\n[[rooms]]\nroom = "b"\n',
            r"rooms\[2\] has the same http port as rooms\[1\]",
        ),
        ('[[rooms]]\nroom = "a"\npassword_file = "/none"\n', r"rooms\[1\]: cannot read the pass"),
        ('[rooms]\nroom = "a"\n', r"\[\[rooms\]\]"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rooms(tmp_path, text)


def test_reading_again_changes_nothing_where_it_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(BEGIN + '[[rooms]]\nroom = "a"\n')
    context = context_of(path)
    path.write_text("no toml")
    with pytest.raises(UsageError, match="is not TOML"):
        rooms_again(context)
    assert [room.name for room in rooms_of(context)] == ["a"]
    path.write_text(BEGIN + '[[rooms]]\nroom = "b"\n')
    assert [room.name for room in rooms_again(context)] == ["b"]

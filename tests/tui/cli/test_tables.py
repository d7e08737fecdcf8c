"""Tables of the configuration file: what they become, and what is said of wrong ones."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.configuration import Setting, configuration
from roomdeck.tui.cli.tables import Tables


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


class Lamp(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    colour: Colour = Colour.RED
    watts: Annotated[float, Meta(ge=0)] = 40
    rooms: Annotated[tuple[str, ...], Meta(min_length=1)] = ("all",)
    secret: str | None = None

    def __post_init__(self) -> None:
        if self.watts > 100:
            raise ValueError("no lamp is so bright; 100 watts is the most")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    after: float = 60
    lamp: Lamp | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    silence: bool | Rule = True
    low_rate: bool | Rule = msgspec.field(name="low-rate", default=True)
    by_name: dict[str, Rule] = {}


class Some(Tables, frozen=True, kw_only=True):
    lamps: tuple[Lamp, ...] = ()
    rules: Rules = Rules()


KNOWN = {"record": {"server": Setting("server")}}


def written(tmp_path: Path, text: str) -> Some:
    file = tmp_path / "config.toml"
    file.write_text(text)
    tables = configuration(str(file), KNOWN, Some).tables
    assert isinstance(tables, Some)
    return tables


def test_tables_are_what_their_types_say(tmp_path: Path) -> None:
    text = """
server = "ws://x"
[[lamps]]
name = "a"
[record]
server = "ws://y"
[[lamps]]
name = "b"
colour = "dark-blue"
watts = 5
rooms = ["hall"]
[rules]
silence = false
low-rate = { after = 3 }
by_name.x = { lamp = { name = "c" } }
"""
    assert written(tmp_path, text) == Some(
        lamps=(
            Lamp(name="a"),
            Lamp(name="b", colour=Colour.DARK_BLUE, watts=5, rooms=("hall",)),
        ),
        rules=Rules(
            silence=False, low_rate=Rule(after=3), by_name={"x": Rule(lamp=Lamp(name="c"))}
        ),
    )


def test_without_a_word_there_is_what_they_are_by_themselves(tmp_path: Path) -> None:
    assert written(tmp_path, "") == Some()


TWO = '[[lamps]]\nname = "a"\n[[lamps]]\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TWO, "lamps[2]: name is missing"),
        (TWO + "name = 1", "lamps[2].name: expected a text in quotes, not a whole number"),
        (TWO + "naem = 1", "lamps[2]: no key called 'naem'; did you mean 'name'?"),
        (TWO + 'name = "b"\nzzz = 1', "lamps[2]: no key called 'zzz'; there are: colour, name,"),
        (TWO + 'name = "b"\ncolour = "dark_blue"', "lamps[2].colour: no value called 'dark_blue'; "
         "did you mean 'dark-blue'?"),
        (TWO + 'name = "b"\ncolour = 5', "lamps[2].colour: expected a text in quotes"),
        (TWO + 'name = "b"\nwatts = -1', "lamps[2].watts: expected a number >= 0"),
        (TWO + 'name = "b"\nwatts = nan', "lamps[2].watts: expected a number that is finite"),
        (TWO + 'name = "b"\nwatts = inf', "lamps[2].watts: expected a number that is finite"),
        (TWO + 'name = "b"\nwatts = 101', "lamps[2]: no lamp is so bright"),
        (TWO + 'name = "b"\nwatts = true', "lamps[2].watts: expected a number, not true or false"),
        (TWO + 'name = "b"\nrooms = []', "lamps[2].rooms: expected a list of length >= 1"),
        (TWO + 'name = "b"\nrooms = ["a", 2]', "lamps[2].rooms[2]: expected a text in quotes"),
        (TWO + 'name = "b"\nrooms = 2020-01-01', "lamps[2].rooms: expected a list, not date"),
        (TWO + 'name = "b"\nsecret = 12345', "lamps[2].secret: expected a text in quotes, not a"),
        ("[lamps]\nname = 1", "lamps: expected a list of tables; write [[lamps]] in place of"),
        ("lamps = 5", "lamps: expected a list, not a whole number"),
        ("lamps = [1]", "lamps[1]: expected a table, not a whole number"),
        ("[rules]\nsilence = 5", "rules.silence: expected true or false or a table, not a whole"),
        ("[rules]\nsilence = { aftr = 5 }", "rules.silence: no key called 'aftr'; did you mean"),
        ("[rules]\nlow_rate = true", "rules: no key called 'low_rate'; did you mean 'low-rate'?"),
        ("[rules.by_name.x]\nafter = 'x'", "rules.by_name.x.after: expected a number, not a text"),
        ("[rules.by_name.x.lamp]\nwatts = 1", "rules.by_name.x.lamp: name is missing"),
        ("[[rules]]\n", "rules: expected a table, not a list"),
        ("[lampss]\n", "no command or table called 'lampss'; did you mean 'lamps'?"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_by_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as error:
        written(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'config.toml'}: {complaint}")
    assert "12345" not in str(error.value)

"""Options that commands share, as the command line takes them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from roomdeck.tui.cli.program import app

COMMANDS: dict[str, Any] = cast(Any, get_command(app)).commands
NUMBERS = [
    (name, parameter.opts[0])
    for name, command in COMMANDS.items()
    for parameter in command.params
    if parameter.type_descriptor.annotation is float
]
ROOM = {"record": ["room"], "publish": ["room", "me"]}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN"])
@pytest.mark.parametrize(("command", "option"), NUMBERS)
def test_what_is_no_number_is_refused(command: str, option: str, value: str) -> None:
    done = CliRunner().invoke(app, [command, *ROOM.get(command, []), option, value])
    assert done.exit_code == 2, done.output
    assert option in done.output


def test_all_commands_with_numbers_are_known() -> None:
    assert {("record", "--key-frames"), ("publish", "--fps"), ("demo", "--seconds")} <= {*NUMBERS}

"""Values are what typer makes of them, also where typer is not asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from roomdeck.tui.cli.bare import BareCommand

_PROGRAM = """
import sys
from roomdeck.tui.start import main
sys.argv = ["roomdeck", *sys.argv[1:]]
try:
    main()
finally:
    print("pydantic" in sys.modules)
"""


def _shout(text: str) -> str:
    return text.upper()


def _made(words: Sequence[str], **how: Any) -> tuple[list[Any], str]:
    made: list[Any] = []
    app = typer.Typer(add_completion=False)

    @app.command(**how)
    def command(
        folder: Annotated[Path, typer.Argument()],
        name: Annotated[str, typer.Option(callback=_shout)] = "none",
        other: Annotated[Path | None, typer.Option()] = None,
        there: Annotated[Path | None, typer.Option(exists=True)] = None,
        number: Annotated[float | None, typer.Option(min=1.0)] = None,
        many: Annotated[list[str] | None, typer.Option()] = None,
        on: bool = False,
    ) -> None:
        made.extend((folder, name, other, there, number, many, on))

    result = CliRunner().invoke(app, list(words))
    return made, result.output


@pytest.mark.parametrize(
    "words",
    [
        "a",
        "",
        "a --name you --on",
        "/ --other /nowhere --there /",
        "a --there /nowhere",
        "a --number 2.5 --many b --many c",
        "a --number 0.5",
        "a --number x",
        "a --other",
    ],
)
def test_they_are_what_typer_makes_of_them(words: str) -> None:
    assert _made(words.split(), cls=BareCommand) == _made(words.split())


@pytest.mark.parametrize("words", ["deliver /nowhere --from 1 --json", "--version"])
def test_plain_values_load_nothing_that_converts(words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words.split()], capture_output=True, check=False
    )
    assert done.stdout.splitlines()[-1] == b"False"

"""``roomdeck service`` and its verbs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..exits import Finished
from . import flags
from .configuration import configuration_file
from .rooms import rooms_of

service = typer.Typer(
    name="service",
    help="Run roomdeck rooms by systemd: write a unit, check one, remove it.",
    no_args_is_help=True,
    add_completion=False,
)
_System = Annotated[
    bool, typer.Option("--system", help="Of the whole machine, as root; else of this user.")
]
_As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="USER",
        help="Whom --system runs it as; else who called sudo.",
        show_default=False,
    ),
]


@service.command()
def install(context: typer.Context, system: _System = False, user: _As = "") -> None:
    """Write a unit that keeps the rooms of the configuration file, and start it now and at boot.

    Where systemd does not run, it says what remains to be typed. Nothing secret is in the unit.
    """
    # Loads websockets.
    from ..commands.service import install

    rooms = rooms_of(context)
    raise Finished(install(rooms, _file(context), system, user))


@service.command()
def check(context: typer.Context, system: _System = False, as_json: flags.Json = False) -> None:
    """Look at the unit, the rooms and the files that they name: what is wrong, and what mends it.

    1 is where something is wrong, 0 also with warnings.
    """
    # Loads websockets.
    from ..commands.service import check

    raise Finished(check(lambda: rooms_of(context), _file(context), system, as_json))


@service.command()
def remove(system: _System = False) -> None:
    """Stop what it records, in order, and remove the unit."""
    # Loads websockets.
    from ..commands.service import remove

    raise Finished(remove(system))


def _file(context: Any) -> str:
    return str(configuration_file(context.find_root().params.get("config")) or "")

"""The command line: its commands, its configuration, its exit status."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ...core.descriptors import raise_limit
from ...core.errors import JoinError, RoomdeckError
from ..dashboard.appearance import Appearance, can_show
from ..exits import Exit, Finished
from ..lines.printer import narrate
from .commands import Program
from .configuration import configure

app = typer.Typer(
    name="roomdeck",
    cls=Program,
    help="A tape deck for VDO.Ninja rooms: records every stream, untouched, to its own file.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the program."""
    raise_limit()
    try:
        app()
    except Finished as finished:
        sys.exit(finished.args[0])
    except RoomdeckError as error:
        narrate(f"roomdeck: {error}")
        sys.exit(Exit.NOT_JOINED if isinstance(error, JoinError) else Exit.USAGE)
    except SystemExit as left:
        # Typer leaves with 2 where an option is wrong.
        sys.exit(Exit.USAGE if left.code == 2 else left.code)


def _print_version(wanted: bool) -> None:
    if wanted:
        # Loads importlib.metadata.
        from ...core.version import VERSION

        print(f"roomdeck {VERSION}")
        raise typer.Exit


@app.callback()
def roomdeck(
    context: typer.Context,
    config: Annotated[
        str | None,
        typer.Option(help="Configuration file (TOML); else ROOMDECK_CONFIG.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """Read the configuration before any command; without one, the start screen opens."""
    alone = context.invoked_subcommand is None
    if alone and not can_show(Appearance()):
        if config is not None:
            context.fail("Missing command.")
        typer.echo(context.get_help(), nl=False)
        raise Finished(Exit.USAGE)
    configure(context, config)
    if alone:
        # Loads what a recording may be told.
        from .welcome import welcome

        welcome(context)

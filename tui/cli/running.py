"""The commands that talk to a running engine, from attach to split.

What does the work is imported where it is called: it loads libraries for which ``--help`` and
other commands need not wait.
"""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from ...core.ipc.control_messages import Verb
from ..dashboard.appearance import Appearance, can_show
from ..exits import finish
from ..lines.printer import Printer
from . import flags
from .dashboard_flags import with_appearance


@with_appearance
def attach(
    room: Annotated[
        str | None,
        typer.Argument(help="Which room, if several are recorded.", show_default=False),
    ] = None,
    of_room: flags.OfRoom = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Print lines instead of the dashboard.")
    ] = False,
    as_json: flags.Json = False,
    *,
    appearance: Appearance,
) -> None:
    """Come back to a room that is being recorded; says what happened meanwhile."""
    # Loads websockets.
    from ..commands.attach import attach

    on_screen = not (headless or as_json) and can_show(appearance)
    finish(attach(room or of_room, appearance, on_screen, Printer(as_json)))


def status(room: flags.OfRoom = None, as_json: flags.Json = False) -> None:
    """Show what is being recorded."""
    # Loads websockets.
    from ..commands.running import show_status

    finish(show_status(room, as_json))


def _tell(verb: Verb, streams: tuple[str, ...], room: str | None, text: str = "") -> NoReturn:
    # Loads websockets.
    from ..commands.running import tell_streams

    finish(tell_streams(verb, streams, room, text))


_Streams = Annotated[list[str], typer.Argument(help="Stream ids.", show_default=False)]


def stop(
    streams: Annotated[
        list[str] | None,
        typer.Argument(help="Stream ids; none is everything.", show_default=False),
    ] = None,
    room: flags.OfRoom = None,
    as_json: flags.Json = False,
) -> None:
    """Stop some streams; or finish every file and end the engine."""
    if streams:
        _tell("stop", tuple(streams), room)
    # Loads websockets.
    from ..commands.running import stop_all

    finish(stop_all(room, as_json))


def start(
    streams: Annotated[
        list[str] | None,
        typer.Argument(help="Stream ids; none is all, and who comes.", show_default=False),
    ] = None,
    room: flags.OfRoom = None,
) -> None:
    """Record streams (again)."""
    _tell("start", tuple(streams or ()), room)


def exclude(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Leave streams out from now on."""
    _tell("exclude", tuple(streams), room)


def include(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Take excluded streams in again."""
    _tell("include", tuple(streams), room)


def split(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Go on in a new file."""
    _tell("split", tuple(streams), room)


def mark(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="A few words; may be left out.", show_default=False),
    ] = None,
    stream: Annotated[
        list[str] | None,
        typer.Option(help="For this stream only; may be repeated.", show_default=False),
    ] = None,
    room: flags.OfRoom = None,
) -> None:
    """Put a marker with the time into the event log and the sidecar."""
    _tell("mark", tuple(stream or ()), room, " ".join(words or ()))

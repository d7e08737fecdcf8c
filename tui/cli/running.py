"""The commands that talk to a running engine, from attach to split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ..dashboard.appearance import Look, can_show
from ..exits import finish
from ..lines.printer import Printer
from . import flags


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
    theme: flags.Theme = "",
    ascii: flags.Ascii = False,
    no_color: flags.NoColor = False,
    no_mouse: flags.NoMouse = False,
    interval: flags.Interval = 1.0,
) -> None:
    """Come back to a room that is being recorded; says what happened meanwhile."""
    from ..commands.attach import attach

    look = Look(theme=theme, ascii=ascii, no_color=no_color, mouse=not no_mouse, interval=interval)
    on_screen = not (headless or as_json) and can_show(look)
    finish(attach(room or of_room, look, on_screen, Printer(as_json)))


def status(room: flags.OfRoom = None, as_json: flags.Json = False) -> None:
    """Show what is being recorded."""
    from ..commands.running import show_status

    finish(show_status(room, as_json))


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
    from ..commands.running import stop_all, tell_streams

    if streams:
        finish(tell_streams("stop", tuple(streams), room))
    finish(stop_all(room, as_json))


def start(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Record streams (again)."""
    from ..commands.running import tell_streams

    finish(tell_streams("start", tuple(streams), room))


def exclude(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Leave streams out from now on."""
    from ..commands.running import tell_streams

    finish(tell_streams("exclude", tuple(streams), room))


def include(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Take excluded streams in again."""
    from ..commands.running import tell_streams

    finish(tell_streams("include", tuple(streams), room))


def split(streams: _Streams, room: flags.OfRoom = None) -> None:
    """Go on in a new file."""
    from ..commands.running import tell_streams

    finish(tell_streams("split", tuple(streams), room))


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
    from ..commands.running import tell_streams

    finish(tell_streams("mark", tuple(stream or ()), room, " ".join(words or ())))


COMMANDS: tuple[Callable[..., None], ...] = (
    attach,
    status,
    stop,
    start,
    exclude,
    include,
    split,
    mark,
)

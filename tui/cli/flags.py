"""Command line options that several commands share."""

import math
from typing import Annotated

import typer

from ...core.errors import UsageError


def finite(value: float | None) -> float | None:
    """Refuse what Python takes for a number and is none: nan is not less than any minimum.

    Raises:
        BadParameter: As for a word.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a number")
    return value


Room = Annotated[
    str,
    typer.Argument(
        metavar="ROOM", help="Room name, or a pasted VDO.Ninja link.", show_default=False
    ),
]
Streams = Annotated[
    str,
    typer.Option(
        "--stream",
        metavar="ID[,ID…]",
        help="Instead of a room: streams outside rooms, as of ?view=ID and ?push=ID links.",
        show_default=False,
    ),
]
Server = Annotated[
    str,
    typer.Option(
        envvar="ROOMDECK_SERVER",
        help="Handshake server, ws://… or wss://…; 'hosted' is the public service.",
        show_default=False,
    ),
]
TlsCa = Annotated[
    str,
    typer.Option(
        envvar="ROOMDECK_TLS_CA",
        help="Certificate (PEM file) that vouches for a wss:// server, beside the system's.",
        show_default=False,
    ),
]
Password = Annotated[
    str | None,
    typer.Option(
        envvar="ROOMDECK_PASSWORD",
        help="Room password; 'false' is none. Without it, VDO.Ninja's default.",
        show_default=False,
    ),
]
PasswordFile = Annotated[
    str,
    typer.Option(
        envvar="ROOMDECK_PASSWORD_FILE",
        help="Read the password from a file.",
        show_default=False,
    ),
]
Salt = Annotated[
    str,
    typer.Option(
        envvar="ROOMDECK_SALT",
        help="Salt of the page: the host name that guests open, unless it is vdo.ninja.",
        show_default=False,
    ),
]
Family = Annotated[str, typer.Option("--family", help="Kind of server: auto, routed or fanout.")]
Stun = Annotated[
    str, typer.Option(envvar="ROOMDECK_STUN", help="stun:host:port", show_default=False)
]
Turn = Annotated[
    str, typer.Option(envvar="ROOMDECK_TURN", help="turn:host:port", show_default=False)
]
TurnUser = Annotated[
    str, typer.Option(envvar="ROOMDECK_TURN_USER", help="User of the relay.", show_default=False)
]
TurnPassword = Annotated[
    str,
    typer.Option(
        envvar="ROOMDECK_TURN_PASSWORD", help="Password of the relay.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line on stdout.")]
Seconds = Annotated[
    float | None,
    typer.Option(callback=finite, min=0.1, help="Stop after so long.", show_default=False),
]
NoAudio = Annotated[bool, typer.Option("--no-audio", help="No sound.")]
NoVideo = Annotated[bool, typer.Option("--no-video", help="No pictures.")]


def something(no_audio: bool, no_video: bool) -> None:
    """See that a kind of media is left.

    Raises:
        UsageError: None is.
    """
    if no_audio and no_video:
        raise UsageError("--no-audio and --no-video leave nothing: take one of them away")


OfRoom = Annotated[
    str | None,
    typer.Option(
        "--room",
        help="Which room, if several are recorded; outside rooms, the stream ids.",
        show_default=False,
    ),
]
Theme = Annotated[
    str,
    typer.Option(help="Colours of the dashboard, roomdeck-light for one.", show_default=False),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw the dashboard with ASCII only.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR=1 does the same.")]
NoMouse = Annotated[
    bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal, to select text.")
]
NoBell = Annotated[
    bool, typer.Option("--no-bell", help="Do not ring the terminal's bell when an alarm begins.")
]
Interval = Annotated[
    float,
    typer.Option(
        callback=finite, min=0.5, max=10.0, help="Seconds between repaints of the dashboard."
    ),
]
ClusterToken = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Token of the cluster; else RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token.",
        show_default=False,
    ),
]
UploadRate = Annotated[
    str,
    typer.Option(
        metavar="RATE",
        help="Upload at so much on average, and no more: 20Mbit, 800kbit.",
        show_default=False,
    ),
]

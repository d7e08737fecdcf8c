"""``roomdeck doctor`` and its options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ...core.config import FLOOR, HOSTED_SERVER, TurnServer
from ...core.signaling.invite_links import normalise_server
from ..exits import finish
from . import flags, quantities
from .options import HOSTED


def doctor(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", envvar="ROOMDECK_OUTPUT", help="Folder that would be recorded to."
        ),
    ] = Path(),
    server: flags.Server = "",
    tls_ca: flags.TlsCa = "",
    turn: flags.Turn = "",
    turn_user: flags.TurnUser = "",
    turn_password: flags.TurnPassword = "",
    floor: Annotated[
        str, typer.Option(help="Recording would stop when less is free: 300MB, 2GB.")
    ] = f"{FLOOR // 1_000_000}MB",
    as_json: flags.Json = False,
) -> None:
    """Look at what recording depends on: what is wrong, and the command that mends it.

    Clock, disk, buffers, ports, descriptors, terminal, versions; server and relay where they are
    named, and nothing else goes out to the network. Takes some seconds. 1 is where something is
    wrong, 0 also with warnings.
    """
    # Loads websockets.
    from ...core.doctor.examination import Asked
    from ..commands.doctor import look_at_all

    where = HOSTED_SERVER if server == HOSTED else normalise_server(server) if server else ""
    asked = Asked(
        output=os.path.abspath(output),
        floor=quantities.byte_count("--floor", floor),
        server=where,
        tls_ca=os.path.abspath(tls_ca) if tls_ca else "",
        turn=TurnServer(turn, turn_user, turn_password) if turn else None,
    )
    finish(look_at_all(asked, as_json))

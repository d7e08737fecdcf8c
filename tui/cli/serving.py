"""``roomdeck serve`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..exits import finish
from . import flags


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8443,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="With a certificate made here, which guests accept once."),
    ] = False,
    tls_cert: Annotated[
        Path | None,
        typer.Option(help="With this certificate and its chain (PEM file).", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(
            help="Its key, where that is not in the same file (PEM file).", show_default=False
        ),
    ] = None,
    members: Annotated[int, typer.Option(min=1, help="Most members of a room.")] = 100,
    connections: Annotated[int, typer.Option(min=1, help="Most connections of an address.")] = 256,
    as_json: flags.Json = False,
) -> None:
    """Run a handshake server for pages, scripts and roomdeck itself.

    Pages need one with TLS: --tls, or --tls-cert with a certificate that browsers trust.
    """
    # Loads websockets and cryptography.
    from ...core.server.limits import Limits
    from ..commands.serve import certificate, run_server

    limits = Limits(members=members, connections_per_address=connections)
    finish(run_server(host, port, limits, certificate(tls, tls_cert, tls_key, host), as_json))

"""``roomdeck demo`` and its options."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ..dashboard.appearance import Appearance, can_show
from ..exits import finish
from ..lines.printer import Printer
from . import clustering, flags
from .dashboard_flags import with_appearance


@with_appearance
def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            callback=flags.finite,
            min=1.0,
            help="Length of the streams; else 600 with the dashboard, 20 without.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the files.")] = Path(
        "roomdeck-demo"
    ),
    headless: Annotated[
        bool, typer.Option("--headless", help="Print lines; needs no terminal.")
    ] = False,
    as_json: flags.Json = False,
    nodes: Annotated[
        int,
        typer.Option(
            min=0,
            max=8,
            help="Record on so many nodes of a Ray cluster, all on this machine.",
            show_default=False,
        ),
    ] = 0,
    *,
    appearance: Appearance,
) -> None:
    """Record three test streams in a room of our own.

    On a terminal the dashboard shows them; without one the files are compared with what was
    sent.
    """
    folder = Path(os.path.abspath(output))
    if nodes:
        clustering.need_loopback("--nodes")
    if not (headless or as_json) and can_show(appearance):
        # Loads websockets.
        from ..commands import demo_apart

        length = seconds or demo_apart.SECONDS
        finish(demo_apart.demo_on_screen(folder, length, appearance, nodes))
    # Loads the engine and FFmpeg.
    from ..commands import demo

    finish(demo.run_demo(folder, seconds or demo.SECONDS, Printer(as_json), as_json, nodes))

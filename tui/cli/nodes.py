"""``roomdeck cluster`` and its verbs."""

from __future__ import annotations

from typing import Annotated

import typer

from ..exits import finish
from . import flags

cluster = typer.Typer(
    name="cluster",
    help="Empty a node of a cluster while it is recorded (docs/cluster.md), and fill it again.",
    no_args_is_help=True,
    add_completion=False,
)
_Node = Annotated[str, typer.Argument(metavar="NODE", help="Its name, as roomdeck status says it.")]


@cluster.command()
def drain(
    node: _Node,
    room: flags.OfRoom = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait until it is empty.")
    ] = False,
) -> None:
    """Have what a node records go on on others, and nothing new come; wait until it is empty.

    New takes begin before the old ones end. It holds until undrain, for all rooms that this
    machine records on the cluster, or for one.
    """
    # Loads websockets.
    from ..commands.nodes import drain

    finish(drain(node, room, wait=not no_wait))


@cluster.command()
def undrain(node: _Node, room: flags.OfRoom = None) -> None:
    """Have a node get streams again."""
    # Loads websockets.
    from ..commands.nodes import undrain

    finish(undrain(node, room))

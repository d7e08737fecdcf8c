"""``roomdeck cluster`` and its verbs."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.errors import UsageError
from ..exits import finish
from . import clustering, flags
from .rooms import rooms_of

cluster = typer.Typer(
    name="cluster",
    help="Have a cluster keep rooms, or empty a node of it while it is recorded (docs/cluster.md).",
    no_args_is_help=True,
    add_completion=False,
)
_ADDRESS = "auto, or HOST:PORT of its head."
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


@cluster.command()
def start(
    context: typer.Context,
    room: Annotated[
        list[str] | None,
        typer.Option(help="Only this one of the file; repeatable.", show_default=False),
    ] = None,
    node: Annotated[
        str, typer.Option(help="Where their engines begin; else where Ray places them.")
    ] = "",
    as_json: flags.Json = False,
) -> None:
    """Have a cluster keep the rooms of the configuration file: one engine each, placed by Ray.

    An engine that dies is started again, one whose node is gone on another one, and each takes
    over what workers record. Nothing has to run here any more; a room that is kept stays as it is.
    Times of day (from, until) are of roomdeck rooms alone.
    """
    # Loads websockets.
    from ...core.supervision.schedule import Times
    from ..commands.cluster_rooms import start

    found = [one for one in rooms_of(context) if not room or one.name in room]
    if not found:
        raise UsageError(f"the configuration file has no room called {', '.join(room or ())}")
    if timed := [one.name for one in found if one.times != Times()]:
        raise UsageError(
            f"a cluster keeps no times of day; roomdeck rooms does: {', '.join(timed)}"
        )
    finish(start([one.config for one in found], node, as_json))


@cluster.command()
def rooms(
    address: Annotated[str, typer.Option("--cluster", metavar="ADDRESS", help=_ADDRESS)] = "auto",
    cluster_token: flags.ClusterToken = "",
    as_json: flags.Json = False,
) -> None:
    """List the rooms that a cluster keeps, and where their engines are."""
    from ..commands.cluster_rooms import rooms

    finish(rooms(clustering.needed(address, cluster_token), as_json))


@cluster.command()
def stop(
    names: Annotated[list[str], typer.Argument(metavar="ROOM...", show_default=False)],
    address: Annotated[str, typer.Option("--cluster", metavar="ADDRESS", help=_ADDRESS)] = "auto",
    cluster_token: flags.ClusterToken = "",
    as_json: flags.Json = False,
) -> None:
    """End rooms that a cluster keeps, wherever they are; their files are finished first."""
    from ..commands.cluster_rooms import stop

    finish(stop(clustering.needed(address, cluster_token), names, as_json))

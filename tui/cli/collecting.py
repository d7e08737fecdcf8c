"""``collect`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..exits import Finished
from . import clustering, flags


def collect(
    sessions: Annotated[
        list[Path],
        typer.Argument(help="Folders of sessions, or their JSON files.", show_default=False),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="NODE=PATH",
            help="Where the disk of a machine, or its folder of takes, is here; repeatable.",
            show_default=False,
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Another folder, for all takes; else that of the JSON file."),
    ] = None,
    cluster: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Have the nodes of a Ray cluster send theirs: auto, or HOST:PORT of its head.",
            show_default=False,
        ),
    ] = "",
    cluster_token: flags.ClusterToken = "",
    as_json: flags.Json = False,
) -> None:
    """Bring the takes that other machines recorded into one folder, to check and deliver them.

    Each file is compared with what was read, nothing is overwritten, and what was interrupted goes
    on. Masters stay where and as they are. The status is 3 where some are left.
    """
    from ..commands.collect import collect_takes

    where = clustering.cluster(cluster, cluster_token)
    raise Finished(collect_takes(sessions, sources or (), into, as_json, where))

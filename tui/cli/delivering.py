"""``deliver`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.memory import importing
from ..exits import Finished
from . import clustering, flags, quantities
from .names import container_kind, delivery
from .room import typed


def deliver(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="Folder of a session, or its JSON file.", show_default=False),
    ],
    session: Annotated[
        Path | None,
        typer.Option(help="JSON file of the session, where a folder has several."),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            help="edit (H.264, AAC), prores, prores-proxy, audio (WAV), web, masters (as they are)."
        ),
    ] = "edit",
    begin: Annotated[
        str,
        typer.Option("--from", help="Begin at 12:30, 12m30s, or a marker.", show_default=False),
    ] = "",
    end: Annotated[
        str, typer.Option("--to", help="End there; as --from.", show_default=False)
    ] = "",
    fps: Annotated[
        str,
        typer.Option(
            help="Pictures per second; else what a stream mostly had.", show_default=False
        ),
    ] = "",
    size: Annotated[
        str,
        typer.Option(help="WxH; else the largest that a stream had.", show_default=False),
    ] = "",
    loudness: Annotated[
        float | None,
        typer.Option(
            callback=flags.finite,
            min=-70.0,
            max=-5.0,
            help="Bring all sound to so many LUFS (EBU R 128), as -16.",
            show_default=False,
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(help="Another encoder of H.264, as h264_nvenc.", show_default=False),
    ] = "",
    container: Annotated[
        str,
        typer.Option(
            help="Of --preset masters: mkv, mp4 or ts, where that holds a take; else mkv.",
            show_default=False,
        ),
    ] = "",
    timeline_of: Annotated[
        str, typer.Option(help="What timelines refer to: the delivered files, or masters.")
    ] = "files",
    grid: Annotated[
        bool, typer.Option("--grid", help="grid.mp4 as well: everybody in one picture, with names.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="follow.mp4 as well: who speaks is large in it.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read all takes again, and put verdicts into the report."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the files; else one beside the takes.", show_default=False),
    ] = None,
    cluster: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Make files on the nodes of a Ray cluster: auto, or HOST:PORT of its head.",
            show_default=False,
        ),
    ] = "",
    cluster_token: flags.ClusterToken = "",
    as_json: flags.Json = False,
) -> None:
    """Make files to edit with: one per stream, all of one length, in sync, at a constant rate.

    The takes stay as they are. Files that are there already are left alone, and work that was
    interrupted goes on.
    """
    where = clustering.cluster(cluster, cluster_token)
    # Loads FFmpeg.
    with importing():
        from ..commands.deliver import Request, deliver_session

    request = Request(
        path=folder,
        session=session,
        preset=delivery(preset) or "edit",
        begin=begin,
        end=end,
        fps=quantities.rate(fps),
        size=quantities.picture_size(size) if size else None,
        loudness=loudness,
        encoder=encoder,
        container=container_kind(container) if container else None,
        timeline_of=timeline_of,
        rough=tuple(name for name, on in (("grid", grid), ("follow", follow)) if on),
        check=check,
        output=output,
        as_json=as_json,
        typed=frozenset(name for name in context.params if typed(context, name)),
        cluster=where,
    )
    raise Finished(deliver_session(request))

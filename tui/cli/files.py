"""The commands that look after files, ``check`` and ``repair``, and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..exits import Finished
from . import flags


def check(
    files: Annotated[
        list[Path], typer.Argument(help="Recorded files, or their folder.", show_default=False)
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            help="What the publisher sent (its --sent file): compare frame by frame.",
            show_default=False,
        ),
    ] = None,
    as_json: flags.Json = False,
) -> None:
    """Read files again, decode every packet, and say: good, flawed or bad, and why.

    What the JSON file beside them says is taken into account. The status is 1 if one is bad.
    """
    # Loads FFmpeg.
    from ..commands.check import check_files

    raise Finished(check_files(files, against, as_json))


def repair(
    folder: Annotated[Path, typer.Argument(help="Where recordings are.", show_default=False)],
    as_json: flags.Json = False,
) -> None:
    """Complete what a crash or a power cut left: files, and the JSON file that tells of them.

    What is being recorded is not touched, and whatever is complete stays as it is. The status is 1
    where something stays without an end.
    """
    # Loads FFmpeg.
    from ..commands.repair import repair_folder

    raise Finished(repair_folder(folder, as_json))

"""``upload`` and its options, and those of ``record`` about what is uploaded and what is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ...core.config import Retention, Uploads
from ...core.errors import UsageError
from ..exits import finish
from . import flags, quantities


def uploads(to: str, fallback: str, rate: str, output: Path) -> Uploads | None:
    """Return where files are to be uploaded to; ``None``: nowhere.

    Raises:
        UsageError: It is no place, or where they are already.
    """
    if not to:
        if fallback or rate:
            raise UsageError("--upload-fallback and --upload-rate are of no use without --upload")
        return None
    # Loads obstore.
    from ...core.attendant.uploads.destination import destination, folder_of
    from ...core.attendant.uploads.store import Store

    places = tuple(destination(text) for text in (to, fallback) if text)
    for url in places:
        Store(url)  # here, where its complaint is seen
        folder = folder_of(url)
        if folder is None:
            continue
        if not folder.is_dir():
            raise UsageError(f"{folder} is not there: make it, or mount its disk")
        if os.path.realpath(folder) == os.path.realpath(output):
            raise UsageError(f"--upload: {folder} is where files are recorded; choose another")
    return Uploads(to=places, rate=quantities.bit_rate("--upload-rate", rate))


def retention(keep: str, keep_free: str, *, spare_session: bool) -> Retention | None:
    """Return which takes are to be removed; ``None``: none ever is.

    Raises:
        UsageError: It is no duration, or no size.
    """
    if not keep and not keep_free:
        return None
    free = quantities.byte_count("--keep-free", keep_free) if keep_free else 0
    return Retention(keep=quantities.keep(keep), keep_free=free, spare_session=spare_session)


def upload(
    folder: Annotated[Path, typer.Argument(help="Where recordings are.", show_default=False)],
    to: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Where to; else where each session was to be uploaded to.",
            show_default=False,
        ),
    ] = "",
    upload_rate: flags.UploadRate = "",
    as_json: flags.Json = False,
) -> None:
    """Upload what is recorded in a folder, or what is left of it.

    What is there already is left alone, and nothing else there is overwritten. What is being
    recorded is not touched.
    """
    # Loads obstore.
    from ..commands.upload import upload_folder

    rate = quantities.bit_rate("--upload-rate", upload_rate)
    finish(upload_folder(folder, to, rate, as_json))
